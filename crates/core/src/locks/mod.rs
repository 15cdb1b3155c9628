//! Who meets at a lock: whoever waits too long for it, and whoever comes to what only one may use at a time.
//!
//! Nothing here runs while a lock is free, or is let go in time. A lock's record (`witness::LockRecord`) always tells who
//! holds it and from which line; when somebody has waited too long, that makes a [`Meeting`] of the two. The one that
//! waits captures its own stack at once, the holder its own when it lets go: same frames, same call. Until then the
//! finding is open.
//!
//! `meeting` (the two sides, and how they come together), `cycle` (who waits for whom, all round), `alarm` (waits that are
//! polled, and whose tasks must be woken to say where they wait).

#[allow(dead_code)] // Only tasks wait so.
mod alarm;
mod cycle;
mod meeting;

#[allow(unused_imports)] // Only tasks wait so.
pub(crate) use alarm::PolledWait;
pub(crate) use meeting::Meeting;

use crate::error::{ConcurrentUse, Party};
use crate::report::Kind;
use crate::settings::{Capture, Policy};
use crate::wire::{Half, OpenFinding, Outcome, Recorder};
use crate::witness::{Act, Hold, LockKind, LockRecord, Operation, Runner, Site, Stamp};
use alarm::Alarms;
use meeting::Comer;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

/// What happens at the locks of a process.
#[derive(Debug)]
pub(crate) struct Locks {
    recorder: Arc<dyn Recorder>,
    /// Those that are not over, by their numbers.
    meetings: Mutex<BTreeMap<u64, Arc<Meeting>>>,
    alarms: Alarms,
    this: Weak<Locks>,
}

