//! Conflicts at locks: a wait that takes too long, and a second user of what only one may use at a time.
//!
//! Nothing here runs while a lock is free, or is released in time. The lock's record (`witness::LockRecord`) always has the
//! holder and its call site. When a wait takes too long, that makes a [`Conflict`] between the holder and the waiter. The
//! waiter captures its own stack at once. The holder captures its own when it releases the lock, in the same call and with
//! the same frames. Until then the finding is open.
//!
//! `conflict` (the two sides, and what is noted of each), `cycle` (waits that wait for one another), `alarm` (waits of tasks,
//! which must be woken so that they capture their stack), `describe` (both, in words).

// A panic here would be one in the application's own call.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used
    )
)]

#[cfg(any(feature = "tokio", feature = "parking_lot"))]
// Only tokio's locks are polled.
#[cfg_attr(not(feature = "tokio"), allow(dead_code))]
mod alarm;
#[cfg(not(any(feature = "tokio", feature = "parking_lot")))]
#[path = "no_alarm.rs"]
mod alarm;
mod conflict;
mod cycle;
mod describe;

#[cfg(feature = "tokio")]
pub(crate) use alarm::PolledWait;
pub(crate) use conflict::Conflict;

use crate::error::{ConcurrentUse, Party};
use crate::settings::{Capture, Policy};
use crate::wire::{OpenFinding, Outcome, Recorder, Registry};
use crate::witness::{Access, Hold, LockRecord, Operation, Runner, Site, Slot, Stamp, Stopwatch};
use alarm::Alarms;
use conflict::{Holder, Waiter};
use redhanded_report::Kind;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

/// The conflicts of a process that are not over.
#[derive(Debug)]
pub(crate) struct Locks {
    recorder: Arc<dyn Recorder>,
    /// What holders do meanwhile is looked up there.
    registry: Arc<Registry>,
    /// By their ids.
    conflicts: Mutex<BTreeMap<u64, Arc<Conflict>>>,
    alarms: Alarms,
    this: Weak<Locks>,
}

