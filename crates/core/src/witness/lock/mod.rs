//! The watched locks: which there are, and who holds them.
//!
//! The holder of a lock writes its thread and its call site into the lock's record. Plain stores are enough, because only
//! the holder writes. Any thread may read the record meanwhile. Threads and tasks keep no list of their locks: a writer
//! that is caught looks through the records for the locks that it holds.

mod primitives;
mod sequence;

use super::{Act, Site, Stamp, Task, ThreadId, current_task, current_thread};
use crossbeam_utils::atomic::AtomicCell;
use sequence::Sequenced;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// A sort of lock, with what differs between the sorts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LockKind {
    name: &'static str,
    /// What its holder does.
    pub(crate) holding: Act,
    /// What its waiter does.
    pub(crate) waiting: Act,
    /// Its guard cannot be sent: the thread that took the lock is the one that releases it.
    pub(crate) stays_with_thread: bool,
}

impl LockKind {
    pub(crate) const MUTEX: LockKind = LockKind {
        name: "Mutex",
        holding: Act::HoldMutex,
        waiting: Act::WaitForMutex,
        stays_with_thread: true,
    };

    #[cfg(feature = "tokio")]
    pub(crate) const TOKIO_MUTEX: LockKind = LockKind {
        name: "tokio Mutex",
        holding: Act::HoldTokioMutex,
        waiting: Act::WaitForTokioMutex,
        stays_with_thread: false,
    };

    pub(crate) const EXCLUSIVE: LockKind = LockKind {
        name: "Exclusive",
        holding: Act::UseExclusive,
        waiting: Act::UseExclusive,
        stays_with_thread: false,
    };

    /// The name in reports.
    pub(crate) fn name(self) -> &'static str {
        self.name
    }
}

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
    /// The sequence of the hold: it tells two holds of one lock apart.
    pub(crate) hold: u64,
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

/// One hold of a lock, as other threads read it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hold {
    /// The state of the record during this hold. No other hold of the lock has the same.
    pub(crate) sequence: u64,
    pub(crate) by: Runner,
    pub(crate) taken: Site,
    /// Exact to a tenth of a second. `None` if no clock was running yet.
    pub(crate) since: Option<Stamp>,
}

/// The record of a lock: who holds it, and since when.
#[derive(Debug)]
pub(crate) struct LockRecord {
    latest: Sequenced<Fields>,
    /// A conflict waits for the holder to note where it is.
    is_awaited: AtomicBool,
    lock: Lock,
}

/// What a holder writes.
#[derive(Debug)]
struct Fields {
    thread: AtomicU64,
    task: AtomicCell<Option<Task>>,
    taken: AtomicCell<Site>,
    since: AtomicU64,
}

static NEXT: AtomicU64 = AtomicU64::new(1);
static RECORDS: Mutex<BTreeMap<u64, Arc<LockRecord>>> = Mutex::new(BTreeMap::new());

/// How many locks are searched for those that a writer holds.
const MAX_LOOKED_AT: usize = 16_384;

impl LockRecord {
    fn new(kind: LockKind, created: Site) -> Self {
        LockRecord {
            latest: Sequenced::new(Fields {
                thread: AtomicU64::new(0),
                task: AtomicCell::new(None),
                taken: AtomicCell::new(Site::IN_BACKTRACE),
                since: AtomicU64::new(0),
            }),
            is_awaited: AtomicBool::new(false),
            lock: Lock {
                id: NEXT.fetch_add(1, Relaxed),
                kind,
                created,
            },
        }
    }

    pub(crate) fn lock(&self) -> Lock {
        self.lock
    }

    /// The calling thread has taken a lock whose guard stays on the thread.
    #[inline]
    pub(crate) fn note_taken_by_thread(&self, taken: Site) {
        self.latest.begin(|fields| fields.write(taken));
    }

    /// The calling task has taken the lock, or the calling thread if it runs no task.
    #[inline]
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
    #[inline]
    pub(crate) fn note_release(&self) {
        self.latest.end();
    }

    /// Whether a conflict waits for the holder to note where it is. This is a hint: a conflict that has just begun may be
    /// missed, and then has the holder's call site only.
    #[inline]
    pub(crate) fn is_awaited(&self) -> bool {
        self.is_awaited.load(Relaxed)
    }

