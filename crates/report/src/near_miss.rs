//! Near misses: pairs of call sites that came close in time on one wire. Beside them, which call sites came to a wire at all.
//!
//! A near miss is not a finding, and accuses no writer. A process leaves one file of them beside its reports, in the folder
//! [`FOLDER`] of the report directory, under the name of its process record. A file of the same format is a plan for another
//! run ([`PLAN`]): its pairs are the ones to hold.

pub use super::group::frame_of_call;
use super::group::{function_name, operation_class};
use super::json::without_hostile;
use super::left_files;
use super::same_file::is_same_file;
use super::{CallSite, Process, Report, Writer};
use std::io::{self, ErrorKind};
use std::path::Path;

/// The folder of near misses, in a report directory.
pub const FOLDER: &str = "near-misses";

/// The environment variable that names a plan: a file of this format. Only the [`sides`](NearMissPair::sides) of its pairs
/// are used.
pub const PLAN: &str = "REDHANDED_PLAN";

/// The version of this format, the value of [`NearMisses::schema`].
pub const SCHEMA: u32 = 1;

/// The largest file that is read. A process writes much less.
const MAX_BYTES: u64 = 4 << 20;

/// What came close in one process. Later versions may add fields. They never rename one.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct NearMisses {
    /// The version of this format: [`SCHEMA`].
    pub schema: u32,
    /// The process.
    pub process: Process,
    /// The value of `REDHANDED_PROVOKE` that was in force: `off`, `light`, `full` or `full+split`.
    pub mode: String,
    /// The pairs that came close, were held, or are in the plan of this run.
    pub pairs: Vec<NearMissPair>,
    /// Every call site that came to a wire, as far as it was counted.
    #[serde(default)]
    pub seen: Vec<SideCount>,
    /// How many pairs and call sites are not listed, because there were too many.
    #[serde(default)]
    pub dropped: u64,
}

/// Two call sites of one wire.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct NearMissPair {
    /// Both call sites, in any order. They may be the same one.
    pub sides: [Side; 2],
    /// The shortest time between the two, in microseconds. `None` if the two never were on one wire.
    #[serde(default)]
    pub nearest_us: Option<f64>,
    /// How often the two came so close that it was a near miss.
    #[serde(default)]
    pub near: u64,
    /// How often each side came to a wire with two or more handles.
    #[serde(default)]
    pub came: [u64; 2],
    /// How often each side was held for the other.
    #[serde(default)]
    pub held: [u64; 2],
    /// For how long both sides were held together, in microseconds.
    #[serde(default)]
    pub held_us: u64,
    /// How often the two met. Each time is a finding.
    #[serde(default)]
    pub met: u64,
    /// Why the two are taken to be ordered, so that they are not held any more: `came at once after a hold, twice on end`, or
    /// `both held Mutex #3 made at …`.
    #[serde(default)]
    pub ordered: Option<String>,
}

/// One call site, and what it does to the wire.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Side {
    /// The operation without a length, such as `send Binary`.
    pub operation: String,
    /// The line that called. It is a library's where the application calls through one.
    pub call_site: Option<CallSite>,
    /// The application's function that the call is in, as reports name it. `None` where it is not known.
    #[serde(default)]
    pub function: Option<String>,
}

/// How often a call site came to a wire.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SideCount {
    /// The call site.
    #[serde(flatten)]
    pub side: Side,
    /// How often it came to a wire with two or more handles.
    #[serde(default)]
    pub came: u64,
    /// How often it came to a wire with one handle only. Counted in a run with a plan, and 0 in others.
    #[serde(default)]
    pub came_alone: u64,
    /// How often it was held when no other call site of the connection was known yet. Such holds belong to no pair.
    #[serde(default)]
    pub held_alone: u64,
}

impl Side {
    /// The side that a report's writer is.
    pub fn of(writer: &Writer) -> Side {
        let frame = writer.frame_of_call();
        Side {
            operation: operation_class(&writer.operation).to_owned(),
            call_site: writer
                .call_site
                .clone()
                .or_else(|| frame.and_then(super::Frame::call_site)),
            function: frame.map(|frame| frame.function.clone()),
        }
    }

    /// Whether this may be the same call as another side: the same operation on the same line, or in the same function of the same
    /// file if the line has moved. Where a function is not known, only the line counts.
    pub fn is_same(&self, other: &Side) -> bool {
        self.has_line_of(other) || self.is_in_function(other)
    }

