//! Locks of ours: which there are, and who holds them.
//!
//! Whoever takes a lock leaves its call site and its number in the lock's record, with plain stores: it is alone there.
//! Anybody may read the record from aside. So nothing is kept a thread or a task, and a writer that is caught looks
//! through the records for those that it holds.

use super::{Site, Stamp, Task, ThreadId, current_task, current_thread};
use crossbeam_utils::atomic::AtomicCell;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU64, fence};
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
        Runner { thread: current_thread(), task: current_task() }
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
    lock: Lock,
    /// Twice the number of holds so far, less one while it is held. The fields below are guarded by it as by a sequence
    /// lock: they belong to the hold if this is the same, and odd, before and after they are read.
    sequence: AtomicU64,
    thread: AtomicU64,
    task: AtomicCell<Option<Task>>,
    taken: AtomicCell<Site>,
    since: AtomicU64,
    /// Somebody waits for the holder to say where it is.
    is_awaited: AtomicBool,
}

static NEXT: AtomicU64 = AtomicU64::new(1);
static RECORDS: Mutex<BTreeMap<u64, Arc<LockRecord>>> = Mutex::new(BTreeMap::new());

/// So many locks are looked through for those that a writer holds.
const MAX_LOOKED_AT: usize = 16_384;

impl LockRecord {
    fn new(kind: LockKind, created: Site) -> Self {
        LockRecord {
            lock: Lock { id: NEXT.fetch_add(1, Relaxed), kind, created },
            sequence: AtomicU64::new(0),
            thread: AtomicU64::new(0),
            task: AtomicCell::new(None),
            taken: AtomicCell::new(Site::IN_BACKTRACE),
            since: AtomicU64::new(0),
            is_awaited: AtomicBool::new(false),
        }
    }

    pub(crate) fn lock(&self) -> Lock {
        self.lock
    }

    /// The calling thread has taken the lock, from which its guard cannot be sent away.
    #[inline]
    pub(crate) fn taken_by_thread(&self, taken: Site) {
        self.write(taken, |_| {});
    }

    /// The calling task, or thread where there is none, has taken the lock.
    #[inline]
    pub(crate) fn taken(&self, taken: Site) {
        self.write(taken, |record| record.task.store(current_task()));
    }

    #[inline]
    fn write(&self, taken: Site, task: impl FnOnce(&Self)) {
        let sequence = self.sequence.load(Relaxed);
        // Pairs with the fence in `hold`: who reads what is written below sees the last hold's end, too.
        fence(Release);
        self.thread.store(current_thread(), Relaxed);
        task(self);
        self.taken.store(taken);
        self.since.store(Stamp::recent_bits(), Relaxed);
        // Publishes the fields to the acquire in `hold`.
        self.sequence.store(sequence + 1, Release);
    }

    /// The lock is about to be let go.
    #[inline]
    pub(crate) fn let_go(&self) {
        let sequence = self.sequence.load(Relaxed);
        self.sequence.store(sequence + 1, Relaxed);
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
        // Acquire pairs with the release in `write`.
        let sequence = self.sequence.load(Acquire);
        let since = self.since.load(Relaxed);
        let by = Runner { thread: self.thread.load(Relaxed), task: self.task.load() };
        let taken = self.taken.load();
        // Pairs with the fence in `write`.
        fence(Acquire);
        let is_whole = is_held(sequence) && self.sequence.load(Relaxed) == sequence;
        is_whole.then(|| Hold { sequence, by, taken, since: Stamp::from_recent_bits(since) })
    }

    /// The state of the record, if nobody has the lock.
    #[allow(dead_code)] // Only tasks ask.
    pub(crate) fn unheld_sequence(&self) -> Option<u64> {
        let sequence = self.sequence.load(Relaxed);
        (!is_held(sequence)).then_some(sequence)
    }

    /// Whether that hold is still the one.
    pub(crate) fn is_held_as(&self, sequence: u64) -> bool {
        self.sequence.load(Relaxed) == sequence
    }

    fn is_held_by(&self, runner: Runner) -> Option<HeldLock> {
        // Most are not held at all.
        if !is_held(self.sequence.load(Relaxed)) {
            return None;
        }
        let hold = self.hold()?;
        // A guard that stays on its thread is held by whatever runs there.
        let is_theirs = match self.lock.kind {
            LockKind::Mutex => hold.by.thread == runner.thread,
            LockKind::TokioMutex | LockKind::Exclusive if hold.by.task.is_some() => hold.by.task == runner.task,
            LockKind::TokioMutex | LockKind::Exclusive => hold.by == runner,
        };
        is_theirs.then_some(HeldLock { lock: self.lock, taken: hold.taken })
    }
}

fn is_held(sequence: u64) -> bool {
    sequence & 1 == 1
}

/// The locks that the caller holds, the first made first.
pub(crate) fn held_locks() -> Vec<HeldLock> {
    let records = records();
    if records.is_empty() {
        return Vec::new();
    }
    let this = Runner::this();
    records.values().take(MAX_LOOKED_AT).filter_map(|record| record.is_held_by(this)).collect()
}

fn records() -> MutexGuard<'static, BTreeMap<u64, Arc<LockRecord>>> {
    RECORDS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A lock's record, made when the lock is first taken and gone with the lock. That it need not be made with the lock lets
/// locks be statics.
#[derive(Debug)]
pub(crate) struct Recorded {
    kind: LockKind,
    created: Site,
    record: OnceLock<Arc<LockRecord>>,
}

impl Recorded {
    pub(crate) const fn new(kind: LockKind, created: Site) -> Self {
        Recorded { kind, created, record: OnceLock::new() }
    }

    #[inline]
    pub(crate) fn record(&self) -> &Arc<LockRecord> {
        self.record.get().unwrap_or_else(|| self.make())
    }

    #[cold]
    fn make(&self) -> &Arc<LockRecord> {
        self.record.get_or_init(|| {
            let record = Arc::new(LockRecord::new(self.kind, self.created));
            records().insert(record.lock.id, record.clone());
            record
        })
    }
}

impl Drop for Recorded {
    fn drop(&mut self) {
        if let Some(record) = self.record.get() {
            let gone = records().remove(&record.lock.id);
            drop(gone);
        }
    }
}

#[cfg(test)]
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
        std::thread::scope(|scope| scope.spawn(|| theirs.record().taken_by_thread(taken)).join()).unwrap();
        assert_eq!(held_locks(), [HeldLock { lock: mine.record().lock(), taken }]);
        drop(mine);
        assert_eq!(held_locks(), []);
    }
}
