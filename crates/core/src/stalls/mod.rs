//! Conflicts at locks: a wait that takes too long, and a second user of what only one may use at a time.
//!
//! Nothing here runs while a lock is free, or is released in time. The lock's record (`witness::LockRecord`) always has the
//! holder and its call site. When a wait takes too long, that makes a [`Conflict`] between the holder and the waiter. The
//! waiter captures its own stack at once. The holder captures its own when it releases the lock, in the same call and with
//! the same frames. Until then the finding is open.
//!
//! `conflict` (the two sides, and what is noted of each), `cycle` (waits that wait for one another), `alarm` (waits of tasks,
//! which must be woken so that they capture their stack).

#[cfg(feature = "tokio")]
mod alarm;
#[cfg(not(feature = "tokio"))]
#[path = "no_alarm.rs"]
mod alarm;
mod conflict;
mod cycle;

#[cfg(feature = "tokio")]
pub(crate) use alarm::PolledWait;
pub(crate) use conflict::Conflict;

use crate::error::{ConcurrentUse, Party};
use crate::settings::{Capture, Policy};
use crate::wire::{Half, OpenFinding, Outcome, Recorder};
use crate::witness::{Hold, LockKind, LockRecord, Operation, Runner, Site, Stamp};
use alarm::Alarms;
use conflict::Waiter;
use redhanded_report::Kind;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

/// The conflicts of a process that are not over.
#[derive(Debug)]
pub(crate) struct Locks {
    recorder: Arc<dyn Recorder>,
    /// By their ids.
    conflicts: Mutex<BTreeMap<u64, Arc<Conflict>>>,
    alarms: Alarms,
    this: Weak<Locks>,
}

impl Locks {
    pub(crate) fn new(recorder: Arc<dyn Recorder>) -> Arc<Locks> {
        Arc::new_cyclic(|this| Locks {
            recorder,
            conflicts: Mutex::default(),
            alarms: Alarms::default(),
            this: this.clone(),
        })
    }

    /// How long a wait may last before it is a stall; `None` for ever.
    pub(crate) fn patience(&self) -> Option<Duration> {
        self.recorder.stall()
    }

    pub(crate) fn policy(&self) -> Policy {
        self.recorder.policy()
    }

    /// Waits for a lock on the calling thread. `lock_within` waits for a limited time. When that has failed, it is a stall,
    /// and `lock` waits without a limit.
    pub(crate) fn wait<G>(
        &self,
        record: &Arc<LockRecord>,
        site: Site,
        mut lock_within: impl FnMut(Duration) -> Option<G>,
        lock: impl FnOnce() -> G,
    ) -> G {
        let Some(patience) = self.patience() else {
            return lock();
        };
        let began = Stamp::now();
        let conflict = loop {
            if let Some(guard) = lock_within(patience) {
                return guard;
            }
            let waiter = Waiter {
                operation: waiting_for(record.lock().kind),
                site,
                began,
                by: Runner::this(),
                blocks: true,
            };
            // There is none if the lock was released just now. Then another one may take it first, and this waits again.
            if let Some(conflict) = self.open(Kind::Stall, record, waiter, true) {
                break conflict;
            }
        };
        let guard = lock();
        self.on_waiter_done(&conflict, Outcome::Acquired);
        guard
    }

    /// Opens the conflict with the holder of an `Exclusive`. `None` if there is no holder any more.
    pub(crate) fn open_overlap(
        &self,
        record: &Arc<LockRecord>,
        site: Site,
        blocks: bool,
    ) -> Option<Arc<Conflict>> {
        let waiter = Waiter {
            operation: waiting_for(record.lock().kind),
            site,
            began: Stamp::now(),
            by: Runner::this(),
            blocks,
        };
        self.open(Kind::Overlap, record, waiter, true)
    }

    /// Opens a conflict between the lock's holder and a waiter. `None` if there is no holder any more. The stack of the
    /// waiter is captured if the caller is the waiter.
    fn open(
        &self,
        kind: Kind,
        record: &Arc<LockRecord>,
        waiter: Waiter,
        is_caller: bool,
    ) -> Option<Arc<Conflict>> {
        let hold = record.hold()?;
        let first = conflict::holder(record.lock(), &hold, waiter.began);
        Some(self.open_with(kind, record, (&hold, first), waiter, is_caller))
    }

