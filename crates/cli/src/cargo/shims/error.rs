//! What can go wrong with a shim, and what the user can do about it.

use semver::Version;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a shim could not be written.
#[derive(Debug)]
pub enum ShimError {
    /// The library, or this version of it, is not known. Ask [`is_known`](super::is_known) first.
    Unknown {
        /// The library's name.
        name: String,
        /// The version that is not known.
        version: Version,
    },
    /// A tokio- or async-tungstenite came without the version of tungstenite that it depends on.
    NoTungstenite {
        /// The library's name.
        name: String,
    },
    /// A file or folder could not be read.
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A file or folder could not be written.
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A library's `Cargo.toml` is not what cargo writes.
    Manifest {
        /// The manifest, or the folder without one.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
}

impl ShimError {
    pub(super) fn read(path: &Path) -> impl FnOnce(io::Error) -> ShimError {
        let path = path.to_owned();
        move |error| ShimError::Read { path, error }
    }

    pub(super) fn write(path: &Path) -> impl FnOnce(io::Error) -> ShimError {
        let path = path.to_owned();
        move |error| ShimError::Write { path, error }
    }
}

impl fmt::Display for ShimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ShimError::Unknown { name, version } => {
                write!(
                    f,
                    "{name} {version} cannot be watched: this version is not known"
                )
            }
            ShimError::NoTungstenite { name } => {
                write!(
                    f,
                    "{name} depends on no tungstenite: its source is not the library's own"
                )
            }
            ShimError::Read { path, error } => {
                write!(f, "cannot read {}: {error}", path.display())
            }
            ShimError::Write { path, error } => {
                write!(f, "cannot write {}: {error}", path.display())
            }
            ShimError::Manifest { path, message } => {
                write!(f, "{} cannot be used: {message}", path.display())
            }
        }
    }
}

impl std::error::Error for ShimError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ShimError::Read { error, .. } | ShimError::Write { error, .. } => Some(error),
            _ => None,
        }
    }
}