    pub(crate) fn set_awaited(&self, is_awaited: bool) {
        self.is_awaited.store(is_awaited, Relaxed);
    }

    /// The present hold of the lock, if there is one.
    pub(crate) fn hold(&self) -> Option<Hold> {
        let (sequence, (by, taken, since)) = self.latest.read(Fields::read)?;
        Some(Hold {
            sequence,
            by,
            taken,
            since,
        })
    }

    /// The state of the record, if the lock is not held.
    #[cfg(feature = "tokio")]
    pub(crate) fn unheld_sequence(&self) -> Option<u64> {
        self.latest.unheld_at()
    }

    /// Whether the hold with this sequence has not ended.
    pub(crate) fn is_held_as(&self, sequence: u64) -> bool {
        self.latest.is_at(sequence)
    }

    fn held_by(&self, runner: Runner) -> Option<HeldLock> {
        // Most are not held at all.
        if !self.latest.is_held() {
            return None;
        }
        let hold = self.hold()?;
        // A guard that stays on its thread belongs to whatever runs there, in a task or not.
        let is_theirs = if self.lock.kind.stays_with_thread {
            hold.by.thread == runner.thread
        } else if hold.by.task.is_some() {
            hold.by.task == runner.task
        } else {
            hold.by == runner
        };
        is_theirs.then_some(HeldLock {
            lock: self.lock,
            taken: hold.taken,
            hold: hold.sequence,
        })
    }
}

impl Fields {
    /// Most locks are taken where they were taken before. A field that has its value already is not written: the exchange
    /// that releases the lock has to wait for every store.
    #[inline]
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

#[inline]
fn store_new(field: &AtomicU64, value: u64) {
    if field.load(Relaxed) != value {
        field.store(value, Relaxed);
    }
}

/// The locks that the caller holds, ordered by when they were made.
pub(crate) fn held_locks() -> Vec<HeldLock> {
    let records = records();
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

fn records() -> MutexGuard<'static, BTreeMap<u64, Arc<LockRecord>>> {
    RECORDS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A record in the list of all records. It leaves the list when the lock is dropped.
#[derive(Debug)]
pub(crate) struct Registered(Arc<LockRecord>);

impl Registered {
    pub(crate) fn new(kind: LockKind, created: Site) -> Self {
        let record = Arc::new(LockRecord::new(kind, created));
        records().insert(record.lock.id, record.clone());
        Registered(record)
    }

    #[inline]
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
    registered: OnceLock<Registered>,
}

impl Recorded {
    pub(crate) const fn new(kind: LockKind, created: Site) -> Self {
        Recorded {
            kind,
            created,
            registered: OnceLock::new(),
        }
    }

    #[inline]
    pub(crate) fn record(&self) -> &Arc<LockRecord> {
        self.registered
            .get()
            .unwrap_or_else(|| self.register())
            .record()
    }

    #[cold]
    #[inline(never)]
    fn register(&self) -> &Registered {
        self.registered
            .get_or_init(|| Registered::new(self.kind, self.created))
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
        assert!(lock.record().hold().is_none());
        let taken = Site::caller();
        lock.record().note_taken_by_thread(taken);
        let hold = lock.record().hold().unwrap();
        assert_eq!((hold.by.thread, hold.taken), (current_thread(), taken));
        assert!(lock.record().is_held_as(hold.sequence));
        lock.record().note_release();
        assert!(lock.record().hold().is_none() && !lock.record().is_held_as(hold.sequence));
    }

    #[test]
    fn a_thread_holds_what_it_has_taken_and_not_what_others_have() {
        let [mine, theirs, free] = [(); 3].map(|()| Recorded::new(LockKind::MUTEX, Site::caller()));
        let taken = Site::caller();
        mine.record().note_taken_by_thread(taken);
        free.record().note_taken_by_thread(taken);
        free.record().note_release();
        std::thread::scope(|scope| {
            scope
                .spawn(|| theirs.record().note_taken_by_thread(taken))
                .join()
        })
        .unwrap();
        assert_eq!(
            held_locks(),
            [HeldLock {
                lock: mine.record().lock(),
                taken,
                hold: 1
            }]
        );
        drop(mine);
        assert_eq!(held_locks(), []);
    }
}
