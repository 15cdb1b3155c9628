//! Waits that are polled: a task that has waited too long is woken, so that it captures its stack where it waits.
//!
//! A future cannot capture its stack while nobody polls it, and capturing it at every wait would make every wait dear. A
//! waker may be called at any time; the poll that follows finds the lock still taken, and finds that it is late.

use super::meeting::Comer;
use super::{Locks, Meeting, waiting_for};
use crate::report::Kind;
use crate::wire::Outcome;
use crate::witness::{Hold, LockRecord, Runner, Site, Stamp};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

/// A task that is not polled so long after it was woken cannot be: its thread is stuck. It is told without its stack.
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
    comer: Comer,
    since: Instant,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waker: Option<Waker>,
    /// It has waited too long.
    is_late: bool,
    /// Somebody is making a meeting of it, or has.
    is_told: bool,
    meeting: Option<Arc<Meeting>>,
    /// The state of the lock's record in which nobody had it, and since when that was so.
    unheld: Option<(u64, Instant)>,
    /// Of those that wait because the lock was given to this one.
    behind: Vec<Arc<Meeting>>,
    is_over: bool,
}

impl State {
    /// Whether a meeting is to be made, which whoever asks then does.
    fn is_to_be_told(&mut self) -> bool {
        let is_due = self.is_late && !self.is_told && !self.is_over;
        self.is_told |= is_due;
        is_due
    }

    /// Whether nobody has taken the lock for so long, although it was not to be had.
    fn is_long_unheld(&mut self, sequence: u64) -> bool {
        let (known, since) = *self
            .unheld
            .get_or_insert_with(|| (sequence, Instant::now()));
        if known != sequence {
            self.unheld = Some((sequence, Instant::now()));
        }
        known == sequence && since.elapsed() >= POLLED_WITHIN
    }
}

impl Alarm {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Alarms {
    fn set(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Alarm>>> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One wait. Ends with [`end`](Self::end).
#[derive(Debug)]
pub(crate) struct PolledWait {
    id: u64,
    alarm: Arc<Alarm>,
}

impl PolledWait {
    /// It was polled once more, and goes on waiting.
    pub(crate) fn is_pending(&self, locks: &Locks, waker: &Waker) {
        let is_late = {
            let mut state = self.alarm.state();
            if !state
                .waker
                .as_ref()
                .is_some_and(|known| known.will_wake(waker))
            {
                state.waker = Some(waker.clone());
            }
            state.is_to_be_told()
        };
        if is_late {
            locks.tell_late(&self.alarm, true);
        }
    }

    /// It is over.
    pub(crate) fn end(self, locks: &Locks, outcome: Outcome) {
        locks.alarms.set().remove(&self.id);
        let (meeting, behind) = {
            let mut state = self.alarm.state();
            state.is_over = true;
            (state.meeting.take(), std::mem::take(&mut state.behind))
        };
        if let Some(meeting) = meeting {
            locks.comer_is_back(&meeting, outcome);
        }
        for meeting in behind {
            locks.first_is_back(&meeting, outcome);
        }
    }
}

impl Locks {
    /// A task begins to wait: it has been polled, and goes on waiting. `None` if waits may last for ever.
    pub(crate) fn polled_wait(
        &self,
        record: &Arc<LockRecord>,
        site: Site,
        waker: &Waker,
    ) -> Option<PolledWait> {
        self.patience()?;
        Some(self.set_alarm(record, site, Some(waker.clone())))
    }

    /// A thread begins to wait that nobody can wake.
    pub(super) fn blocked_wait(&self, record: &Arc<LockRecord>, site: Site) -> PolledWait {
        self.set_alarm(record, site, None)
    }

    fn set_alarm(&self, record: &Arc<LockRecord>, site: Site, waker: Option<Waker>) -> PolledWait {
        let operation = waiting_for(record.lock().kind);
        let comer = Comer {
            operation,
            site,
            began: Stamp::now(),
            by: Runner::this(),
            blocks: waker.is_none(),
        };
        let state = Mutex::new(State {
            waker,
            ..State::default()
        });
        let alarm = Arc::new(Alarm {
            record: record.clone(),
            comer,
            since: Instant::now(),
            state,
        });
        let id = self.alarms.next.fetch_add(1, Relaxed);
        self.alarms.set().insert(id, alarm.clone());
        PolledWait { id, alarm }
    }

    /// Wakes those that have waited so long.
    pub(super) fn ring(&self, patience: Duration) {
        let late: Vec<Arc<Alarm>> = self
            .alarms
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
                let is_mute =
                    state.waker.is_none() || alarm.since.elapsed() >= patience + POLLED_WITHIN;
                (waker, is_mute && state.is_to_be_told())
            };
            // Outside the lock: a waker is anybody's code.
            if let Some(waker) = waker {
                waker.wake();
            }
            if is_unpolled {
                self.tell_late(&alarm, false);
            }
        }
    }

    fn tell_late(&self, alarm: &Arc<Alarm>, is_comer: bool) {
        let meeting = self.meet(Kind::Stall, &alarm.record, alarm.comer, is_comer);
        let meeting = meeting.or_else(|| self.meet_first_in_line(alarm, is_comer));
        let mut state = alarm.state();
        match meeting {
            // The wait has ended meanwhile.
            Some(meeting) if state.is_over => {
                drop(state);
                self.comer_is_back(&meeting, Outcome::Acquired);
            }
            Some(meeting) => state.meeting = Some(meeting),
            // It was free just now, and may be taken by yet another one.
            None => state.is_told = false,
        }
    }

    /// tokio gives a lock that is let go to the first that waits, whether that one is polled or not. Where it is not, nobody
    /// holds the lock, and nobody gets it.
    fn meet_first_in_line(&self, alarm: &Arc<Alarm>, is_comer: bool) -> Option<Arc<Meeting>> {
        let sequence = alarm.record.unheld_sequence()?;
        if !alarm.state().is_long_unheld(sequence) {
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
        let comer = first.comer;
        let given = Hold {
            sequence,
            by: comer.by,
            taken: comer.site,
            since: Some(comer.began),
        };
        let meeting = self.bring_together(
            Kind::Stall,
            &alarm.record,
            (&given, comer.half()),
            alarm.comer,
            is_comer,
        );
        let is_over = {
            let mut state = first.state();
            if !state.is_over {
                state.behind.push(meeting.clone());
            }
            state.is_over
        };
        if is_over {
            self.first_is_back(&meeting, Outcome::Acquired);
        }
        Some(meeting)
    }

    /// The one that the lock was given to has come for it, or does without.
    fn first_is_back(&self, meeting: &Arc<Meeting>, outcome: Outcome) {
        meeting.holder_is_back(Stamp::now(), outcome, None);
        self.close_if_over(meeting);
    }
}
