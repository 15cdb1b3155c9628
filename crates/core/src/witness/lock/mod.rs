//! The watched locks: which there are, and who holds them.
//!
//! The holder of a lock writes its thread and its call site into the lock's record. Plain stores are enough, because only
//! the holder writes. Any thread may read the record meanwhile. Threads and tasks keep no list of their locks: a writer
//! that is caught looks through the records for the locks that it holds.

//!
//! `kind` (the sorts of locks), `slot` (one hold after another), `readers` (the slots of those that hold a lock to read).

mod kind;
mod primitives;
mod readers;
mod sequence;
mod slot;

pub(crate) use kind::{Access, LockKind};
pub(crate) use readers::ReaderSlot;
pub(crate) use slot::{Hold, HoldId, Slot};

use super::{Site, Stack, Task, ThreadId, current_task, current_thread};
use crate::forks::{self, PerProcess};
use once_cell::race::OnceBox;
use readers::Readers;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

/// The identity of a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lock {
    /// Unique in this process, never used again.
    pub(crate) id: u64,
    pub(crate) kind: LockKind,
    /// Where it was made.
    pub(crate) created: Site,
}

/// A lock that a writer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeldLock {
    pub(crate) lock: Lock,
    /// Where the writer took it.
    pub(crate) taken: Site,
    /// It tells two holds of one lock apart.
    pub(crate) hold: HoldId,
    pub(crate) access: Access,
}

/// Who runs: a thread, and the task on it if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Runner {
    pub(crate) thread: ThreadId,
    pub(crate) task: Option<Task>,
}

impl Runner {
    /// The caller.
    pub(crate) fn this() -> Runner {
        Runner {
            thread: current_thread(),
            task: current_task(),
        }
    }

    /// Whether both are one: the same task, wherever it runs, or the same thread without one.
    pub(crate) fn is(&self, other: &Runner) -> bool {
        match (self.task, other.task) {
            (None, None) => self.thread == other.thread,
            (task, other) => task == other,
        }
    }
}

/// The record of a lock: who holds it, and since when.
#[derive(Debug)]
pub(crate) struct LockRecord {
    /// Of the one that holds the lock alone.
    exclusive: Slot,
    readers: Readers,
    /// A reader has let go that had no slot: which of the slots are still held is not known any more.
    has_lost_readers: AtomicBool,
    lock: Lock,
    /// The stack that made it, where the line that did is one of the standard library.
    made_by: Option<Stack>,
}

static NEXT: AtomicU64 = AtomicU64::new(1);
/// The records of locks, by their numbers.
type Records = Mutex<BTreeMap<u64, Arc<LockRecord>>>;

// A child has copies of the locks, and who held them.
static RECORDS: PerProcess<Records> = PerProcess::new(|before| {
    let before = before.and_then(forks::inherited);
    Mutex::new(before.map_or_else(BTreeMap::new, |records| records.clone()))
});

/// How many locks are searched for those that a writer holds.
const MAX_LOOKED_AT: usize = 16_384;

impl LockRecord {
    fn new(kind: LockKind, created: Site, made_by: Option<Stack>) -> Self {
        LockRecord {
            exclusive: Slot::new(0),
            readers: Readers::default(),
            has_lost_readers: AtomicBool::new(false),
            lock: Lock {
                id: NEXT.fetch_add(1, Relaxed),
                kind,
                created,
            },
            made_by,
        }
    }

    #[inline]
    pub(crate) fn lock(&self) -> Lock {
        self.lock
    }

