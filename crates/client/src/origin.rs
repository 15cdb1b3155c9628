//! Which process something belongs to. A forked child has copies of a client, and none of its threads.

use crate::forks;

/// The process in which something was made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin(u64);

impl Origin {
    /// This process. Forks are noticed from here on.
    pub(super) fn here() -> Origin {
        forks::notice();
        Origin(forks::generation())
    }

    /// Whether this process is a child that was forked since. Then locks may be held for ever, by
    /// threads that are not here, and the connection is the parent's.
    pub(super) fn is_parent(self) -> bool {
        self.0 != forks::generation()
    }
}
