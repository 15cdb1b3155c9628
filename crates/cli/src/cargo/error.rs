//! Why the command could not run cargo, and what the user can do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Each is one line.
#[derive(Debug)]
pub(super) enum CommandError {
    UnknownOption(String),
    NoValue(String),
    BadValue {
        option: &'static str,
        value: String,
        takes: String,
    },
    /// The subcommand changes the project, and this command changes no project.
    ChangesTheProject(String),
    /// Cargo has said why, and ended with this code.
    Cargo(u8),
    /// Cargo could not be started.
    NoCargo(io::Error),
    /// What cargo printed is not what it prints.
    NotUnderstood(String),
    OldCargo {
        is: String,
        needs: &'static str,
    },
    /// The sources of redhanded are nowhere.
    NoSource(Option<PathBuf>),
    /// The watched tree does not resolve. Cargo has said why.
    Unresolved {
        is_offline: bool,
    },
    Shims(String),
    /// Cargo.lock is the watched one of a command in another target folder.
    AlreadyWatched(PathBuf),
    File {
        path: PathBuf,
        what: &'static str,
        error: io::Error,
    },
}

impl CommandError {
    /// For `map_err`: what could not be done with a file.
    pub(super) fn file(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| CommandError::File {
            path: path.to_owned(),
            what,
            error,
        }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CommandError::UnknownOption(word) => write!(
                f,
                "{word} is not an option of cargo redhanded; cargo's own options stand behind the subcommand; \
                 see cargo redhanded help"
            ),
            CommandError::NoValue(option) => {
                write!(f, "{option}: a value is missing; see cargo redhanded help")
            }
            CommandError::BadValue {
                option,
                value,
                takes,
            } => write!(f, "{option}: {value:?} is not understood: it takes {takes}"),
            CommandError::ChangesTheProject(name) => write!(
                f,
                "cargo {name} changes the project or the machine; run it without redhanded"
            ),
            CommandError::Cargo(code) => write!(f, "cargo ended with code {code}; nothing was run"),
            CommandError::NoCargo(error) => write!(f, "cargo could not be started: {error}"),
            CommandError::NotUnderstood(what) => {
                write!(f, "what cargo printed is not understood: {what}")
            }
            CommandError::OldCargo { is, needs } => write!(
                f,
                "this toolchain is {is}, and redhanded needs Rust {needs} or later; \
                 name another one: cargo +stable redhanded …"
            ),
            CommandError::NoSource(None) => f.write_str(
                "the checkout in which this command was built is gone; \
                 name another one with --redhanded-source DIR or REDHANDED_SOURCE",
            ),
            CommandError::NoSource(Some(path)) => write!(
                f,
                "{} is no checkout of redhanded: it has no crates/core/Cargo.toml",
                path.display()
            ),
            CommandError::Unresolved { is_offline: true } => f.write_str(
                "the crates that the detector needs are not all on this machine; \
                 run once without --offline",
            ),
            CommandError::Unresolved { is_offline: false } => f.write_str(
                "the watched tree does not resolve (see cargo's words above); the detector's own dependencies \
                 come from crates.io or from what replaces it",
            ),
            CommandError::Shims(why) => write!(f, "the watched libraries could not be written: {why}"),
            CommandError::AlreadyWatched(path) => write!(
                f,
                "{} is the lock file of a watched build: a cargo redhanded with another target folder is at work, or was \
                 killed; any cargo redhanded with that target folder puts yours back",
                path.display()
            ),
            CommandError::File { path, what, error } => {
                write!(f, "{} could not be {what}: {error}", path.display())
            }
        }
    }
}

impl std::error::Error for CommandError {}