impl Locks {
    pub(crate) fn new(recorder: Arc<dyn Recorder>, registry: Arc<Registry>) -> Arc<Locks> {
        Arc::new_cyclic(|this| Locks {
            recorder,
            registry,
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
        wanted: Wanted<'_>,
        mut lock_within: impl FnMut(Duration) -> Option<G>,
        lock: impl FnOnce() -> G,
    ) -> G {
        let Some(patience) = self.patience() else {
            return lock();
        };
        let began = Stamp::now();
        let mut waited = Stopwatch::start();
        let conflict = loop {
            if let Some(guard) = lock_within(patience.saturating_sub(waited.elapsed())) {
                return guard;
            }
            // The process stood still meanwhile, and so did the holder.
            if waited.elapsed() < patience {
                continue;
            }
            let waiter = wanted.waiter(began, true);
            // There is none if the lock was released just now. Then another one may take it first, and this waits again.
            if let Some(conflict) = self.open(Kind::Stall, wanted.record, waiter, true) {
                break conflict;
            }
            waited = Stopwatch::start();
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
        let wanted = Wanted::alone(record, site);
        let waiter = wanted.waiter(Stamp::now(), blocks);
        self.open(Kind::Overlap, record, waiter, true)
    }

    /// Opens a conflict between a holder of the lock and a waiter. `None` if there is no holder any more. The stack of the
    /// waiter is captured if the caller is the waiter.
    fn open(
        &self,
        kind: Kind,
        record: &Arc<LockRecord>,
        waiter: Waiter,
        is_caller: bool,
    ) -> Option<Arc<Conflict>> {
        let holds: Vec<Hold> = record.holds().collect();
        let index = conflict::most_at_fault(record.lock().kind, &holds, waiter.by)?;
        let hold = holds.get(index)?;
        let first = conflict::holder(record.lock(), hold, waiter.began);
        let others = holds
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index);
        let beside = describe::others(others.map(|(_, hold)| hold));
        let holder = Holder {
            hold,
            half: first,
            beside,
        };
        Some(self.open_with(kind, record, holder, waiter, is_caller))
    }

    fn open_with(
        &self,
        kind: Kind,
        record: &Arc<LockRecord>,
        holder: Holder<'_>,
        waiter: Waiter,
        is_caller: bool,
    ) -> Arc<Conflict> {
        let hold = holder.hold.id;
        let mut conflict = Conflict::new(kind, record, holder, &waiter, &*self.recorder);
        let captures = is_caller && self.recorder.capture() != Capture::Site;
        if conflict.is_kept() && captures {
            let mut second = waiter.half();
            second.stack = Some(self.recorder.capture_stack());
            conflict.set_waiter(second);
        }
        conflict.on = self.this.clone();
        let conflict = Arc::new(conflict);
        self.conflicts().insert(conflict.id, conflict.clone());
        // A release from here on looks for conflicts. One that came before did not, and is noted now.
        record.await_holder(hold);
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
        slot: &Slot,
        outcome: Outcome,
    ) -> Option<ConcurrentUse> {
        let hold = slot.hold()?;
        slot.set_awaited(false);
        let met: Vec<Arc<Conflict>> = self
            .conflicts()
            .values()
            .filter(|conflict| conflict.is_about(record, hold.id))
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
            conflict.look_at_holder(&self.registry);
            self.leave_to_teller(&conflict);
            self.close_if_over(&conflict);
        }
        if let Some(patience) = self.patience() {
            self.alarms.ring(self, patience);
        }
    }

    /// Leaves the report of a deadlock to that conflict of the round that was opened first, if this is another one. Gives
    /// whether it does.
    fn leave_to_teller(&self, conflict: &Conflict) -> bool {
        if conflict.is_told_by_other() {
            return true;
        }
        let teller = self.cycle(conflict).and_then(|cycle| cycle.teller());
        let is_other = conflict.is_kept() && teller.is_some_and(|teller| teller != conflict.id);
        if is_other && conflict.leave_to_other() {
            self.recorder.dismissed(conflict.id);
        }
        is_other
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
        if is_known && is_over && conflict.is_kept() && !conflict.is_told_by_other() {
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

/// What a waiter wants, and where it asks for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'r> {
    pub(crate) record: &'r Arc<LockRecord>,
    pub(crate) access: Access,
    pub(crate) site: Site,
}

impl<'r> Wanted<'r> {
    /// The lock, with no other holder beside.
    pub(crate) fn alone(record: &'r Arc<LockRecord>, site: Site) -> Self {
        Wanted {
            record,
            access: Access::Exclusive,
            site,
        }
    }

    /// The lock, with other readers beside.
    #[cfg(any(feature = "tokio", feature = "parking_lot"))]
    pub(crate) fn shared(record: &'r Arc<LockRecord>, site: Site) -> Self {
        Wanted {
            record,
            access: Access::Shared,
            site,
        }
    }

    /// The caller, as it begins to wait.
    fn waiter(self, began: Stamp, blocks: bool) -> Waiter {
        Waiter {
            operation: Operation::new(self.record.lock().kind.waiting(self.access), 0),
            access: self.access,
            site: self.site,
            began,
            by: Runner::this(),
            blocks,
        }
    }
}

/// A side of a conflict, for an error.
fn party(operation: Operation, site: Site) -> Party {
    Party::new(operation, site.call_site())
}

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;
    use crate::wire::TestRecorder;
    use crate::witness::{LockKind, Recorded};

    #[test]
    fn a_holder_that_releases_while_a_conflict_opens_is_not_waited_for() {
        let recorder = Arc::new(TestRecorder::default());
        let registry = Arc::new(Registry::new(recorder.clone()));
        let locks = Locks::new(recorder.clone(), registry);
        let lock = Recorded::new(LockKind::EXCLUSIVE, Site::caller());
        for does_get_lock in [true, false] {
            let slot = lock.record().exclusive();
            slot.note_taken(Site::caller());
            assert!(!slot.is_awaited());
            let met = locks
                .open_overlap(lock.record(), Site::caller(), true)
                .expect("it is held");
            // The holder looked for conflicts before this one, and releases the lock now.
            slot.note_release();
            slot.set_awaited(false);
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
