//! The `tracing` spans that a writer is in, outermost first.

#[cfg(not(feature = "tracing"))]
#[path = "absent.rs"]
mod subscriber;
#[cfg(feature = "tracing")]
#[path = "tracing.rs"]
mod subscriber;

pub(super) use subscriber::current_spans;
