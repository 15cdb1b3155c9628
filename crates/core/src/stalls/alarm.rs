//! Waits of tasks: a task that has waited too long is woken, so that it captures its stack where it waits.
//!
//! A future can only capture its stack while it is polled. To capture it at the start of every wait would make every wait
//! dear. A waker may be called at any time: the poll that follows finds the lock still taken, and finds that it is late.

use super::conflict::{Holder, Waiter};
use super::{Conflict, Locks, Wanted};
use crate::settings::Capture;
use crate::wire::Outcome;
use crate::witness::{Hold, LockRecord, Stamp, Stopwatch};
use redhanded_report::Kind;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

/// A task that is not polled within this time after it was woken has a stuck thread. It is reported without its stack, and
/// has that if it is polled later.
const POLLED_WITHIN: Duration = Duration::from_millis(300);

/// The waits of tasks.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    set: Mutex<BTreeMap<u64, Arc<Alarm>>>,
    next: AtomicU64,
}

#[derive(Debug)]
struct Alarm {
    record: Arc<LockRecord>,
    waiter: Waiter,
    since: Stopwatch,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waker: Option<Waker>,
    /// It has waited too long.
    is_late: bool,
    /// A conflict has been opened for it, or is being opened.
    is_reported: bool,
    conflict: Option<Arc<Conflict>>,
    /// A state of the lock's record in which it was not held, and since when it has been in that state.
    unheld: Option<(u64, Stopwatch)>,
    /// The conflicts of those that wait because tokio has given the lock to this one.
    behind: Vec<Arc<Conflict>>,
    is_over: bool,
}

impl State {
    /// Leaves the report of this wait to the caller. `false` if there is none to make, or another caller makes it.
    fn claim_report(&mut self) -> bool {
        let is_due = self.is_late && !self.is_reported && !self.is_over;
        self.is_reported |= is_due;
        is_due
    }

    /// Notes that the lock is not held, in this state of its record. Returns whether it has been so for long.
    fn note_unheld(&mut self, state: u64) -> bool {
        match &self.unheld {
            Some((known, since)) if *known == state => since.elapsed() >= POLLED_WITHIN,
            _ => {
                self.unheld = Some((state, Stopwatch::start()));
                false
            }
        }
    }
}

impl Alarm {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Alarms {
    /// Wakes each task that has waited that long.
    pub(super) fn ring(&self, locks: &Locks, patience: Duration) {
        let late: Vec<Arc<Alarm>> = self
            .set()
            .values()
            .filter(|alarm| alarm.since.elapsed() >= patience)
            .cloned()
            .collect();
        for alarm in late {
            let (waker, is_unpolled) = {
                let mut state = alarm.state();
                let is_first = !std::mem::replace(&mut state.is_late, true);
                let waker = state.waker.clone().filter(|_| is_first);
                let has_no_poll = state.waker.is_none()
                    || alarm.since.elapsed() >= patience.saturating_add(POLLED_WITHIN);
                (waker, has_no_poll && state.claim_report())
            };
            // Outside the lock: a waker is foreign code.
            if let Some(waker) = waker {
                waker.wake();
            }
            if is_unpolled {
                locks.report_late(&alarm, false);
            }
        }
    }

