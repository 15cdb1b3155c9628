//! Suppressions: findings that are known and not shown. Each line of a file is one: `kind:glob` or `group:<group>`, with a
//! reason behind ` #`.
//!
//! The findings that each line suppresses are counted, so that none disappears in silence.

mod glob;

use super::{Frame, Kind, Origin, Report, SuppressionsError, Writer, group};
use glob::Glob;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// How large a suppression file may be.
const MAX_BYTES: u64 = 1 << 20;

/// The lines of a suppression file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Suppressions {
    file: PathBuf,
    lines: Vec<Line>,
}

#[derive(Debug, PartialEq, Eq)]
struct Line {
    number: usize,
    /// The line without the reason.
    text: String,
    known: Known,
}

/// Which findings are known.
#[derive(Debug, PartialEq, Eq)]
enum Known {
    /// Those of one group.
    Group(String),
    /// Those in functions or files.
    Code {
        /// `None` for every kind.
        kind: Option<Kind>,
        glob: Glob,
    },
}

/// The group of a finding. It is made only if a line asks for it.
struct Group<'f> {
    kind: Kind,
    writers: &'f [Writer],
    known: Option<String>,
}

impl Suppressions {
    /// Reads a file. Gives the lines that are understood, and an error for each line that is not.
    pub fn read(path: &Path) -> (Suppressions, Vec<SuppressionsError>) {
        let mut text = String::new();
        let read =
            File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_string(&mut text));
        match read {
            Ok(length) if length as u64 <= MAX_BYTES => Suppressions::parse(path, &text),
            Ok(_) => {
                let error = SuppressionsError::TooLarge {
                    file: path.to_owned(),
                    most: MAX_BYTES,
                };
                (Suppressions::default(), vec![error])
            }
            Err(source) => {
                let error = SuppressionsError::Unreadable {
                    file: path.to_owned(),
                    source,
                };
                (Suppressions::default(), vec![error])
            }
        }
    }

    /// As [`read`](Self::read), of a file that can be read without waiting for another process. A pipe is an error.
    pub fn read_without_waiting(path: &Path) -> (Suppressions, Vec<SuppressionsError>) {
        // A path that is given another meaning between the two looks is not guarded against.
        let is_special = std::fs::metadata(path).is_ok_and(|it| !it.is_file() && !it.is_dir());
        if is_special {
            let error = SuppressionsError::Unreadable {
                file: path.to_owned(),
                source: std::io::Error::other("it is no regular file"),
            };
            return (Suppressions::default(), vec![error]);
        }
        Suppressions::read(path)
    }

    fn parse(file: &Path, text: &str) -> (Suppressions, Vec<SuppressionsError>) {
        let (mut lines, mut errors) = (Vec::new(), Vec::new());
        for (number, text) in text
            .lines()
            .enumerate()
            .map(|(index, text)| (index + 1, text))
        {
            match Line::parse(number, text) {
                Ok(line) => lines.extend(line),
                Err(takes) => {
                    let (file, text) = (file.to_owned(), text.to_owned());
                    errors.push(SuppressionsError::Line {
                        file,
                        line: number,
                        text,
                        takes,
                    });
                }
            }
        }
        (
            Suppressions {
                file: file.to_owned(),
                lines,
            },
            errors,
        )
    }

    /// How many suppressions there are. Each is known by its index.
    pub fn count(&self) -> usize {
        self.lines.len()
    }

    /// The index of the suppression for a finding of these writers, if there is one.
    pub fn line_for(&self, kind: Kind, writers: &[Writer]) -> Option<usize> {
        self.line_in(kind, writers, None)
    }

    /// The index of the suppression for a report, if there is one. Every finding that the report has in full must be
    /// suppressed.
    pub fn line_for_report(&self, report: &Report) -> Option<usize> {
        let line_of = |writers| self.line_in(report.kind, writers, report.group.as_ref());
        let line = line_of(&report.writers)?;
        let mut samples = report.samples.iter();
        let are_all = samples.all(|sample| line_of(&sample.writers).is_some());
        are_all.then_some(line)
    }

    /// As [`line_for`](Self::line_for), of a finding whose group may be known already.
    fn line_in(&self, kind: Kind, writers: &[Writer], known: Option<&String>) -> Option<usize> {
        let mut group = Group {
            kind,
            writers,
            known: known.cloned(),
        };
        self.lines.iter().position(|line| match &line.known {
            Known::Group(wanted) => group.get() == wanted,
            Known::Code { kind: of, glob } => {
                of.is_none_or(|of| of == kind) && glob.is_for_one_of(writers)
            }
        })
    }

    /// A sentence of how many findings each line has suppressed. `None` if no line has suppressed one.
    pub fn sentence(&self, counts: &[u64]) -> Option<String> {
        let used = self
            .lines
            .iter()
            .zip(counts)
            .filter(|(_, count)| **count > 0);
        let parts: Vec<String> = used
            .map(|(line, count)| format!("{count} by {}", self.name(line)))
            .collect();
        let sum = counts
            .iter()
            .fold(0, |sum: u64, count| sum.saturating_add(*count));
        let findings = if sum == 1 { "finding" } else { "findings" };
        (sum > 0).then(|| format!("{sum} {findings} suppressed: {}", parts.join(", ")))
    }

    /// A sentence for each line that has suppressed nothing.
    pub fn unused(&self, counts: &[u64]) -> Vec<String> {
        let unused = self
            .lines
            .iter()
            .zip(counts)
            .filter(|(_, count)| **count == 0);
        unused
            .map(|(line, _)| format!("{} suppressed nothing", self.name(line)))
            .collect()
    }

    fn name(&self, line: &Line) -> String {
        format!("{}:{} ({})", self.file.display(), line.number, line.text)
    }
}

