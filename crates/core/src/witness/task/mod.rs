//! The async task that a writer runs in, if it does.

#[cfg(not(feature = "tokio"))]
#[path = "absent.rs"]
mod runtime;
#[cfg(feature = "tokio")]
#[path = "tokio.rs"]
mod runtime;

pub(crate) use runtime::{Task, current_task};