    fn set(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Alarm>>> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One wait. [`end`](Self::end) ends it.
#[derive(Debug)]
pub(crate) struct PolledWait {
    id: u64,
    alarm: Arc<Alarm>,
}

impl PolledWait {
    /// It was polled again, and goes on waiting.
    pub(crate) fn on_pending(&self, locks: &Locks, waker: &Waker) {
        let (is_late, conflict, former) = {
            let mut state = self.alarm.state();
            let known = state.waker.as_ref();
            let is_known = known.is_some_and(|known| known.will_wake(waker));
            let former = if is_known {
                None
            } else {
                state.waker.replace(waker.clone())
            };
            (state.claim_report(), state.conflict.clone(), former)
        };
        // Outside the lock: a waker is foreign code, also where it is dropped.
        drop(former);
        if is_late {
            locks.report_late(&self.alarm, true);
        }
        if let Some(conflict) = conflict {
            locks.add_stack_of_caller(&conflict);
        }
    }

    /// The wait is over. A task that has the lock is polled where it has waited.
    pub(crate) fn end(self, locks: &Locks, outcome: Outcome) {
        locks.alarms.set().remove(&self.id);
        let (conflict, behind) = {
            let mut state = self.alarm.state();
            state.is_over = true;
            (state.conflict.take(), std::mem::take(&mut state.behind))
        };
        if let Some(conflict) = conflict {
            if outcome == Outcome::Acquired && !conflict.waiter_blocks {
                locks.add_stack_of_caller(&conflict);
            }
            locks.on_waiter_done(&conflict, outcome);
        }
        for conflict in behind {
            locks.on_first_done(&conflict, outcome);
        }
    }
}

impl Locks {
    /// A task begins to wait: its first poll was pending. `None` if waits have no limit.
    pub(crate) fn polled_wait(&self, wanted: Wanted<'_>, waker: &Waker) -> Option<PolledWait> {
        self.patience()?;
        Some(self.set_alarm(wanted, Some(waker.clone())))
    }

    /// A wait that blocks the thread, for a lock that has no wait with a limit. The stack of the caller cannot be captured.
    pub(crate) fn wait_untimed<G>(&self, wanted: Wanted<'_>, lock: impl FnOnce() -> G) -> G {
        if self.patience().is_none() {
            return lock();
        }
        let mut wait = BlockedWait {
            locks: self,
            wait: Some(self.set_alarm(wanted, None)),
        };
        let guard = lock();
        wait.end(Outcome::Acquired);
        guard
    }

    fn set_alarm(&self, wanted: Wanted<'_>, waker: Option<Waker>) -> PolledWait {
        let waiter = wanted.waiter(Stamp::now(), waker.is_none());
        let state = Mutex::new(State {
            waker,
            ..State::default()
        });
        let alarm = Arc::new(Alarm {
            record: wanted.record.clone(),
            waiter,
            since: Stopwatch::start(),
            state,
        });
        let id = self.alarms.next.fetch_add(1, Relaxed);
        self.alarms.set().insert(id, alarm.clone());
        PolledWait { id, alarm }
    }

    /// The caller is the waiter, in a poll.
    fn add_stack_of_caller(&self, conflict: &Conflict) {
        if self.recorder.capture() != Capture::Site && conflict.lacks_stack_of_waiter() {
            conflict.set_stack_of_waiter(self.recorder.capture_stack());
        }
    }

    fn report_late(&self, alarm: &Arc<Alarm>, is_caller: bool) {
        let conflict = self.open(Kind::Stall, &alarm.record, alarm.waiter, is_caller);
        let conflict = conflict.or_else(|| self.open_behind_first(alarm, is_caller));
        let mut state = alarm.state();
        match conflict {
            // The wait has ended meanwhile.
            Some(conflict) if state.is_over => {
                drop(state);
                self.on_waiter_done(&conflict, Outcome::Acquired);
            }
            Some(conflict) => state.conflict = Some(conflict),
            // The lock was released just now. Another one may take it first, and this waits again.
            None => state.is_reported = false,
        }
    }

    /// Opens a conflict with the first waiter, to which tokio gives a lock when it is released. If that waiter is not polled,
    /// the lock is not held, and cannot be taken.
    fn open_behind_first(&self, alarm: &Arc<Alarm>, is_caller: bool) -> Option<Arc<Conflict>> {
        // Only the locks of tokio are given to a waiter before it runs.
        if alarm.record.lock().kind.stays_with_thread {
            return None;
        }
        let state = alarm.record.unheld_state()?;
        if !alarm.state().note_unheld(state) {
            return None;
        }
        let lock = alarm.record.lock().id;
        let first = self
            .alarms
            .set()
            .values()
            .find(|other| other.record.lock().id == lock)
            .cloned();
        let first = first.filter(|first| !Arc::ptr_eq(first, alarm))?;
        let waiter = first.waiter;
        let given = Hold {
            id: alarm.record.no_hold()?,
            access: waiter.access,
            by: waiter.by,
            taken: waiter.site,
            since: Some(waiter.began),
        };
        let conflict = self.open_with(
            Kind::Stall,
            &alarm.record,
            Holder {
                hold: &given,
                half: waiter.half(),
                beside: None,
            },
            alarm.waiter,
            is_caller,
        );
        let is_over = {
            let mut state = first.state();
            if !state.is_over {
                state.behind.push(conflict.clone());
            }
            state.is_over
        };
        if is_over {
            self.on_first_done(&conflict, Outcome::Acquired);
        }
        Some(conflict)
    }

    /// The waiter to which tokio gave the lock has taken it, or goes on without it.
    fn on_first_done(&self, conflict: &Arc<Conflict>, outcome: Outcome) {
        conflict.note_holder_done(Stamp::now(), outcome, None);
        self.close_if_over(conflict);
    }
}

/// A wait that blocks its thread, and ends if the library refuses it with a panic.
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

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;
    use crate::wire::{Registry, TestRecorder};
    use crate::witness::{LockKind, Recorded, Site};

    #[test]
    fn a_task_that_was_reported_unpolled_has_its_stack_when_it_is_polled() {
        for is_polled_before_its_end in [true, false] {
            let recorder = Arc::new(TestRecorder::default());
            let registry = Arc::new(Registry::new(recorder.clone()));
            let locks = Locks::new(recorder.clone(), registry);
            let lock = Recorded::new(LockKind::EXCLUSIVE, Site::caller());
            let slot = lock.record().exclusive();
            slot.note_taken(Site::caller());
            let wanted = Wanted::alone(lock.record(), Site::caller());
            let wait = locks.set_alarm(wanted, Some(Waker::noop().clone()));
            locks.report_late(&wait.alarm, false);
            if is_polled_before_its_end {
                wait.on_pending(&locks, Waker::noop());
            }
            slot.note_release();
            let outcome = if is_polled_before_its_end {
                Outcome::GaveUp
            } else {
                Outcome::Acquired
            };
            wait.end(&locks, outcome);
            let closed = recorder.closed.lock().unwrap();
            let second = closed[0].second.as_ref().expect("the waiter");
            assert!(second.stack.is_some(), "{closed:?}");
        }
    }
}
