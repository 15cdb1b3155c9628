//! A conflict: the holder of a lock, and a waiter that wants it meanwhile.

// The halves are an array of two, which the lint does not see through the lock's guard.
#![cfg_attr(not(test), allow(clippy::indexing_slicing))]

use super::Locks;
use super::party;
use crate::error::ConcurrentUse;
use crate::wire::{
    Deadlock, Finding, Half, LockFacts, Outcome, PairKey, Recorder, Registry, Socket, Tally,
    UnderWay, Unsettled, next_finding,
};
use crate::witness::{
    Access, Hold, HoldId, Lock, LockKind, LockRecord, Operation, Runner, Site, Stack, Stamp,
    ThreadId,
};
use redhanded_report::Kind;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, SystemTime};

/// A thread or task that wants a lock while another one holds it. It waits, or it is refused.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waiter {
    pub(super) operation: Operation,
    pub(super) access: Access,
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

/// A holder of a lock, as a conflict names it.
pub(super) struct Holder<'h> {
    pub(super) hold: &'h Hold,
    pub(super) half: Half,
    /// The other readers that hold the lock, in words.
    pub(super) beside: Option<Arc<str>>,
}

/// Which of the holders of a lock a waiter waits for the most: its own hold, which no other can end, or else the oldest.
/// `None` if there is no holder.
pub(super) fn most_at_fault(kind: LockKind, holds: &[Hold], waiter: Runner) -> Option<usize> {
    let age = |hold: &Hold| {
        hold.since
            .map_or(f64::MIN, |since| Stamp::now().micros_since(since))
    };
    let rank = |hold: &Hold| (hold.is_of(kind, waiter), age(hold));
    let ranked = holds.iter().map(rank).enumerate();
    let most = ranked.reduce(|most, next| if next.1 > most.1 { next } else { most });
    most.map(|(index, _)| index)
}

/// The holder of a lock, as one side of a finding.
pub(super) fn holder(lock: Lock, hold: &Hold, waiter_began: Stamp) -> Half {
    half(
        Operation::new(lock.kind.holding(hold.access), 0),
        hold.taken,
        hold.by,
        hold.since.unwrap_or(waiter_began),
    )
}

fn half(operation: Operation, site: Site, by: Runner, began: Stamp) -> Half {
    let mut half = Half {
        handle: 0,
        made: None,
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
        held: Duration::ZERO,
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
    hold: HoldId,
    pub(super) waiter: Runner,
    pub(super) waiter_blocks: bool,
    pub(super) access: Access,
    holder: Runner,
    /// The readers that held it beside the one that is named.
    beside: Option<Arc<str>>,
    /// What the holder was doing on a wire when it was last looked at.
    doing: Mutex<Option<UnderWay>>,
    /// Another conflict reports the deadlock that this one is part of.
    is_told_by_other: AtomicBool,
    halves: Mutex<[Half; 2]>,
    pub(super) on: Weak<Locks>,
}

impl Conflict {
    pub(super) fn new(
        kind: Kind,
        record: &Arc<LockRecord>,
        Holder {
            hold,
            half: first,
            beside,
        }: Holder<'_>,
        waiter: &Waiter,
        recorder: &dyn Recorder,
    ) -> Self {
        let second = waiter.half();
        let key = PairKey::new(kind, first.side(), second.side());
        let tally = recorder.tally(&key, &recorder.audience_at_lock(waiter.by, hold.by));
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
            hold: hold.id,
            waiter: waiter.by,
            waiter_blocks: waiter.blocks,
            access: waiter.access,
            holder: hold.by,
            beside,
            doing: Mutex::default(),
            is_told_by_other: AtomicBool::new(false),
            halves: Mutex::new([first, second]),
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

    /// Whether the waiter's stack is wanted, and is not known.
    #[cfg(any(feature = "tokio", feature = "parking_lot"))]
    pub(super) fn lacks_stack_of_waiter(&self) -> bool {
        self.is_kept && self.halves()[1].stack.is_none()
    }

    #[cfg(any(feature = "tokio", feature = "parking_lot"))]
    pub(super) fn set_stack_of_waiter(&self, stack: Stack) {
        self.halves()[1].stack = Some(stack);
    }

    /// Whether it is about this hold of this lock, and the hold has not ended.
    pub(super) fn is_about(&self, record: &LockRecord, hold: HoldId) -> bool {
        self.record.lock().id == record.lock().id
            && self.hold == hold
            && self.halves()[0].ended.is_none()
    }

    /// Notes what the holder does on a wire, as long as it has the lock.
    pub(super) fn look_at_holder(&self, registry: &Registry) {
        if self.kind() != Kind::Stall || self.halves()[0].ended.is_some() {
            return;
        }
        if let Some(under_way) = registry.under_way(self.holder) {
            *self.doing() = Some(under_way);
        }
    }

    fn doing(&self) -> MutexGuard<'_, Option<UnderWay>> {
        self.doing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves the report to another conflict. `false` if it was left to it before.
    pub(super) fn leave_to_other(&self) -> bool {
        let was_told = self.is_told_by_other.swap(true, Relaxed);
        if !was_told {
            self.tally.give_back();
        }
        !was_told
    }

    pub(super) fn is_told_by_other(&self) -> bool {
        self.is_told_by_other.load(Relaxed)
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
        ConcurrentUse::new(this, other, self.record.lock().created.outside_std())
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
                doing: self.doing().as_ref().map(|doing| doing.to_string().into()),
                beside: self.beside.clone(),
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
        !self.is_over() && !self.is_told_by_other()
    }

    fn as_it_is_now(&self, _finding: u64) -> Option<Finding> {
        if self.is_over() {
            return None;
        }
        let Some(locks) = self.on.upgrade() else {
            return Some(self.finding(None));
        };
        if locks.leave_to_teller(self) {
            return None;
        }
        if self.doing().is_none() {
            self.look_at_holder(&locks.registry);
        }
        let cycle = locks.cycle(self);
        let mut finding = self.finding(cycle.as_ref().map(|cycle| cycle.describe()));
        if let Some(stuck) = cycle.and_then(|cycle| cycle.where_holder_waits(self.hold)) {
            finding.first.stack = finding.first.stack.or(stuck.stack);
        }
        Some(finding)
    }
}