    fn open_with(
        &self,
        kind: Kind,
        record: &Arc<LockRecord>,
        (hold, first): (&Hold, Half),
        waiter: Waiter,
        is_caller: bool,
    ) -> Arc<Conflict> {
        let mut second = waiter.half();
        let mut conflict = Conflict::new(
            kind,
            record,
            hold,
            [first, second.clone()],
            waiter.blocks,
            &*self.recorder,
        );
        let captures = is_caller && self.recorder.capture() != Capture::Site;
        if conflict.is_kept() && captures {
            second.stack = Some(self.recorder.capture_stack());
            conflict.set_waiter(second);
        }
        conflict.on = self.this.clone();
        let conflict = Arc::new(conflict);
        self.conflicts().insert(conflict.id, conflict.clone());
        // A release from here on looks for conflicts. One that came before did not, and is noted now.
        record.set_awaited(true);
        conflict.note_if_released();
        if conflict.is_kept() {
            let on: Weak<Conflict> = Arc::downgrade(&conflict);
            self.recorder.opened(OpenFinding {
                finding: conflict.finding(None),
                on,
            });
        }
        conflict
    }

    /// The waiter has the lock, or goes on without it.
    pub(crate) fn on_waiter_done(&self, conflict: &Arc<Conflict>, outcome: Outcome) {
        conflict.note_waiter_done(Stamp::now(), outcome);
        conflict.note_if_released();
        self.close_if_over(conflict);
    }

    /// The holder is about to release a lock that a conflict is about. Returns the error for the holder, from the first
    /// conflict that is an overlap.
    pub(crate) fn on_release(
        &self,
        record: &LockRecord,
        outcome: Outcome,
    ) -> Option<ConcurrentUse> {
        let hold = record.hold()?;
        record.set_awaited(false);
        let met: Vec<Arc<Conflict>> = self
            .conflicts()
            .values()
            .filter(|conflict| conflict.is_about(record, hold.sequence))
            .cloned()
            .collect();
        let wants_stack = self.recorder.capture() != Capture::Site
            && met.iter().any(|conflict| conflict.is_kept());
        let stack = wants_stack.then(|| self.recorder.capture_stack());
        let ended = Stamp::now();
        for conflict in &met {
            conflict.note_holder_done(ended, outcome, stack.clone());
            self.close_if_over(conflict);
        }
        met.iter()
            .find(|conflict| conflict.kind() == Kind::Overlap)
            .map(|conflict| conflict.accusation().turned())
    }

    /// Called at intervals. Wakes each task that has waited too long, so that it captures its stack.
    pub(crate) fn on_tick(&self) {
        // A holder that looked for conflicts just before one was opened has released the lock and noted nothing.
        let met: Vec<Arc<Conflict>> = self.conflicts().values().cloned().collect();
        for conflict in met {
            conflict.note_if_released();
            self.close_if_over(&conflict);
        }
        if let Some(patience) = self.patience() {
            self.alarms.ring(self, patience);
        }
    }

    fn close_if_over(&self, conflict: &Arc<Conflict>) {
        let is_over = conflict.is_over();
        let is_known = {
            let mut conflicts = self.conflicts();
            // Of many refusals during one hold, each is counted. One of them is kept, for the error of the holder.
            let is_spare = || {
                conflict.is_spent()
                    && conflicts
                        .values()
                        .any(|other| other.id != conflict.id && other.is_same_for_holder(conflict))
            };
            (is_over || is_spare()) && conflicts.remove(&conflict.id).is_some()
        };
        if is_known && is_over && conflict.is_kept() {
            conflict.count();
            self.recorder.closed(conflict.finding(None));
        }
    }

    fn conflicts(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Conflict>>> {
        self.conflicts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn waiting_for(kind: LockKind) -> Operation {
    Operation::new(kind.waiting, 0)
}

/// A side of a conflict, for an error.
fn party(operation: Operation, site: Site) -> Party {
    Party::new(operation, site.call_site())
}

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;
    use crate::wire::TestRecorder;
    use crate::witness::Recorded;

    #[test]
    fn a_holder_that_releases_while_a_conflict_opens_is_not_waited_for() {
        let recorder = Arc::new(TestRecorder::default());
        let locks = Locks::new(recorder.clone());
        let lock = Recorded::new(LockKind::EXCLUSIVE, Site::caller());
        for does_get_lock in [true, false] {
            lock.record().note_taken(Site::caller());
            assert!(!lock.record().is_awaited());
            let met = locks
                .open_overlap(lock.record(), Site::caller(), true)
                .expect("it is held");
            // The holder looked for conflicts before this one, and releases the lock now.
            lock.record().note_release();
            lock.record().set_awaited(false);
            if does_get_lock {
                locks.on_waiter_done(&met, Outcome::Acquired);
            } else {
                met.note_waiter_done(Stamp::now(), Outcome::GaveUp);
                locks.on_tick();
            }
            assert!(locks.conflicts().is_empty());
        }
        assert_eq!(recorder.closed.lock().unwrap().len(), 2);
    }
}