impl Locks {
    pub(crate) fn new(recorder: Arc<dyn Recorder>) -> Arc<Locks> {
        Arc::new_cyclic(|this| Locks {
            recorder,
            meetings: Mutex::default(),
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

    /// Waits for a lock on the calling thread: at most so long with `lock_within`, then for ever with `lock`, which is a
    /// stall.
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
        let meeting = loop {
            if let Some(guard) = lock_within(patience) {
                return guard;
            }
            let comer = Comer {
                operation: waiting_for(record.lock().kind),
                site,
                began,
                by: Runner::this(),
                blocks: true,
            };
            // It may be free just now, and taken by yet another one.
            if let Some(meeting) = self.meet(Kind::Stall, record, comer, true) {
                break meeting;
            }
        };
        let guard = lock();
        self.comer_is_back(&meeting, Outcome::Acquired);
        guard
    }

    /// A wait of which the caller's stack cannot be had later, for a lock that only blocks for ever.
    #[allow(dead_code)] // Only tokio's does.
    pub(crate) fn wait_untimed<G>(
        &self,
        record: &Arc<LockRecord>,
        site: Site,
        lock: impl FnOnce() -> G,
    ) -> G {
        if self.patience().is_none() {
            return lock();
        }
        let mut wait = BlockedWait {
            locks: self,
            wait: Some(self.blocked_wait(record, site)),
        };
        let guard = lock();
        wait.end(Outcome::Acquired);
        guard
    }

    /// Somebody comes to what another one uses.
    pub(crate) fn overlap(
        &self,
        record: &Arc<LockRecord>,
        site: Site,
        blocks: bool,
    ) -> Option<Arc<Meeting>> {
        let operation = Operation::new(Act::UseExclusive, 0);
        let comer = Comer {
            operation,
            site,
            began: Stamp::now(),
            by: Runner::this(),
            blocks,
        };
        self.meet(Kind::Overlap, record, comer, true)
    }

    /// Makes a finding of whoever holds the lock and whoever comes to it. `None` if nobody holds it any more. Only the
    /// comer itself can capture its stack.
    fn meet(
        &self,
        kind: Kind,
        record: &Arc<LockRecord>,
        comer: Comer,
        is_comer: bool,
    ) -> Option<Arc<Meeting>> {
        let hold = record.hold()?;
        let first = meeting::holder(record.lock(), &hold, comer.began);
        Some(self.bring_together(kind, record, (&hold, first), comer, is_comer))
    }

    fn bring_together(
        &self,
        kind: Kind,
        record: &Arc<LockRecord>,
        (hold, first): (&Hold, Half),
        comer: Comer,
        is_comer: bool,
    ) -> Arc<Meeting> {
        let mut second = comer.half();
        let meeting = |first, second| {
            Meeting::new(
                kind,
                record,
                hold,
                [first, second],
                comer.blocks,
                &*self.recorder,
            )
        };
        let captures = is_comer && self.recorder.capture() != Capture::Site;
        let mut meeting = meeting(first, second.clone());
        if meeting.is_kept() && captures {
            second.stack = Some(self.recorder.capture_stack());
            meeting.describe_comer(second);
        }
        meeting.on = self.this.clone();
        let meeting = Arc::new(meeting);
        self.meetings().insert(meeting.id, meeting.clone());
        // Who lets go from here on looks for meetings. Before, it did not know of any.
        record.set_awaited(true);
        meeting.look_for_holder();
        if meeting.is_kept() {
            let on: Weak<Meeting> = Arc::downgrade(&meeting);
            self.recorder.opened(OpenFinding {
                finding: meeting.finding(None),
                on,
            });
        }
        meeting
    }

    /// The comer has the lock, or does without.
    pub(crate) fn comer_is_back(&self, meeting: &Arc<Meeting>, outcome: Outcome) {
        meeting.comer_is_back(Stamp::now(), outcome);
        meeting.look_for_holder();
        self.close_if_over(meeting);
    }

    /// The holder of a lock is about to let go, and somebody waits for it to say where it is. Gives who came first, of
    /// those that came to what only one may use.
    pub(crate) fn holder_leaves(
        &self,
        record: &LockRecord,
        outcome: Outcome,
    ) -> Option<ConcurrentUse> {
        let hold = record.hold()?;
        record.set_awaited(false);
        let met: Vec<Arc<Meeting>> = self
            .meetings()
            .values()
            .filter(|meeting| meeting.is_with(record, hold.sequence))
            .cloned()
            .collect();
        let wants_stack =
            self.recorder.capture() != Capture::Site && met.iter().any(|meeting| meeting.is_kept());
        let stack = wants_stack.then(|| self.recorder.capture_stack());
        let ended = Stamp::now();
        for meeting in &met {
            meeting.holder_is_back(ended, outcome, stack.clone());
            self.close_if_over(meeting);
        }
        met.iter()
            .find(|meeting| meeting.kind() == Kind::Overlap)
            .map(|meeting| meeting.accusation().turned())
    }

    /// To be called every so often: wakes whoever has waited too long in a task, so that it says where it waits.
    pub(crate) fn beat(&self) {
        // A holder that looked for whoever waits just before somebody did has left without a word.
        let met: Vec<Arc<Meeting>> = self.meetings().values().cloned().collect();
        for meeting in met {
            meeting.look_for_holder();
            self.close_if_over(&meeting);
        }
        if let Some(patience) = self.patience() {
            self.ring(patience);
        }
    }

    fn close_if_over(&self, meeting: &Arc<Meeting>) {
        let is_over = meeting.is_over();
        let is_known = {
            let mut meetings = self.meetings();
            // Whoever is refused again and again while one is inside is counted, and one such stands for all.
            let is_spare = || {
                meeting.is_spent()
                    && meetings
                        .values()
                        .any(|other| other.id != meeting.id && other.is_like(meeting))
            };
            (is_over || is_spare()) && meetings.remove(&meeting.id).is_some()
        };
        if is_known && is_over && meeting.is_kept() {
            meeting.count();
            self.recorder.closed(meeting.finding(None));
        }
    }

    fn meetings(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Meeting>>> {
        self.meetings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A wait that the library may refuse with a panic.
struct BlockedWait<'l> {
    locks: &'l Locks,
    /// There until the end.
    wait: Option<PolledWait>,
}

impl BlockedWait<'_> {
    fn end(&mut self, outcome: Outcome) {
        if let Some(wait) = self.wait.take() {
            wait.end(self.locks, outcome);
        }
    }
}

impl Drop for BlockedWait<'_> {
    fn drop(&mut self) {
        self.end(Outcome::Panicked);
    }
}

fn waiting_for(kind: LockKind) -> Operation {
    Operation::new(
        match kind {
            LockKind::Mutex => Act::WaitForMutex,
            LockKind::TokioMutex => Act::WaitForTokioMutex,
            LockKind::Exclusive => Act::UseExclusive,
        },
        0,
    )
}

/// A side of a meeting, for an error.
fn party(operation: Operation, site: Site) -> Party {
    Party::new(operation, site.call_site())
}

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;
    use crate::wire::TestRecorder;
    use crate::witness::Recorded;

    #[test]
    fn a_holder_that_left_just_when_somebody_came_is_not_waited_for() {
        let recorder = Arc::new(TestRecorder::default());
        let locks = Locks::new(recorder.clone());
        let lock = Recorded::new(LockKind::Exclusive, Site::caller());
        for does_ask in [true, false] {
            lock.record().taken(Site::caller());
            assert!(!lock.record().is_awaited());
            let met = locks
                .overlap(lock.record(), Site::caller(), true)
                .expect("somebody is inside");
            // It has asked before, and lets go now.
            lock.record().let_go();
            lock.record().set_awaited(false);
            if does_ask {
                locks.comer_is_back(&met, Outcome::Acquired);
            } else {
                met.comer_is_back(Stamp::now(), Outcome::GaveUp);
                locks.beat();
            }
            assert!(locks.meetings().is_empty());
        }
        assert_eq!(recorder.closed.lock().unwrap().len(), 2);
    }
}
