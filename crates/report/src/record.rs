//! The record of a process: what was watched in it, and what was not. "Nothing was watched" and "clean" are two things.
//!
//! A process that watches leaves one beside its reports, in the folder [`FOLDER`] of the report directory.

use super::Kind;
use super::json::without_hostile;
use super::left_files;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::Path;

/// The folder of records, in a report directory.
pub const FOLDER: &str = "processes";

/// The version of this format, the value of [`ProcessRecord::schema`].
pub const SCHEMA: u32 = 1;

/// The section of the guide on streams of a type that is not known.
pub const GUIDE_SECTION: &str = "stream-types-that-are-not-known";

/// The largest record that is read. A process writes much less.
const MAX_BYTES: u64 = 1 << 20;

/// What was watched in one process. Later versions may add fields. They never rename one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ProcessRecord {
    /// The version of this format: [`SCHEMA`].
    pub schema: u32,
    /// The process's number.
    pub pid: u32,
    /// The file name of the executable.
    pub program: String,
    /// When the first connection was watched, in seconds since 1970.
    pub started: u64,
    /// The process has ended, and this is all. False while it runs, and for ever if it was killed or aborted.
    pub is_complete: bool,
    /// The connections that were watched, by library.
    pub connections: Vec<Connections>,
    /// Connections on streams of a type that is not known: two writers on one such socket are not seen.
    pub unknown_streams: Vec<UnknownStreams>,
    /// How many children were forked while a connection was watched. One that calls `exec` at once is counted, too. A child that
    /// uses a connection is watched by itself, and has a record of its own. That it writes to one connection with its parent is
    /// not seen.
    pub forks: u64,
    /// How many reports there are of each kind. Those that are suppressed are not among them.
    pub reports: BTreeMap<Kind, u64>,
    /// How many findings are suppressed.
    pub suppressed: u64,
    /// What went wrong on the side of redhanded: a file that could not be written, findings that were dropped.
    pub problems: Vec<String>,
}

/// Connections of one library.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Connections {
    /// The library's name, or `Tap`.
    pub library: String,
    /// The library's version. Empty if it is not known.
    pub version: String,
    /// How many were watched so far. Both ends of a connection count if both are in the process. One whose objects are all
    /// gone for a while may count again when there is a new one.
    pub count: u64,
}

/// Connections on streams of one type that is not known.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct UnknownStreams {
    /// The stream's type, as the compiler names it.
    pub type_name: String,
    /// The library that was given the stream.
    pub library: String,
    /// How many there were so far. They are among the [connections](ProcessRecord::connections), too.
    pub count: u64,
}

/// The part of a record that every schema has.
#[derive(serde::Deserialize)]
struct Version {
    schema: u32,
}

impl ProcessRecord {
    /// How many connections were watched, of all libraries together.
    pub fn watched(&self) -> u64 {
        total(self.connections.iter().map(|connections| connections.count))
    }

    /// How many of them were on streams of a type that is not known.
    pub fn unknown(&self) -> u64 {
        total(self.unknown_streams.iter().map(|streams| streams.count))
    }

    /// The record as JSON of schema 1, indented.
    pub fn to_json(&self) -> String {
        // Never fails: a record has only strings, numbers, and lists of them.
        without_hostile(serde_json::to_string_pretty(self).unwrap_or_default())
    }

    /// Reads a record of schema 1. Fields that it does not know are left out.
    ///
    /// # Errors
    /// `InvalidData` if the text is not a record, or one of a newer schema.
    pub fn from_json(text: &str) -> io::Result<ProcessRecord> {
        let Version { schema } = serde_json::from_str(text)?;
        if schema > SCHEMA {
            let message =
                format!("the record has schema {schema}, and this version reads up to {SCHEMA}");
            return Err(io::Error::new(ErrorKind::InvalidData, message));
        }
        Ok(serde_json::from_str(text)?)
    }
}

impl UnknownStreams {
    /// What is to be said of them, in one sentence without a full stop.
    pub fn sentence(&self) -> String {
        unknown_streams_sentence(&self.type_name, self.count)
    }
}

/// What is to be said of so many connections on streams of a type that is not known.
pub fn unknown_streams_sentence(type_name: &str, count: u64) -> String {
    let noun = if count == 1 {
        "connection"
    } else {
        "connections"
    };
    let short = short_type_name(type_name);
    format!(
        "{count} {noun} on `{short}`, whose socket is not known: two writers on one socket would not be seen"
    )
}

/// Where the guide says what to do about them.
pub fn guide_url() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("https://docs.rs/redhanded/{version}/redhanded/guide/index.html#{GUIDE_SECTION}")
}

