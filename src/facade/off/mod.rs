//! The crate's functions when it is off: they exist, and are empty. The list is the same as in `on.rs`; `tests/api.rs`
//! is run in both states.

pub mod sync;
mod tap;

pub use redhanded_core::unwatched::{Entered, Scope, Watch, watch};
pub use tap::Tap;

use crate::Settings;
use crate::error::AlreadyWatching;
use crate::report::Report;
use std::net::TcpStream;

#[cfg(feature = "tokio")]
pub use ::tokio_tungstenite;
pub use ::tungstenite;

/// A live socket; off, none is ever looked at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Socket(());

impl Socket {
    /// Off, always `None`.
    pub fn of_tcp(_stream: &TcpStream) -> Option<Socket> {
        None
    }

    /// Off, always `None`.
    #[cfg(unix)]
    pub fn of_descriptor(_descriptor: impl std::os::fd::AsFd) -> Option<Socket> {
        None
    }
}

/// Every report of this process; off, none.
pub fn reports() -> Vec<Report> {
    Vec::new()
}

/// Counters of the whole process; off, all zero.
pub fn statistics() -> crate::Statistics {
    crate::Statistics::default()
}

/// Where the page is; off, nowhere.
pub fn url() -> Option<String> {
    None
}

/// Sets how the crate behaves; off, it behaves not at all.
///
/// # Errors
/// Off, none.
pub fn configure(_settings: Settings) -> Result<(), AlreadyWatching> {
    Ok(())
}

/// Makes a stream type known; off, nothing needs to be.
///
/// # Safety
/// Off, there is nothing to uphold. On, `S` must have no lifetime parameters.
#[allow(unsafe_code)] // Declares the contract that the watched half relies on; does nothing unsafe.
pub unsafe fn know<S: 'static>(_find: fn(&S) -> Option<Socket>) {}
