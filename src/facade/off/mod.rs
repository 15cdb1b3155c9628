//! The crate's items when it is off. They do nothing. The list is the same as in `on.rs`: `tests/api.rs` runs in both states.

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

/// A live socket. Off, there is never one.
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

    /// The same socket below a layer that sends other bytes than it is given.
    pub fn encrypted(self) -> Socket {
        self
    }
}

/// Every report of this process. Off, there is none.
pub fn reports() -> Vec<Report> {
    Vec::new()
}

/// Counters of the whole process. Off, all are zero.
pub fn statistics() -> crate::Statistics {
    crate::Statistics::default()
}

/// The URL of the page. Off, there is no page.
pub fn url() -> Option<String> {
    None
}

/// Sets how the crate behaves. Off, it does nothing.
///
/// # Errors
/// Off, none.
pub fn configure(_settings: Settings) -> Result<(), AlreadyWatching> {
    Ok(())
}

/// Makes a stream type known. Off, it does nothing.
///
/// # Safety
/// Off, there is nothing to uphold. On, `S` must have no lifetime parameters.
#[allow(unsafe_code)] // Unsafe to call, as it is when on. It does nothing unsafe.
pub unsafe fn know<S: 'static>(_find: fn(&S) -> Option<Socket>) {}

/// Makes a stream type known by a field. Off, it only checks that there is such a field.
#[macro_export]
macro_rules! know_field {
    ($stream:ty, $($field:tt).+) => {{
        let _ = |stream: &$stream| {
            let _ = &stream.$($field).+;
        };
    }};
}
