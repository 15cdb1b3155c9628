//! A meeting: two that come together at a lock, the one that holds it and the one that comes.

use super::Locks;
use super::party;
use crate::error::ConcurrentUse;
use crate::report::Kind;
use crate::scope;
use crate::wire::{
    Account, Deadlock, Finding, Half, LockFacts, Outcome, PairKey, Recorder, Socket, Unsettled,
    next_finding,
};
use crate::witness::{
    Act, Hold, Lock, LockKind, LockRecord, Operation, Runner, Site, Stack, Stamp, ThreadId,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::SystemTime;

/// Who comes to a lock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Comer {
    pub(super) operation: Operation,
    pub(super) site: Site,
    pub(super) began: Stamp,
    pub(super) by: Runner,
    /// It stands still until it has the lock. A task that is polled does not: others of its futures may run.
    pub(super) blocks: bool,
}

impl Comer {
    pub(super) fn half(&self) -> Half {
        half(self.operation, self.site, self.by, self.began)
    }
}

/// The holder of a lock, as one side of a finding.
pub(super) fn holder(lock: Lock, hold: &Hold, comer_began: Stamp) -> Half {
    let act = match lock.kind {
        LockKind::Mutex => Act::HoldMutex,
        LockKind::TokioMutex => Act::HoldTokioMutex,
        LockKind::Exclusive => Act::UseExclusive,
    };
    half(
        Operation::new(act, 0),
        hold.taken,
        hold.by,
        hold.since.unwrap_or(comer_began),
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

/// Two that have come together at a lock.
#[derive(Debug)]
pub(crate) struct Meeting {
    pub(super) id: u64,
    key: PairKey,
    account: Arc<Account>,
    is_kept: bool,
    seen: SystemTime,
    pub(super) record: Arc<LockRecord>,
    hold: u64,
    pub(super) comer: Runner,
    pub(super) comer_blocks: bool,
    halves: Mutex<[Half; 2]>,
    pub(super) on: Weak<Locks>,
}

impl Meeting {
    pub(super) fn new(
        kind: Kind,
        record: &Arc<LockRecord>,
        hold: &Hold,
        halves: [Half; 2],
        comer_blocks: bool,
        recorder: &dyn Recorder,
    ) -> Self {
        let [first, second] = &halves;
        let key = PairKey::new(kind, first.side(), second.side());
        let comer = Runner {
            thread: second.thread,
            task: second.task,
        };
        // Somebody in a scope that does not see the comer's has a part in it.
        let scope = scope::of(comer).and_then(|comer| match scope::of(hold.by) {
            Some(holder) => comer.common(&holder),
            None => Some(comer),
        });
        let account = recorder.account(&key, scope.as_ref());
        let is_kept = account.reserve();
        if !is_kept {
            account.add(1);
        }
        Meeting {
            id: next_finding(),
            key,
            account,
            is_kept,
            seen: SystemTime::now(),
            record: record.clone(),
            hold: hold.sequence,
            comer,
            comer_blocks,
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

    /// What the comer says of itself, with its stack.
    pub(super) fn describe_comer(&self, second: Half) {
        self.halves()[1] = second;
    }

    /// Whether that hold of that lock is the one, and has not ended.
    pub(super) fn is_with(&self, record: &LockRecord, hold: u64) -> bool {
        self.record.lock().id == record.lock().id
            && self.hold == hold
            && self.halves()[0].ended.is_none()
    }

    /// Whether all that is still to come of it is what the holder is told of the comer.
    pub(super) fn is_spent(&self) -> bool {
        !self.is_kept && !self.is_waited_in()
    }

    /// Whether the holder is told the same of both.
    pub(super) fn is_like(&self, other: &Meeting) -> bool {
        self.kind() == other.kind() && self.is_with(&other.record, other.hold)
    }

    /// Notes if the holder has left before it could know that somebody had come.
    pub(super) fn look_for_holder(&self) {
        if !self.record.is_held_as(self.hold) {
            self.holder_is_back(Stamp::now(), Outcome::Released, None);
        }
    }

    pub(super) fn holder_is_back(&self, ended: Stamp, outcome: Outcome, stack: Option<Stack>) {
        let first = &mut self.halves()[0];
        if first.ended.is_none() {
            first.ended = Some((ended, outcome));
            first.stack = first.stack.take().or(stack);
        }
    }

    pub(super) fn comer_is_back(&self, ended: Stamp, outcome: Outcome) {
        self.halves()[1].ended = Some((ended, outcome));
    }

    /// The thread on which the holder came in.
    pub(crate) fn holder_thread(&self) -> ThreadId {
        self.halves()[0].thread
    }

    /// Whether the comer still waits.
    pub(super) fn is_waited_in(&self) -> bool {
        self.halves()[1].ended.is_none()
    }

    /// Where the comer waits.
    pub(super) fn comer_half(&self) -> Half {
        self.halves()[1].clone()
    }

    pub(super) fn is_over(&self) -> bool {
        self.halves().iter().all(|half| half.ended.is_some())
    }

    /// It is over, and counts.
    pub(super) fn count(&self) {
        self.account.add(1);
    }

    /// What the comer is told of the two.
    pub(crate) fn accusation(&self) -> ConcurrentUse {
        let [first, second] = &*self.halves();
        let [this, other] = [second, first].map(|half| party(half.operation, half.site));
        ConcurrentUse::new(this, other, self.record.lock().created.call_site())
    }

    /// The finding that it is, with the reason why it will never end, if that is known.
    pub(super) fn finding(&self, deadlock: Option<Deadlock>) -> Finding {
        let [first, second] = self.halves().clone();
        Finding {
            id: self.id,
            key: self.key,
            account: self.account.clone(),
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

impl Unsettled for Meeting {
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
        let round = locks.round(self);
        let mut finding = self.finding(round.as_ref().map(|round| round.tell()));
        if let Some(stuck) = round.as_ref().and_then(|round| round.where_holder_waits()) {
            finding.first.stack = finding.first.stack.or(stuck.stack);
        }
        Some(finding)
    }
}