    /// The slot of the one that holds the lock alone.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn exclusive(&self) -> &Slot {
        &self.exclusive
    }

    /// The caller has taken the lock to read. `None` if so many readers hold it that this one is not known.
    pub(crate) fn note_read(&self, taken: Site) -> Option<&ReaderSlot> {
        let reader = self.readers.take()?;
        if self.lock.kind.stays_with_thread {
            reader.slot.note_taken_by_thread(taken);
        } else {
            reader.slot.note_taken(taken);
        }
        Some(reader)
    }

    /// The slot of the calling thread, which lets go of the lock that it holds to read: the one that it took last. If it has
    /// none, the lock was taken by another thread, and nothing is said of the readers of this lock from now on.
    #[cfg(feature = "parking_lot")]
    pub(crate) fn reader_of_this_thread(&self) -> Option<&ReaderSlot> {
        let theirs = self
            .readers
            .slots()
            .filter(|reader| reader.slot.is_of_this_thread());
        let last = theirs.last();
        if last.is_none() {
            self.has_lost_readers.store(true, Relaxed);
        }
        last
    }

    /// The present holds of the lock: one that is exclusive, or those of its readers.
    pub(crate) fn holds(&self) -> impl Iterator<Item = Hold> + '_ {
        self.exclusive.hold().into_iter().chain(
            self.readers
                .holds()
                .filter(|_| !self.has_lost_readers.load(Relaxed)),
        )
    }

    /// The state of the record, if the lock is not held. It differs from every earlier one.
    #[cfg(any(feature = "tokio", feature = "parking_lot"))]
    pub(crate) fn unheld_state(&self) -> Option<u64> {
        let slots = self.readers.slots().map(|reader| &reader.slot);
        std::iter::once(&self.exclusive)
            .chain(slots)
            .map(Slot::unheld_at)
            .sum()
    }

    /// The place of a hold that is still to come, if no one holds the lock alone: it ends when one does.
    #[cfg(any(feature = "tokio", feature = "parking_lot"))]
    pub(crate) fn no_hold(&self) -> Option<HoldId> {
        let sequence = self.exclusive.unheld_at()?;
        Some(HoldId { slot: 0, sequence })
    }

    /// Whether this hold has not ended.
    pub(crate) fn is_held_as(&self, hold: HoldId) -> bool {
        match hold.slot {
            0 => self.exclusive.is_at(hold.sequence),
            number => {
                let mut slots = self.readers.slots();
                slots
                    .nth((number as usize).saturating_sub(1))
                    .is_some_and(|reader| reader.slot.is_at(hold.sequence))
            }
        }
    }

    /// A conflict waits for the one with this hold to note where it is.
    pub(crate) fn await_holder(&self, hold: HoldId) {
        match hold.slot {
            0 => self.exclusive.set_awaited(true),
            number => {
                let mut slots = self.readers.slots();
                if let Some(reader) = slots.nth((number as usize).saturating_sub(1)) {
                    reader.slot.set_awaited(true);
                }
            }
        }
    }

    fn held_by(&self, runner: Runner) -> Option<HeldLock> {
        let hold = self
            .holds()
            .find(|hold| hold.is_of(self.lock.kind, runner))?;
        Some(HeldLock {
            lock: self.lock,
            taken: hold.taken,
            hold: hold.id,
            access: hold.access,
        })
    }
}

impl Hold {
    /// Whether the lock is held by this runner.
    pub(crate) fn is_of(&self, kind: LockKind, runner: Runner) -> bool {
        // A guard that stays on its thread belongs to whatever runs there, in a task or not.
        if kind.stays_with_thread {
            self.by.thread == runner.thread
        } else if self.by.task.is_some() {
            self.by.task == runner.task
        } else {
            self.by == runner
        }
    }
}

/// The locks that the caller holds, ordered by when they were made.
pub(crate) fn held_locks() -> Vec<HeldLock> {
    held_among(&records())
}

/// The same, unless another thread has the list of locks.
pub(crate) fn try_held_locks() -> Option<Vec<HeldLock>> {
    match RECORDS.get().try_lock() {
        Ok(records) => Some(held_among(&records)),
        Err(TryLockError::Poisoned(poisoned)) => Some(held_among(&poisoned.into_inner())),
        Err(TryLockError::WouldBlock) => None,
    }
}

fn held_among(records: &BTreeMap<u64, Arc<LockRecord>>) -> Vec<HeldLock> {
    if records.is_empty() {
        return Vec::new();
    }
    let this = Runner::this();
    records
        .values()
        .take(MAX_LOOKED_AT)
        .filter_map(|record| record.held_by(this))
        .collect()
}