/// The name of a type without the paths in it: `Locked<TcpStream>`.
pub fn short_type_name(type_name: &str) -> String {
    let is_in_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '{' | '}' | '#');
    let mut short = String::with_capacity(type_name.len());
    let mut rest = type_name;
    while let Some(first) = rest.chars().next() {
        let length = rest.find(|c| !is_in_path(c)).unwrap_or(rest.len());
        let (path, behind) = rest.split_at(length.max(first.len_utf8()));
        short.push_str(path.rsplit("::").next().unwrap_or(path));
        rest = behind;
    }
    short
}

/// A sum that does not overflow: a file may hold anything.
fn total(counts: impl Iterator<Item = u64>) -> u64 {
    counts.fold(0, u64::saturating_add)
}

/// The records below a report directory, by file name, each with the error that it could not be read with. Empty if there
/// are none.
///
/// # Errors
/// If the folder of records is there and cannot be listed.
pub fn read_all(report_dir: &Path) -> io::Result<Vec<(String, io::Result<ProcessRecord>)>> {
    left_files::read_all(&report_dir.join(FOLDER), |path| {
        left_files::read(path, MAX_BYTES, ProcessRecord::from_json)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn record() -> ProcessRecord {
        ProcessRecord {
            schema: SCHEMA,
            pid: 11,
            program: "chat".to_owned(),
            started: 1_790_000_000,
            is_complete: true,
            connections: vec![
                Connections {
                    library: "tungstenite".to_owned(),
                    version: "0.29.0".to_owned(),
                    count: 3,
                },
                Connections {
                    library: "Tap".to_owned(),
                    version: String::new(),
                    count: 2,
                },
            ],
            unknown_streams: vec![UnknownStreams {
                type_name: "chat::Locked<\u{1b}[31m>".to_owned(),
                library: "tungstenite".to_owned(),
                count: 2,
            }],
            forks: 1,
            reports: BTreeMap::from([(Kind::TornFrame, 1)]),
            suppressed: 4,
            problems: vec!["a report could not be written".to_owned()],
        }
    }

    #[test]
    fn what_is_written_is_read_back_and_drives_no_terminal() {
        let json = record().to_json();
        assert!(!json.contains('\u{1b}'), "{json:?}");
        let read = ProcessRecord::from_json(&json).expect("a record");
        assert_eq!(read, record());
        assert_eq!((read.watched(), read.unknown()), (5, 2));
    }

    #[test]
    fn a_type_is_named_without_its_paths() {
        for (name, short) in [
            (
                "chat::net::Locked<std::net::tcp::TcpStream>",
                "Locked<TcpStream>",
            ),
            ("&mut a::B<'_, (c::D, [u8; 3])>", "&mut B<'_, (D, [u8; 3])>"),
            (
                "alloc::boxed::Box<dyn std::io::Write + core::marker::Send>",
                "Box<dyn Write + Send>",
            ),
            ("a::f::{{closure}}::T", "T"),
            ("Größe<ä::ö>", "Größe<ö>"),
            ("", ""),
        ] {
            assert_eq!(short_type_name(name), short);
        }
    }

    #[test]
    fn a_kind_is_named_as_in_reports() {
        let json = record().to_json();
        assert!(json.contains(r#""torn-frame": 1"#), "{json}");
    }

    #[test]
    fn a_newer_schema_and_what_is_no_record_are_refused() {
        let newer = ProcessRecord::from_json(r#"{ "schema": 2, "pid": "new" }"#);
        assert_eq!(
            newer.expect_err("it is newer").to_string(),
            "the record has schema 2, and this version reads up to 1"
        );
        for text in ["", "{}", "[]", r#"{ "schema": 1 }"#] {
            assert!(ProcessRecord::from_json(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn records_are_read_by_name_and_those_that_cannot_be_are_named() {
        let directory = tempfile::tempdir().expect("a folder");
        assert!(read_all(directory.path()).expect("none").is_empty());
        let folder = directory.path().join(FOLDER);
        fs::create_dir(&folder).expect("a folder");
        for (name, text) in [
            ("2-b.json", &*record().to_json()),
            ("1-a.json", "{}"),
            (".3-c.json", "half"),
            ("3-c.tmp", "half"),
        ] {
            fs::write(folder.join(name), text).expect("it is written");
        }
        let records = read_all(directory.path()).expect("a list");
        let names: Vec<_> = records
            .iter()
            .map(|(name, read)| (&**name, read.is_ok()))
            .collect();
        assert_eq!(names, [("1-a.json", false), ("2-b.json", true)]);
    }
}
