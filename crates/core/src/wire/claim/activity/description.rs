//! What a writer says of its operation: what it is, where it was called, who it is and when it began.

use crate::wire::half::{Half, Made};
use crate::wire::sync::{AtomicU64, Ordering::Relaxed, current_thread};
use crate::witness::{Operation, Site, Stamp, Task, ThreadId, current_task};
use crossbeam_utils::atomic::AtomicCell;
// std's under loom, too: as in the activity.
use std::sync::atomic;
use std::time::Duration;

/// An operation, as its writer describes it.
#[derive(Debug)]
pub(super) struct Description {
    pub(super) operation: AtomicU64,
    pub(super) thread: AtomicU64,
    /// Only of writers without a call site.
    pub(super) task: AtomicCell<Option<Task>>,
    pub(super) began: AtomicU64,
    pub(super) site: AtomicCell<Site>,
    /// For how many nanoseconds the operation was held. Written while it has its claim, and read by others when it has left.
    pub(super) held: atomic::AtomicU64,
}

/// A description that lacks nothing but its writer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Described<'a> {
    description: &'a Description,
    has_site: bool,
}

impl Described<'_> {
    /// The operation was not held yet.
    #[inline(always)]
    pub(super) fn forget_hold(self) {
        let held = &self.description.held;
        if held.load(Relaxed) != 0 {
            held.store(0, Relaxed);
        }
    }

    /// The calling thread is the writer, and is about to claim the wire.
    #[inline(always)]
    pub(super) fn note_writer(self, began: Stamp) {
        let description = self.description;
        description.thread.store(current_thread(), Relaxed);
        // Writers with a call site are seldom tasks, and have their task with their stack.
        if !self.has_site {
            description.task.store(current_task());
        }
        description.began.store(began.to_bits(), Relaxed);
    }
}

impl Description {
    pub(super) fn new() -> Self {
        Description {
            operation: AtomicU64::new(0),
            thread: AtomicU64::new(0),
            task: AtomicCell::new(None),
            began: AtomicU64::new(0),
            site: AtomicCell::new(Site::IN_BACKTRACE),
            held: atomic::AtomicU64::new(0),
        }
    }

    /// It has this call site, and lacks nothing but its writer.
    #[inline(always)]
    pub(super) fn described(&self, site: Site) -> Described<'_> {
        Described {
            description: self,
            has_site: site.is_known(),
        }
    }

    pub(super) fn writer(&self) -> Option<(ThreadId, Option<Task>, Stamp)> {
        let began = self.began.load(Relaxed);
        (began != 0).then(|| {
            (
                self.thread.load(Relaxed),
                self.task.load(),
                Stamp::from_bits(began),
            )
        })
    }

    pub(super) fn held(&self) -> Duration {
        Duration::from_nanos(self.held.load(Relaxed))
    }

    /// One half of a finding, to be completed when the writer comes back.
    pub(super) fn half(&self, handle: u64, made: Option<Made>) -> Half {
        Half {
            handle,
            made,
            operation: Operation::from_bits(self.operation.load(Relaxed)),
            site: self.site.load(),
            thread: self.thread.load(Relaxed),
            thread_name: None,
            task: self.task.load(),
            began: Stamp::from_bits(self.began.load(Relaxed)),
            ended: None,
            stack: None,
            dropped: None,
            is_queued: false,
            held: self.held(),
        }
    }
}
