//! One side of a finding: who it was, what it did and how it came back.

use crate::forks;
use crate::witness::{Act, Operation, Runner, Site, Stack, Stamp, Task, ThreadId, thread_name};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How a writer came back. Wrappers say [`Returned`](Self::Returned), [`Pending`](Self::Pending) or
/// [`Failed`](Self::Failed). The detector finds out the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It returned, and what it had to write is written.
    Returned,
    /// The poll is pending, and is to be tried again.
    Pending,
    /// It returned with a part of its frame on the wire.
    Unfinished,
    /// It returned an error.
    Failed,
    /// It was refused under the policy `error`.
    Refused,
    /// It panicked.
    Panicked,
    /// It released the lock.
    Released,
    /// It got the lock in the end.
    Acquired,
    /// Its wait for the lock was dropped.
    GaveUp,
    /// What was queued has been written in the end, or a flush has tried to.
    Flushed,
    /// What was queued was dropped with its object.
    Dropped,
}

/// An object that writes: its type, and where the application made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) kind: &'static str,
    pub(crate) site: Site,
}

/// What is known of how a handle was made. Written when it is; read for findings only.
///
/// The lock is the handle's own. An atomic cell of this size would take one of a table of the whole process, and a forked child
/// could find that one held for ever.
#[derive(Debug, Clone, Default)]
pub(crate) struct MadeCell(Arc<Mutex<Option<Made>>>);

impl MadeCell {
    pub(crate) fn store(&self, made: Option<Made>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = made;
    }

    pub(crate) fn load(&self) -> Option<Made> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, in a forked child of the process in which the handle was made.
    pub(crate) fn load_in_child(&self) -> Option<Made> {
        *forks::inherited(&self.0)?
    }
}

/// One side of a finding, told by the writer itself.
#[derive(Debug, Clone)]
pub(crate) struct Half {
    pub(crate) handle: u64,
    /// `None` at a lock, and where the wrapper did not say.
    pub(crate) made: Option<Made>,
    pub(crate) operation: Operation,
    pub(crate) site: Site,
    pub(crate) thread: ThreadId,
    pub(crate) thread_name: Option<Arc<str>>,
    /// As far as it is known without a stack, which has it for certain.
    pub(crate) task: Option<Task>,
    pub(crate) began: Stamp,
    /// `None` while the writer has not come back.
    pub(crate) ended: Option<(Stamp, Outcome)>,
    pub(crate) stack: Option<Stack>,
    /// Where its handle was dropped inside a frame, if it was.
    pub(crate) dropped: Option<Stack>,
    /// It is about what was queued, and not about a call that has the wire.
    pub(crate) is_queued: bool,
    /// How long redhanded held it before its first byte.
    pub(crate) held: Duration,
}

impl Half {
    pub(crate) fn runner(&self) -> Runner {
        Runner {
            thread: self.thread,
            task: self.task,
        }
    }

    pub(crate) fn caller(&self) -> Caller {
        Caller {
            handle: self.handle,
            side: self.side(),
        }
    }

    pub(crate) fn side(&self) -> Side {
        Side {
            act: self.operation.act(),
            site: self.site,
        }
    }

    /// Looks the thread's name up, which only works while the thread lives.
    pub(crate) fn name_thread(&mut self) {
        if self.thread_name.is_none() {
            self.thread_name = thread_name(self.thread);
        }
    }
}

/// A writer as far as a fingerprint tells writers apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Side {
    pub(crate) act: Act,
    pub(crate) site: Site,
}

/// A writer as far as two of one wire are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) handle: u64,
    pub(crate) side: Side,
}