impl Line {
    /// A line. `Ok(None)` if the line is empty or only a reason, and what a line must be if it is not understood.
    fn parse(number: usize, text: &str) -> Result<Option<Line>, &'static str> {
        // The `#` of a reason has a blank before it. The `#` in the name of a closure has none.
        let reason = text.match_indices('#').find(|(at, _)| {
            text[..*at]
                .chars()
                .next_back()
                .is_none_or(char::is_whitespace)
        });
        let text = reason.map_or(text, |(at, _)| &text[..at]).trim();
        if text.is_empty() {
            return Ok(None);
        }
        let Some((kind, glob)) = text.split_once(':') else {
            return Err("kind:glob, such as torn-frame:app::reader::*");
        };
        if kind.trim() == "group" {
            let group = group_of_line(glob.trim())?;
            return Ok(Some(Line {
                number,
                text: text.to_owned(),
                known: Known::Group(group),
            }));
        }
        let kind = match kind.trim() {
            "*" => None,
            name => Some(Kind::ALL.into_iter().find(|kind| kind.name() == name).ok_or(
                "a kind before the first colon: torn-frame, torn-message, abandoned-write, overlap, stall, or * for all; or group",
            )?),
        };
        let glob = glob.trim();
        if glob.is_empty() || glob.starts_with(':') {
            return Err(
                "a glob of a function or a file behind the first colon, such as app::reader::* or src/legacy/**",
            );
        }
        Ok(Some(Line {
            number,
            text: text.to_owned(),
            known: Known::Code {
                kind,
                glob: Glob::new(glob),
            },
        }))
    }
}

impl Group<'_> {
    fn get(&mut self) -> &str {
        let (kind, writers) = (self.kind, self.writers);
        self.known.get_or_insert_with(|| group(kind, writers))
    }
}

/// A group as reports have it.
fn group_of_line(text: &str) -> Result<String, &'static str> {
    let is_digit = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    if text.len() == 16 && text.bytes().all(is_digit) {
        Ok(text.to_owned())
    } else {
        Err("the sixteen hex digits of a report's group behind group:")
    }
}

impl Glob {
    fn is_for_one_of(&self, writers: &[Writer]) -> bool {
        writers.iter().any(|writer| {
            let of_application = |frame: &&Frame| frame.origin == Origin::App;
            let mut frames = writer
                .backtrace
                .iter()
                .chain(&writer.dropped_at)
                .filter(of_application);
            writer
                .call_site
                .as_ref()
                .is_some_and(|site| self.is_for_file(&site.file))
                || frames.any(|frame| {
                    self.is_for_function(&frame.function)
                        || frame
                            .file
                            .as_ref()
                            .is_some_and(|file| self.is_for_file(file))
                })
        })
    }

    /// Whether the glob matches the function, or the function that the closure is in.
    fn is_for_function(&self, name: &str) -> bool {
        self.matches(name) || without_closures(name).is_some_and(|name| self.matches(name))
    }

    /// Whether the glob matches the path, from any folder on. Debug information has absolute paths, and call sites have
    /// paths below the workspace.
    fn is_for_file(&self, path: &str) -> bool {
        let path = format!("/{}", path.replace('\\', "/"));
        self.matches(&path)
            || path
                .match_indices('/')
                .any(|(at, _)| self.matches(&path[at + 1..]))
    }
}

/// `app::run` of `app::run::{{closure}}` and of `app::run::{closure#0}`. `None` for a function that is not in a closure.
fn without_closures(name: &str) -> Option<&str> {
    let at = name
        .find("::{{closure}}")
        .into_iter()
        .chain(name.find("::{closure#"))
        .min()?;
    Some(&name[..at])
}

#[cfg(test)]
mod tests;
