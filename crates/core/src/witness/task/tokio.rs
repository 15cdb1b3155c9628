//! Tasks of tokio: a number each, which is read from a thread-local and never used again while the task lives.
//!
//! tokio keeps the name that `task::Builder` was given for its own instrumentation, and tells it to nobody else.

use std::fmt;
use tokio::task::Id;

/// A task's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Task(Id);

/// The task that the calling thread is polling. `None` outside of any, and in the future given to `block_on`.
#[inline]
pub(crate) fn current_task() -> Option<Task> {
    tokio::task::try_id().map(Task)
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
