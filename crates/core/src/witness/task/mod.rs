//! The async task that a writer runs in, if it runs in one.

#[cfg(not(feature = "tokio"))]
#[path = "absent.rs"]
mod runtime;
#[cfg(feature = "tokio")]
#[path = "tokio.rs"]
mod runtime;

pub(crate) use runtime::{Task, current_task};
