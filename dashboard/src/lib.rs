//! The page of redhanded: the collected reports over HTTP, for a browser on the same machine.
//!
//! It knows reports and plain data, and nothing of what finds them.

mod error;
#[cfg(feature = "server")]
mod page;

pub use error::ServeError;
#[cfg(feature = "server")]
pub use page::*;

/// The port of the page, if it is free.
pub const DEFAULT_PORT: u16 = 7667;
