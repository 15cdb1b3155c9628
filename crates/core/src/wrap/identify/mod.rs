//! Finds the socket behind any stream, without a trait bound.
//!
//! A trait bound would not be drop-in: `WebSocket<S>` takes any `S`. So the type is compared with known types.

mod cast;
mod known;

pub(crate) use cast::library_of;
pub use cast::{know, know_adapter};
pub use known::find_socket;
pub(crate) use known::socket_of;
