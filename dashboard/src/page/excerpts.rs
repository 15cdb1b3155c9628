//! The lines of source round the places that a report names.
//!
//! Only files that the report names are read, never one that a request names. Another program may have made the report, so
//! that of those only Rust files are read.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;

use redhanded_report::{CallSite, Frame, Report, Writer};

/// How many lines are shown before and after the named one.
const AROUND: u32 = 3;

/// How many places of one report are shown.
const MAX_PLACES: usize = 24;

/// How large a file may be in bytes, and how many characters of a line are shown.
const MAX_FILE: u64 = 4 << 20;
const MAX_LINE: usize = 300;

/// Some lines of a file.
#[derive(Debug, Serialize)]
pub(super) struct Excerpt {
    /// The file, as the report names it.
    file: String,
    /// The line that the report names.
    line: u32,
    /// The number of the first line in `lines`.
    first: u32,
    lines: Vec<String>,
}

/// The lines round every place of a report, as far as they can be read.
pub(super) fn of(report: &Report) -> Vec<Excerpt> {
    let of_samples = report.samples.iter().flat_map(|sample| &sample.writers);
    let mut seen = BTreeSet::new();
    let places = report.writers.iter().chain(of_samples).flat_map(places);
    let places = places.filter(|place| seen.insert((place.file.clone(), place.line)));
    places
        .take(MAX_PLACES)
        .filter_map(|place| read(&place))
        .collect()
}

/// Where a writer called, and where its object was dropped.
fn places(writer: &Writer) -> impl Iterator<Item = CallSite> + '_ {
    let dropped = writer
        .dropped_at
        .iter()
        .find(|frame| frame.origin == redhanded_report::Origin::App);
    let frames = writer
        .top_application_frame()
        .into_iter()
        .chain(dropped)
        .filter_map(Frame::call_site);
    writer.call_site.clone().into_iter().chain(frames)
}

fn read(place: &CallSite) -> Option<Excerpt> {
    let path = readable(&place.file)?;
    let first = place.line.saturating_sub(AROUND).max(1);
    let reader = BufReader::new(File::open(path).ok()?.take(MAX_FILE));
    let wanted = first as usize - 1..(place.line as usize).saturating_add(AROUND as usize);
    let lines: Vec<_> = reader
        .split(b'\n')
        .skip(wanted.start)
        .take(wanted.len())
        .map_while(Result::ok)
        .map(line)
        .collect();
    // A shorter file is not the one that was compiled.
    let has_line = lines.len() > (place.line - first.min(place.line)) as usize;
    (place.line > 0 && has_line).then(|| Excerpt {
        file: place.file.clone(),
        line: place.line,
        first,
        lines,
    })
}

fn line(bytes: Vec<u8>) -> String {
    let text = String::from_utf8_lossy(&bytes);
    text.trim_end().chars().take(MAX_LINE).collect()
}

/// The path of a file that may be shown.
fn readable(file: &str) -> Option<PathBuf> {
    let named = Path::new(file);
    let path = if named.is_absolute() {
        named.canonicalize().ok()?
    } else {
        roots().iter().find_map(|root| below(root, named))?
    };
    let is_rust = path.extension().is_some_and(|extension| extension == "rs");
    let metadata = path.metadata().ok()?;
    (is_rust && metadata.is_file() && metadata.len() <= MAX_FILE).then_some(path)
}

/// The folders from which relative paths are read: the working directory, and the workspace above it. The compiler names
/// files from the workspace, and `cargo test` runs a package in its own folder.
fn roots() -> Vec<PathBuf> {
    let Ok(directory) = std::env::current_dir() else {
        return Vec::new();
    };
    let has_lock = |folder: &&Path| folder.join("Cargo.lock").is_file();
    let workspace = directory
        .ancestors()
        .skip(1)
        .find(has_lock)
        .map(Path::to_owned);
    std::iter::once(directory.clone())
        .chain(workspace)
        .collect()
}

/// The file in a folder, if it is there and no link leads out of the folder.
fn below(root: &Path, file: &Path) -> Option<PathBuf> {
    let path = root.join(file).canonicalize().ok()?;
    path.starts_with(root.canonicalize().ok()?).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(file: &str, line: u32) -> CallSite {
        CallSite {
            file: file.to_owned(),
            line,
            column: 1,
        }
    }

    #[test]
    fn the_lines_round_a_place_are_those_of_the_file() {
        let here = line!();
        // From the workspace; the test runs in the package.
        let this = file!();
        let source = read(&place(this, here)).expect("this file");
        assert_eq!(
            (source.line, source.first, source.lines.len()),
            (here, here - AROUND, 7)
        );
        assert!(
            source.lines[AROUND as usize].contains("let here = line!();"),
            "{source:?}"
        );
        let top = read(&place(this, 1)).expect("this file");
        assert_eq!((top.first, top.lines.len()), (1, 4));
        assert!(top.lines[0].starts_with("//! The lines of source"));
    }

    #[test]
    fn a_line_that_is_not_there_shows_nothing() {
        for line in [0, 100_000, u32::MAX] {
            assert!(
                read(&place("src/page/excerpts.rs", line)).is_none(),
                "{line}"
            );
        }
    }

    #[test]
    fn nothing_is_read_but_files_of_rust_below_the_working_directory_or_named_in_full() {
        let directory = tempfile::tempdir().unwrap();
        let outside = directory.path().join("outside.rs");
        std::fs::write(&outside, "fn main() {}\n").unwrap();
        std::fs::create_dir(directory.path().join("folder.rs")).unwrap();
        std::fs::write(
            directory.path().join("large.rs"),
            vec![b'\n'; MAX_FILE as usize + 1],
        )
        .unwrap();
        assert!(read(&place(outside.to_str().unwrap(), 1)).is_some());
        let below_root = "../".repeat(30) + outside.to_str().unwrap().trim_start_matches('/');
        assert!(Path::new(&below_root).exists() || cfg!(windows));
        assert!(read(&place(&below_root, 1)).is_none());
        for file in [
            "/etc/passwd",
            "../Cargo.toml",
            "Cargo.toml",
            "",
            ".",
            "src",
            "src/none.rs",
            "\0.rs",
            "/dev/zero",
        ] {
            assert!(read(&place(file, 1)).is_none(), "{file:?}");
        }
        for file in ["folder.rs", "large.rs"] {
            assert!(
                read(&place(directory.path().join(file).to_str().unwrap(), 1)).is_none(),
                "{file}"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_below_the_working_directory_leads_nowhere_else() {
        let directory = std::env::current_dir().unwrap();
        let (outside, inside) = (
            tempfile::tempdir().unwrap(),
            tempfile::tempdir_in(&directory).unwrap(),
        );
        let file = outside.path().join("secret.rs");
        std::fs::write(&file, "secret\n").unwrap();
        let link = inside.path().join("link.rs");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let relative = link.strip_prefix(&directory).unwrap();
        assert!(relative.is_relative() && relative.exists());
        assert!(read(&place(relative.to_str().unwrap(), 1)).is_none());
    }
}
