//! Makes an event of `tracing` for every new report.

#[cfg(not(feature = "tracing"))]
#[path = "event/absent.rs"]
mod subscriber;
#[cfg(feature = "tracing")]
#[path = "event/tracing.rs"]
mod subscriber;

pub(super) use subscriber::{emit, flush};
