//! Tasks of tokio. Each has a number, which a thread-local tells. No other task has the number while the task lives.
//!
//! A name that `task::Builder` was given is not known here: tokio shows it to its own instrumentation only.

use std::fmt;
use tokio::task::Id;

/// A task's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Task(Id);

/// The task that the calling thread polls. `None` outside of any task, and in the future that `block_on` runs.
#[inline]
pub(crate) fn current_task() -> Option<Task> {
    tokio::task::try_id().map(Task)
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
