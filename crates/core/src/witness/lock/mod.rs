//! Locks of ours: which there are, and who holds them.
//!
//! Whoever takes a lock leaves its call site and its number in the lock's record, with plain stores: it is alone there.
//! Anybody may read the record from aside. So nothing is kept a thread or a task, and a writer that is caught looks
//! through the records for those that it holds.

mod primitives;
mod sequence;

use super::{Site, Stamp, Task, ThreadId, current_task, current_thread};
use crossbeam_utils::atomic::AtomicCell;
use sequence::Sequenced;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// What sort of lock it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LockKind {
    Mutex,
    #[allow(dead_code)] // Only with tokio there are any.
    TokioMutex,
    Exclusive,
}

impl LockKind {
    /// The sort as reports name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            LockKind::Mutex => "Mutex",
            LockKind::TokioMutex => "tokio Mutex",
            LockKind::Exclusive => "Exclusive",
        }
    }
}

/// A lock by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lock {
    /// Its number, never given again in this process.
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
    /// Which hold of the lock it is: two that differ are not one.
    pub(crate) hold: u64,
}

/// Who runs: a task where there is one, on a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Runner {
    pub(crate) thread: ThreadId,
    pub(crate) task: Option<Task>,
}

impl Runner {
    /// Whoever calls.
    pub(crate) fn this() -> Runner {
        Runner {
            thread: current_thread(),
            task: current_task(),
        }
    }
}

/// One hold of a lock, as it is seen from aside.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hold {
    /// The how-manieth of its lock.
    pub(crate) sequence: u64,
    pub(crate) by: Runner,
    pub(crate) taken: Site,
    /// To a tenth of a second; `None` where nobody looked at the time then.
    pub(crate) since: Option<Stamp>,
}

/// A lock's record.
#[derive(Debug)]
pub(crate) struct LockRecord {
    latest: Sequenced<Fields>,
    /// Somebody waits for the holder to say where it is.
    is_awaited: AtomicBool,
    lock: Lock,
}

/// What a hold leaves.
#[derive(Debug)]
struct Fields {
    thread: AtomicU64,
    task: AtomicCell<Option<Task>>,
    taken: AtomicCell<Site>,
    since: AtomicU64,
}

static NEXT: AtomicU64 = AtomicU64::new(1);
static RECORDS: Mutex<BTreeMap<u64, Arc<LockRecord>>> = Mutex::new(BTreeMap::new());

/// So many locks are looked through for those that a writer holds.
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

    /// The calling thread has taken the lock, from which its guard cannot be sent away.
    #[inline]
    pub(crate) fn taken_by_thread(&self, taken: Site) {
        self.latest.begin(|fields| fields.write(taken));
    }

    /// The calling task, or thread where there is none, has taken the lock.
    #[inline]
    pub(crate) fn taken(&self, taken: Site) {
        self.latest.begin(|fields| {
            fields.write(taken);
            let task = current_task();
            if fields.task.load() != task {
                fields.task.store(task);
            }
        });
    }

    /// The lock is about to be let go.
    #[inline]
    pub(crate) fn let_go(&self) {
        self.latest.end();
    }

    /// Whether somebody waits for the holder to say where it is. A hint: who has just begun to wait has its answer by the
    /// holder's call site alone.
    #[inline]
    pub(crate) fn is_awaited(&self) -> bool {
        self.is_awaited.load(Relaxed)
    }

    pub(crate) fn set_awaited(&self, is_awaited: bool) {
        self.is_awaited.store(is_awaited, Relaxed);
    }

    /// Who has the lock, if somebody has.
    pub(crate) fn hold(&self) -> Option<Hold> {
        let (sequence, (by, taken, since)) = self.latest.read(Fields::read)?;
        Some(Hold {
            sequence,
            by,
            taken,
            since,
        })
    }

    /// The state of the record, if nobody has the lock.
    #[allow(dead_code)] // Only tasks ask.
    pub(crate) fn unheld_sequence(&self) -> Option<u64> {
        self.latest.unheld_at()
    }

    /// Whether that hold is still the one.
    pub(crate) fn is_held_as(&self, sequence: u64) -> bool {
        self.latest.is_at(sequence)
    }

    fn is_held_by(&self, runner: Runner) -> Option<HeldLock> {
        // Most are not held at all.
        if !self.latest.is_held() {
            return None;
        }
        let hold = self.hold()?;
        // A guard that stays on its thread is held by whatever runs there.
        let is_theirs = match self.lock.kind {
            LockKind::Mutex => hold.by.thread == runner.thread,
            LockKind::TokioMutex | LockKind::Exclusive if hold.by.task.is_some() => {
                hold.by.task == runner.task
            }
            LockKind::TokioMutex | LockKind::Exclusive => hold.by == runner,
        };
        is_theirs.then_some(HeldLock {
            lock: self.lock,
            taken: hold.taken,
            hold: hold.sequence,
        })
    }
}

impl Fields {
    /// Most locks are taken again where they were last. What is there already is only read: the exchange that lets go of the
    /// lock has to wait for every store.
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

/// The locks that the caller holds, the first made first.
pub(crate) fn held_locks() -> Vec<HeldLock> {
    let records = records();
    if records.is_empty() {
        return Vec::new();
    }
    let this = Runner::this();
    records
        .values()
        .take(MAX_LOOKED_AT)
        .filter_map(|record| record.is_held_by(this))
        .collect()
}

fn records() -> MutexGuard<'static, BTreeMap<u64, Arc<LockRecord>>> {
    RECORDS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A lock's record among all of them, and gone from there with the lock.
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

/// The same, made when the lock is first taken: that lets locks be statics.
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
    fn a_hold_is_seen_from_aside_until_it_ends() {
        let lock = Recorded::new(LockKind::Mutex, Site::caller());
        assert!(lock.record().hold().is_none());
        let taken = Site::caller();
        lock.record().taken_by_thread(taken);
        let hold = lock.record().hold().unwrap();
        assert_eq!((hold.by.thread, hold.taken), (current_thread(), taken));
        assert!(lock.record().is_held_as(hold.sequence));
        lock.record().let_go();
        assert!(lock.record().hold().is_none() && !lock.record().is_held_as(hold.sequence));
    }

    #[test]
    fn a_thread_holds_what_it_has_taken_and_not_what_others_have() {
        let [mine, theirs, free] = [(); 3].map(|()| Recorded::new(LockKind::Mutex, Site::caller()));
        let taken = Site::caller();
        mine.record().taken_by_thread(taken);
        free.record().taken_by_thread(taken);
        free.record().let_go();
        std::thread::scope(|scope| {
            scope
                .spawn(|| theirs.record().taken_by_thread(taken))
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
