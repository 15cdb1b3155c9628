//! Why the page cannot be served.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;

/// The local page could not be served.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServeError {
    /// The page is for this machine only. Give a loopback address, such as `127.0.0.1:7667`.
    NotLoopback {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// The address could not be bound. Give another one, or port 0 for any free port.
    Bind {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The text is not an address. Give one such as `127.0.0.1:7667`.
    Address(io::Error),
    /// No thread could be started for the page. Try again when the machine has room.
    Thread(io::Error),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServeError::NotLoopback { address } => {
                write!(
                    f,
                    "{address} is not a loopback address: the page is for this machine only"
                )
            }
            ServeError::Bind { address, source } => {
                write!(f, "the page cannot be served on {address}: {source}")
            }
            ServeError::Address(source) => write!(f, "not an address for the page: {source}"),
            ServeError::Thread(source) => write!(f, "no thread for the page: {source}"),
        }
    }
}

impl Error for ServeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ServeError::NotLoopback { .. } => None,
            ServeError::Bind { source, .. }
            | ServeError::Address(source)
            | ServeError::Thread(source) => Some(source),
        }
    }
}
