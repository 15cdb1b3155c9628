//! What is wrong with a command line.

use std::fmt;

/// What is wrong with a command line.
#[derive(Debug)]
pub(super) enum UsageError {
    NoCommand,
    UnknownCommand(String),
    NoPlace(&'static str),
    EmptyPlace,
    SeveralReports,
    NotFor {
        command: &'static str,
        option: &'static str,
    },
    UnknownValue {
        option: &'static str,
        value: String,
        takes: &'static str,
    },
    Other(lexopt::Error),
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UsageError::NoCommand => {
                f.write_str("a command is missing: serve, show, check, verify or push")?
            }
            UsageError::UnknownCommand(name) => write!(
                f,
                "{name:?} is not a command: it takes serve, show, check, verify or push"
            )?,
            UsageError::NoPlace("show") => {
                f.write_str("show: a file or a directory of reports is missing, or -")?
            }
            UsageError::NoPlace("verify") => {
                f.write_str("verify: the file of a report is missing")?
            }
            UsageError::NoPlace(command) => {
                write!(f, "{command}: a directory of reports is missing")?
            }
            UsageError::EmptyPlace => {
                f.write_str("\"\" is not the path of a file or a directory")?
            }
            UsageError::SeveralReports => {
                f.write_str("verify takes one report; a command stands behind --")?
            }
            UsageError::NotFor { command, option } => {
                write!(f, "{option} is not for the command {command}")?
            }
            UsageError::UnknownValue {
                option,
                value,
                takes,
            } => {
                write!(f, "{option}: {value:?} is not understood: it takes {takes}")?;
            }
            UsageError::Other(error) => error.fmt(f)?,
        }
        f.write_str("; see redhanded --help")
    }
}

impl From<lexopt::Error> for UsageError {
    fn from(error: lexopt::Error) -> Self {
        UsageError::Other(error)
    }
}
