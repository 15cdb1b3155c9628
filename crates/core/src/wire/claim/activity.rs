//! The activity of a handle: what its user does, readable by a writer that contests its claim.
//!
//! Only the handle's current user writes to it, and only while it holds no claim; the claim's compare-exchange
//! publishes it. After that it stays as it is until the claim is given back, which a contested claim can only be under
//! the contest's lock. So a reader that contested the claim reads a description that is whole and does not change.

use crate::wire::half::Half;
use crate::wire::sync::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed, current_thread};
use crate::witness::{Operation, Site, Stack, Stamp, Task, ThreadId, current_task};
use crossbeam_utils::atomic::AtomicCell;
use std::sync::{Mutex, PoisonError};

/// Where an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Phase {
    /// No operation is under way.
    Idle,
    /// An operation is under way that has not written, and may never.
    Lazy,
    /// It has the wire.
    Holding,
    /// It found the wire held and is in the contest.
    Contesting,
    /// It runs inside another claim of the same thread.
    Nested,
}

/// A handle as it is seen from aside.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glance {
    /// Its user has the wire.
    pub(crate) is_writing: bool,
    /// The operation that it describes has written.
    pub(crate) has_written: bool,
    pub(crate) operation: Operation,
    pub(crate) site: Site,
    /// Who took the last claim, and when; `None` if no claim was ever taken.
    pub(crate) writer: Option<(ThreadId, Option<Task>, Stamp)>,
}

#[derive(Debug)]
pub(crate) struct Activity {
    handle: u64,
    phase: AtomicU8,
    wrote: AtomicBool,
    /// A call to the stream in this operation failed.
    failed: AtomicBool,
    operation: AtomicU64,
    thread: AtomicU64,
    /// Only of writers without a call site.
    task: AtomicCell<Option<Task>>,
    began: AtomicU64,
    /// The name of this claim in the contest, while contesting.
    token: AtomicU64,
    site: AtomicCell<Site>,
    /// Only with `REDHANDED_CAPTURE=always`, and so in a box: few slots have one.
    eager_stack: Mutex<Option<Box<Stack>>>,
}

impl Activity {
    pub(crate) fn new(handle: u64) -> Self {
        Activity {
            handle,
            phase: AtomicU8::new(Phase::Idle as u8),
            wrote: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            operation: AtomicU64::new(0),
            thread: AtomicU64::new(0),
            task: AtomicCell::new(None),
            began: AtomicU64::new(0),
            token: AtomicU64::new(0),
            site: AtomicCell::new(Site::IN_BACKTRACE),
            eager_stack: Mutex::new(None),
        }
    }

    /// An operation begins: what is to be done, and where it was asked for.
    #[inline]
    pub(crate) fn note_operation(&self, operation: Operation, site: Site) {
        self.operation.store(operation.to_bits(), Relaxed);
        self.site.store(site);
        self.wrote.store(false, Relaxed);
        self.failed.store(false, Relaxed);
    }

    /// The calling thread is about to claim the wire.
    #[inline]
    pub(crate) fn note_writer(&self) {
        self.thread.store(current_thread(), Relaxed);
        // Writers with a call site are seldom tasks, and have their task with their stack.
        if !self.site.load().is_known() {
            self.task.store(current_task());
        }
        self.began.store(Stamp::now().to_bits(), Relaxed);
    }

    pub(crate) fn keep_eager_stack(&self, stack: Stack) {
        *self
            .eager_stack
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Box::new(stack));
    }

    /// The description as one half of a finding, to be completed when the writer comes back.
    pub(crate) fn half(&self) -> Half {
        Half {
            handle: self.handle,
            operation: Operation::from_bits(self.operation.load(Relaxed)),
            site: self.site.load(),
            thread: self.thread.load(Relaxed),
            thread_name: None,
            task: self.task.load(),
            began: Stamp::from_bits(self.began.load(Relaxed)),
            ended: None,
            stack: self
                .eager_stack
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .as_deref()
                .cloned(),
            dropped: None,
            is_queued: false,
        }
    }

    #[inline]
    pub(crate) fn phase(&self) -> Phase {
        const PHASES: [Phase; 5] = [
            Phase::Idle,
            Phase::Lazy,
            Phase::Holding,
            Phase::Contesting,
            Phase::Nested,
        ];
        PHASES[self.phase.load(Relaxed) as usize]
    }

    #[inline]
    pub(crate) fn set_phase(&self, phase: Phase) {
        self.phase.store(phase as u8, Relaxed);
    }

    #[inline]
    pub(crate) fn note_written(&self) {
        self.wrote.store(true, Relaxed);
    }

    /// What the operation wrote did not come to the socket.
    #[cold]
    pub(crate) fn note_not_written(&self) {
        self.wrote.store(false, Relaxed);
    }

    #[cold]
    pub(crate) fn note_failed(&self) {
        self.failed.store(true, Relaxed);
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failed.load(Relaxed)
    }

    pub(crate) fn has_written(&self) -> bool {
        self.wrote.load(Relaxed)
    }

    pub(crate) fn token(&self) -> u64 {
        self.token.load(Relaxed)
    }

    pub(crate) fn set_token(&self, token: u64) {
        self.token.store(token, Relaxed);
    }

    /// What the handle's user does now, or did last, as a person sees it who looks from aside. Nothing is published to
    /// the reader: fields of two operations may be mixed, if the handle changes hands faster than it is read.
    pub(crate) fn glance(&self) -> Glance {
        for _ in 0..Self::GLANCES {
            let (phase, began) = (self.phase(), self.began.load(Relaxed));
            let glance = Glance {
                is_writing: matches!(phase, Phase::Holding | Phase::Contesting),
                has_written: self.has_written(),
                operation: self.operation(),
                site: self.site(),
                writer: (began != 0).then(|| {
                    (
                        self.thread.load(Relaxed),
                        self.task.load(),
                        Stamp::from_bits(began),
                    )
                }),
            };
            if (phase, began) == (self.phase(), self.began.load(Relaxed)) {
                return glance;
            }
        }
        Glance {
            is_writing: false,
            has_written: false,
            operation: self.operation(),
            site: self.site(),
            writer: None,
        }
    }

    /// How often a glance is tried while the handle changes hands.
    const GLANCES: usize = 4;

    pub(crate) fn operation(&self) -> Operation {
        Operation::from_bits(self.operation.load(Relaxed))
    }

    pub(crate) fn site(&self) -> Site {
        self.site.load()
    }
}
