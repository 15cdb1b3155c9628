//! The errors of files that are read: suppression files, and files of reports.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// A suppression file, or a line of it, cannot be used. Its other lines count.
#[derive(Debug)]
#[non_exhaustive]
pub enum SuppressionsError {
    /// The file cannot be read. Give the path of a text file in UTF-8.
    Unreadable {
        /// The file that was asked for.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is larger than any that a person writes. Give another one.
    TooLarge {
        /// The file that was asked for.
        file: PathBuf,
        /// How many bytes it may have.
        most: u64,
    },
    /// A line is not understood. Write it as `kind:glob`, with a reason behind ` #`.
    Line {
        /// The file.
        file: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// Its text.
        text: String,
        /// What a line must be.
        takes: &'static str,
    },
}

impl fmt::Display for SuppressionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SuppressionsError::Unreadable { file, source } => {
                write!(
                    f,
                    "{}: the suppressions cannot be read: {source}",
                    file.display()
                )
            }
            SuppressionsError::TooLarge { file, most } => {
                write!(
                    f,
                    "{}: the suppressions are larger than {most} bytes",
                    file.display()
                )
            }
            SuppressionsError::Line {
                file,
                line,
                text,
                takes,
            } => {
                write!(
                    f,
                    "{}:{line}: {text:?} is not understood: it takes {takes}",
                    file.display()
                )
            }
        }
    }
}

impl Error for SuppressionsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            SuppressionsError::Unreadable { source, .. } => Some(source),
            SuppressionsError::TooLarge { .. } | SuppressionsError::Line { .. } => None,
        }
    }
}

/// A file that should have a report has none that can be read. The file is left out.
///
/// What to do: let the program write the file again. For a report of a newer schema, use a newer version of this crate.
#[derive(Debug)]
pub struct ReportFileError {
    /// The file, or `standard input`.
    pub file: PathBuf,
    /// What is wrong with it: one sentence without control characters.
    pub reason: String,
}

impl fmt::Display for ReportFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.reason)
    }
}

impl Error for ReportFileError {}