/// The stack that made a lock, if that is known and the lock is still there.
pub(crate) fn maker_of(lock: Lock) -> Option<Stack> {
    records().get(&lock.id)?.made_by.clone()
}

/// The stack of the caller, which makes a lock, where the line that does is one of the standard library.
fn maker(created: Site) -> Option<Stack> {
    created.is_in_std().then(Stack::capture)
}

fn records() -> MutexGuard<'static, BTreeMap<u64, Arc<LockRecord>>> {
    RECORDS.get().lock().unwrap_or_else(PoisonError::into_inner)
}

/// A record in the list of all records. It leaves the list when the lock is dropped.
#[derive(Debug)]
pub(crate) struct Registered(Arc<LockRecord>);

impl Registered {
    pub(crate) fn new(kind: LockKind, created: Site) -> Self {
        Self::made_by(kind, created, maker(created))
    }

    fn made_by(kind: LockKind, created: Site, maker: Option<Stack>) -> Self {
        let record = Arc::new(LockRecord::new(kind, created, maker));
        records().insert(record.lock.id, record.clone());
        Registered(record)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn record(&self) -> &Arc<LockRecord> {
        &self.0
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let gone = records().remove(&self.0.lock.id);
        drop(gone);
    }
}

/// The same, made when the lock is first taken, so that a lock can be a static.
#[derive(Debug)]
pub(crate) struct Recorded {
    kind: LockKind,
    created: Site,
    maker: Option<Stack>,
    // No thread waits for another one to set it: a forked child would do so for ever.
    registered: OnceBox<Registered>,
}

impl Recorded {
    pub(crate) const fn new(kind: LockKind, created: Site) -> Self {
        Recorded {
            kind,
            created,
            maker: None,
            registered: OnceBox::new(),
        }
    }

    /// The line is that of a trait's method, which the standard library may have called.
    pub(crate) fn by_trait(mut self) -> Self {
        self.maker = maker(self.created);
        self
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn record(&self) -> &Arc<LockRecord> {
        self.registered
            .get()
            .unwrap_or_else(|| self.register())
            .record()
    }

    #[cold]
    #[inline(never)]
    fn register(&self) -> &Registered {
        self.registered.get_or_init(|| {
            let maker = self.maker.clone();
            Box::new(Registered::made_by(self.kind, self.created, maker))
        })
    }
}

#[cfg(all(test, redhanded_loom))]
mod model;

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_hold_can_be_read_until_it_ends() {
        let lock = Recorded::new(LockKind::MUTEX, Site::caller());
        let hold = || lock.record().holds().next();
        assert!(hold().is_none());
        let taken = Site::caller();
        lock.record().exclusive().note_taken_by_thread(taken);
        let held = hold().unwrap();
        assert_eq!((held.by.thread, held.taken), (current_thread(), taken));
        assert!(lock.record().is_held_as(held.id));
        lock.record().exclusive().note_release();
        assert!(hold().is_none() && !lock.record().is_held_as(held.id));
    }

    #[test]
    fn a_thread_holds_what_it_has_taken_and_not_what_others_have() {
        let [mine, theirs, free] = [(); 3].map(|()| Recorded::new(LockKind::MUTEX, Site::caller()));
        let taken = Site::caller();
        mine.record().exclusive().note_taken_by_thread(taken);
        free.record().exclusive().note_taken_by_thread(taken);
        free.record().exclusive().note_release();
        std::thread::scope(|scope| {
            scope
                .spawn(|| theirs.record().exclusive().note_taken_by_thread(taken))
                .join()
        })
        .unwrap();
        assert_eq!(
            held_locks(),
            [HeldLock {
                lock: mine.record().lock(),
                taken,
                hold: HoldId {
                    slot: 0,
                    sequence: 1
                },
                access: Access::Exclusive,
            }]
        );
        drop(mine);
        assert_eq!(held_locks(), []);
    }
}
