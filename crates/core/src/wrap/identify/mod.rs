//! Finds the socket behind any stream, without asking it for a trait.
//!
//! A trait bound would break drop-in: `WebSocket<S>` takes any `S`. So the type is compared with those that are known.

mod cast;
mod known;

pub use cast::know;
pub(crate) use known::socket_of;
