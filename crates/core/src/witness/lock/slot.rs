//! A slot of a lock's record: one hold after another, as the holder notes it and as other threads read it.

use super::kind::Access;
use super::sequence::Sequenced;
use crate::witness::{Runner, Site, Stamp, Task, current_task, current_thread};
use crossbeam_utils::atomic::AtomicCell;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};

/// The name of a hold within its lock. No other hold of the lock ever has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HoldId {
    /// The number of the slot. Zero is the slot of the one that holds the lock alone.
    pub(super) slot: u32,
    /// The state of the slot during this hold.
    pub(super) sequence: u64,
}

/// One hold of a lock, as other threads read it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hold {
    pub(crate) id: HoldId,
    pub(crate) access: Access,
    pub(crate) by: Runner,
    pub(crate) taken: Site,
    /// Exact to a tenth of a second. `None` if no clock was running yet.
    pub(crate) since: Option<Stamp>,
}

/// Has one hold at a time.
#[derive(Debug)]
pub(crate) struct Slot {
    number: u32,
    latest: Sequenced<Fields>,
    /// A conflict waits for the holder to note where it is.
    is_awaited: AtomicBool,
}

/// What a holder writes.
#[derive(Debug)]
struct Fields {
    thread: AtomicU64,
    task: AtomicCell<Option<Task>>,
    taken: AtomicCell<Site>,
    since: AtomicU64,
}

impl Slot {
    pub(super) fn new(number: u32) -> Self {
        Slot {
            number,
            latest: Sequenced::new(Fields {
                thread: AtomicU64::new(0),
                task: AtomicCell::new(None),
                taken: AtomicCell::new(Site::IN_BACKTRACE),
                since: AtomicU64::new(0),
            }),
            is_awaited: AtomicBool::new(false),
        }
    }

    /// The calling thread has taken a lock whose guard stays on the thread.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn note_taken_by_thread(&self, taken: Site) {
        self.latest.begin(|fields| fields.write(taken));
    }

    /// The calling task has taken the lock, or the calling thread if it runs no task.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn note_taken(&self, taken: Site) {
        self.latest.begin(|fields| {
            fields.write(taken);
            let task = current_task();
            if fields.task.load() != task {
                fields.task.store(task);
            }
        });
    }

    /// The lock is about to be released.
    #[inline(always)]
    pub(crate) fn note_release(&self) {
        self.latest.end();
    }

    /// Whether a conflict waits for the holder to note where it is. This is a hint: a conflict that has just begun may be
    /// missed, and then has the holder's call site only.
    #[inline(always)]
    pub(crate) fn is_awaited(&self) -> bool {
        self.is_awaited.load(Relaxed)
    }

    pub(crate) fn set_awaited(&self, is_awaited: bool) {
        self.is_awaited.store(is_awaited, Relaxed);
    }

    /// The present hold, if there is one.
    pub(crate) fn hold(&self) -> Option<Hold> {
        // Most are not held at all.
        if !self.latest.is_held() {
            return None;
        }
        let (sequence, (by, taken, since)) = self.latest.read(Fields::read)?;
        let id = HoldId {
            slot: self.number,
            sequence,
        };
        let access = match self.number {
            0 => Access::Exclusive,
            _ => Access::Shared,
        };
        Some(Hold {
            id,
            access,
            by,
            taken,
            since,
        })
    }

    /// The state of the slot, if it has no hold.
    #[cfg(any(feature = "tokio", feature = "parking_lot"))]
    pub(super) fn unheld_at(&self) -> Option<u64> {
        self.latest.unheld_at()
    }

    /// Whether the hold with this sequence has not ended.
    pub(super) fn is_at(&self, sequence: u64) -> bool {
        self.latest.is_at(sequence)
    }

    /// Whether the calling thread has the present hold.
    #[cfg(feature = "parking_lot")]
    pub(super) fn is_of_this_thread(&self) -> bool {
        let is_theirs = |fields: &Fields| fields.thread.load(Relaxed) == current_thread();
        self.latest.is_held() && self.latest.read(is_theirs).is_some_and(|(_, it)| it)
    }
}

impl Fields {
    /// Most locks are taken where they were taken before. A field that has its value already is not written: the exchange
    /// that releases the lock has to wait for every store.
    #[inline(always)]
    fn write(&self, taken: Site) {
        store_new(&self.thread, current_thread());
        if !self.taken.load().is(taken) {
            self.taken.store(taken);
        }
        store_new(&self.since, Stamp::recent_bits());
    }

    fn read(&self) -> (Runner, Site, Option<Stamp>) {
        let by = Runner {
            thread: self.thread.load(Relaxed),
            task: self.task.load(),
        };
        (
            by,
            self.taken.load(),
            Stamp::from_recent_bits(self.since.load(Relaxed)),
        )
    }
}

#[inline(always)]
fn store_new(field: &AtomicU64, value: u64) {
    if field.load(Relaxed) != value {
        field.store(value, Relaxed);
    }
}
