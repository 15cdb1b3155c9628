//! Finds the socket behind any stream, without a trait bound.
//!
//! A trait bound would not be drop-in: `WebSocket<S>` takes any `S`. So the type is looked up among those that are known.

mod cast;
mod know;
mod known;
mod library;
mod owned;
#[cfg(all(test, unix, not(redhanded_loom)))]
mod tests;

pub use cast::socket_of;
pub use know::{know, know_at};
pub(crate) use library::library_of;
pub use library::name_library;