    /// Whether this is the same call as another side, on the same line. A line that is now one of another function is another call.
    pub fn is_on_line(&self, other: &Side) -> bool {
        let are_known = self.function.is_some() && other.function.is_some();
        self.has_line_of(other) && (!are_known || self.has_function_of(other))
    }

    /// Whether this is the same operation in the same function of the same file, on whatever line.
    pub fn is_in_function(&self, other: &Side) -> bool {
        let is_in_file = match (&self.call_site, &other.call_site) {
            (Some(one), Some(two)) => is_same_file(&one.file, &two.file),
            // Without a line there is only the function.
            _ => true,
        };
        let is_known = self.function.is_some();
        is_known && is_in_file && self.operation == other.operation && self.has_function_of(other)
    }

    fn has_line_of(&self, other: &Side) -> bool {
        match (&self.call_site, &other.call_site) {
            (Some(one), Some(two)) => {
                self.operation == other.operation
                    && one.line == two.line
                    && is_same_file(&one.file, &two.file)
            }
            _ => false,
        }
    }

    /// Whether a report's writer made this call. See [`is_same`](Self::is_same).
    pub fn is_writer(&self, writer: &Writer) -> bool {
        self.is_same(&Side::of(writer))
    }

    fn has_function_of(&self, other: &Side) -> bool {
        let name = |side: &Side| side.function.as_deref().map(function_name);
        name(self) == name(other)
    }
}

impl NearMissPair {
    /// Two sides of which nothing is known yet.
    pub fn of(sides: [Side; 2]) -> NearMissPair {
        NearMissPair {
            sides,
            nearest_us: None,
            near: 0,
            came: [0; 2],
            held: [0; 2],
            held_us: 0,
            met: 0,
            ordered: None,
        }
    }
}

impl NearMisses {
    /// A plan of one report: its two writers are the pair. `None` for a report of one writer, or of a lock.
    pub fn plan_of(report: &Report) -> Option<NearMisses> {
        let [first, second] = &report.writers[..] else {
            return None;
        };
        if report.lock.is_some() {
            return None;
        }
        let pair = NearMissPair::of([Side::of(first), Side::of(second)]);
        Some(NearMisses {
            schema: SCHEMA,
            process: report.process.clone(),
            mode: String::new(),
            pairs: vec![pair],
            seen: Vec::new(),
            dropped: 0,
        })
    }

    /// The JSON of schema 1, indented.
    pub fn to_json(&self) -> String {
        // Never fails: there are only strings, numbers, and lists of them.
        without_hostile(serde_json::to_string_pretty(self).unwrap_or_default())
    }

    /// Reads JSON of schema 1. Fields that it does not know are left out.
    ///
    /// # Errors
    /// `InvalidData` if the text is not of this format, or of a newer schema.
    pub fn from_json(text: &str) -> io::Result<NearMisses> {
        /// The part that every schema has.
        #[derive(serde::Deserialize)]
        struct Version {
            schema: u32,
        }
        let Version { schema } = serde_json::from_str(text)?;
        if schema > SCHEMA {
            let message = format!(
                "the near misses have schema {schema}, and this version reads up to {SCHEMA}"
            );
            return Err(io::Error::new(ErrorKind::InvalidData, message));
        }
        Ok(serde_json::from_str(text)?)
    }

    /// Reads a file: what a process has left, or a plan.
    ///
    /// # Errors
    /// If the file cannot be read, is larger than 4 MiB, or as [`from_json`](Self::from_json).
    pub fn read(path: &Path) -> io::Result<NearMisses> {
        left_files::read(path, MAX_BYTES, NearMisses::from_json)
    }
}

/// The name of a process's file, in the folder of near misses as in that of records: `<pid>-<run>.json`.
pub fn file_name(process: &Process) -> String {
    let run = process.run.as_deref().unwrap_or_default();
    format!("{}-{run}.json", process.pid)
}

/// The files below a report directory, by name, each with the error that it could not be read with. Empty if there are none.
///
/// # Errors
/// If the folder is there and cannot be listed.
pub fn read_all(report_dir: &Path) -> io::Result<Vec<(String, io::Result<NearMisses>)>> {
    left_files::read_all(&report_dir.join(FOLDER), NearMisses::read)
}

#[cfg(test)]
mod tests;
