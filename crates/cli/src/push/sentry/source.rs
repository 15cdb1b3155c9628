//! Source lines round a frame, from the file that it names.
//!
//! A report may be from anywhere, and names any file. So only files of Rust source are read, and only those that have not been
//! changed since the program began: lines of a later version would lie.

use super::super::event::clip;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::time::SystemTime;

/// How many lines are shown before the line, and after it.
const AROUND: u32 = 5;
/// How long a shown line may be.
const MOST_OF_LINE: usize = 256;
/// How large a file may be. No source that a person writes is larger.
const MOST_OF_FILE: u64 = 2 << 20;

/// Which lines are asked for.
pub(in super::super) struct Asked<'a> {
    pub(in super::super) file: &'a str,
    /// Counted from 1.
    pub(in super::super) line: u32,
    /// When the program began, as RFC 3339 in UTC.
    pub(in super::super) since: &'a str,
}

/// A line with those round it.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Lines {
    pub(in super::super) before: Vec<String>,
    pub(in super::super) line: String,
    pub(in super::super) after: Vec<String>,
}

/// The lines, if the file is there and has not been changed. A relative path is one from the working directory.
pub(in super::super) fn lines(asked: &Asked) -> Option<Lines> {
    let since = humantime::parse_rfc3339(asked.since).ok()?;
    // A link may lead to another kind of file.
    let path = fs::canonicalize(asked.file).ok()?;
    is_readable(&path, since).then_some(())?;
    let first = asked.line.saturating_sub(AROUND).max(1);
    let last = asked.line.saturating_add(AROUND);
    let mut lines = Lines {
        before: Vec::new(),
        line: String::new(),
        after: Vec::new(),
    };
    let mut is_there = false;
    let text = BufReader::new(File::open(path).ok()?.take(MOST_OF_FILE)).lines();
    for (number, text) in (1..=last).zip(text).filter(|(number, _)| *number >= first) {
        let text = clip(&text.ok()?, MOST_OF_LINE);
        if number < asked.line {
            lines.before.push(text);
        } else if number > asked.line {
            lines.after.push(text);
        } else {
            lines.line = text;
            is_there = true;
        }
    }
    is_there.then_some(lines)
}

fn is_readable(path: &Path, since: SystemTime) -> bool {
    let is_source = path.extension().is_some_and(|extension| extension == "rs");
    let metadata = fs::metadata(path).ok();
    is_source
        && metadata.is_some_and(|it| {
            let is_old = it.modified().is_ok_and(|changed| changed <= since);
            it.is_file() && it.len() <= MOST_OF_FILE && is_old
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const LATER: &str = "2999-01-01T00:00:00Z";

    fn asked<'a>(file: &'a Path, line: u32, since: &'a str) -> Option<Lines> {
        let file = file.to_str().expect("text");
        lines(&Asked { file, line, since })
    }

    #[test]
    fn the_line_has_five_before_and_five_after() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("main.rs");
        let text: String = (1..=20).map(|number| format!("line {number}\n")).collect();
        fs::write(&file, text).expect("our own directory");
        let numbers = |from: u32, to: u32| {
            (from..=to)
                .map(|it| format!("line {it}"))
                .collect::<Vec<_>>()
        };
        for (line, before, after) in [
            (1, numbers(1, 0), numbers(2, 6)),
            (10, numbers(5, 9), numbers(11, 15)),
            (20, numbers(15, 19), numbers(21, 20)),
        ] {
            let line_text = format!("line {line}");
            let expected = Lines {
                before,
                line: line_text,
                after,
            };
            assert_eq!(asked(&file, line, LATER), Some(expected));
        }
        assert_eq!(asked(&file, 21, LATER), None);
        assert_eq!(asked(&file, u32::MAX, LATER), None);
    }

    #[test]
    fn a_file_that_was_changed_since_is_not_read() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("main.rs");
        fs::write(&file, "one\n").expect("our own directory");
        let changed = fs::metadata(&file)
            .and_then(|it| it.modified())
            .expect("a time");
        let since = |time| humantime::format_rfc3339_nanos(time).to_string();
        assert!(asked(&file, 1, &since(changed)).is_some());
        assert_eq!(
            asked(&file, 1, &since(changed - Duration::from_secs(1))),
            None
        );
        assert_eq!(asked(&file, 1, "yesterday"), None);
    }

    #[cfg(unix)]
    #[test]
    fn only_source_is_read_whatever_a_link_is_called() {
        let directory = tempfile::tempdir().expect("a directory");
        let (secret, link) = (
            directory.path().join("key"),
            directory.path().join("key.rs"),
        );
        fs::write(&secret, "s3cret\n").expect("our own directory");
        std::os::unix::fs::symlink(&secret, &link).expect("our own directory");
        for file in [&*secret, &*link, directory.path(), Path::new("/dev/zero")] {
            assert_eq!(asked(file, 1, LATER), None, "{}", file.display());
        }
    }
}
