//! A conflict: the holder of a lock, and a waiter that wants it meanwhile.

use super::Locks;
use super::party;
use crate::error::ConcurrentUse;
use crate::wire::{
    Deadlock, Finding, Half, LockFacts, Outcome, PairKey, Recorder, Socket, Tally, Unsettled,
    next_finding,
};
use crate::witness::{Hold, Lock, LockRecord, Operation, Runner, Site, Stack, Stamp, ThreadId};
use redhanded_report::Kind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::SystemTime;

/// A thread or task that wants a lock while another one holds it. It waits, or it is refused.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waiter {
    pub(super) operation: Operation,
    pub(super) site: Site,
    pub(super) began: Stamp,
    pub(super) by: Runner,
    /// Its thread runs nothing else until it has the lock. A task that is polled may run its other futures.
    pub(super) blocks: bool,
}

impl Waiter {
    pub(super) fn half(&self) -> Half {
        half(self.operation, self.site, self.by, self.began)
    }
}

/// The holder of a lock, as one side of a finding.
pub(super) fn holder(lock: Lock, hold: &Hold, waiter_began: Stamp) -> Half {
    half(
        Operation::new(lock.kind.holding, 0),
        hold.taken,
        hold.by,
        hold.since.unwrap_or(waiter_began),
    )
}

fn half(operation: Operation, site: Site, by: Runner, began: Stamp) -> Half {
    let mut half = Half {
        handle: 0,
        operation,
        site,
        thread: by.thread,
        thread_name: None,
        task: by.task,
        began,
        ended: None,
        stack: None,
        dropped: None,
        is_queued: false,
    };
    half.name_thread();
    half
}

/// A conflict between one hold of a lock and one waiter.
#[derive(Debug)]
pub(crate) struct Conflict {
    pub(super) id: u64,
    key: PairKey,
    tally: Arc<dyn Tally>,
    is_kept: bool,
    seen: SystemTime,
    pub(super) record: Arc<LockRecord>,
    hold: u64,
    pub(super) waiter: Runner,
    pub(super) waiter_blocks: bool,
    halves: Mutex<[Half; 2]>,
    pub(super) on: Weak<Locks>,
}

impl Conflict {
    pub(super) fn new(
        kind: Kind,
        record: &Arc<LockRecord>,
        hold: &Hold,
        halves: [Half; 2],
        waiter_blocks: bool,
        recorder: &dyn Recorder,
    ) -> Self {
        let [first, second] = &halves;
        let key = PairKey::new(kind, first.side(), second.side());
        let waiter = Runner {
            thread: second.thread,
            task: second.task,
        };
        let tally = recorder.tally(&key, &recorder.audience_at_lock(waiter, hold.by));
        let is_kept = tally.reserve();
        if !is_kept {
            tally.add(1);
        }
        Conflict {
            id: next_finding(),
            key,
            tally,
            is_kept,
            seen: SystemTime::now(),
            record: record.clone(),
            hold: hold.sequence,
            waiter,
            waiter_blocks,
            halves: Mutex::new(halves),
            on: Weak::new(),
        }
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.is_kept
    }

    pub(super) fn kind(&self) -> Kind {
        self.key.kind
    }

    /// Replaces the waiter's side by one with its stack.
    pub(super) fn set_waiter(&self, second: Half) {
        self.halves()[1] = second;
    }

    /// Whether it is about this hold of this lock, and the hold has not ended.
    pub(super) fn is_about(&self, record: &LockRecord, hold: u64) -> bool {
        self.record.lock().id == record.lock().id
            && self.hold == hold
            && self.halves()[0].ended.is_none()
    }

    /// Whether it has no use any more, other than the error that the holder gets.
    pub(super) fn is_spent(&self) -> bool {
        !self.is_kept && !self.has_waiter()
    }

    /// Whether the holder gets the same error from both.
    pub(super) fn is_same_for_holder(&self, other: &Conflict) -> bool {
        self.kind() == other.kind() && self.is_about(&other.record, other.hold)
    }

    /// Notes the end of the hold, if the holder released the lock before it could see the conflict.
    pub(super) fn note_if_released(&self) {
        if !self.record.is_held_as(self.hold) {
            self.note_holder_done(Stamp::now(), Outcome::Released, None);
        }
    }

    pub(super) fn note_holder_done(&self, ended: Stamp, outcome: Outcome, stack: Option<Stack>) {
        let first = &mut self.halves()[0];
        if first.ended.is_none() {
            first.ended = Some((ended, outcome));
            first.stack = first.stack.take().or(stack);
        }
    }

    pub(super) fn note_waiter_done(&self, ended: Stamp, outcome: Outcome) {
        self.halves()[1].ended = Some((ended, outcome));
    }

    /// The thread that took the lock.
    pub(crate) fn holder_thread(&self) -> ThreadId {
        self.halves()[0].thread
    }

    /// Whether the waiter still waits.
    pub(super) fn has_waiter(&self) -> bool {
        self.halves()[1].ended.is_none()
    }

    /// The side of the waiter.
    pub(super) fn waiter_half(&self) -> Half {
        self.halves()[1].clone()
    }

    pub(super) fn is_over(&self) -> bool {
        self.halves().iter().all(|half| half.ended.is_some())
    }

    /// Counts it in its report.
    pub(super) fn count(&self) {
        self.tally.add(1);
    }

    /// The error that the waiter gets. It names both.
    pub(crate) fn accusation(&self) -> ConcurrentUse {
        let [first, second] = &*self.halves();
        let [this, other] = [second, first].map(|half| party(half.operation, half.site));
        ConcurrentUse::new(this, other, self.record.lock().created.call_site())
    }

    /// The finding. `deadlock` is the reason why it will never end, if that is known.
    pub(super) fn finding(&self, deadlock: Option<Deadlock>) -> Finding {
        let [first, second] = self.halves().clone();
        Finding {
            id: self.id,
            key: self.key,
            tally: self.tally.clone(),
            wire: 0,
            socket: Socket::unknown(),
            seen: self.seen,
            first,
            second: Some(second),
            tear: None,
            doubt: None,
            lock: Some(LockFacts {
                lock: self.record.lock(),
                deadlock,
            }),
            backlog: None,
        }
    }

    fn halves(&self) -> MutexGuard<'_, [Half; 2]> {
        self.halves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Unsettled for Conflict {
    fn is_open(&self, _finding: u64) -> bool {
        !self.is_over()
    }

    fn as_it_is_now(&self, _finding: u64) -> Option<Finding> {
        if self.is_over() {
            return None;
        }
        let Some(locks) = self.on.upgrade() else {
            return Some(self.finding(None));
        };
        let cycle = locks.cycle(self);
        let mut finding = self.finding(cycle.as_ref().map(|cycle| cycle.describe()));
        if let Some(stuck) = cycle.as_ref().and_then(|cycle| cycle.where_holder_waits()) {
            finding.first.stack = finding.first.stack.or(stuck.stack);
        }
        Some(finding)
    }
}
