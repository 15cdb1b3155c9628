//! What the wire hands out: findings, their halves, and the trait of whoever takes them.

use super::evidence::{Doubt, Tear};
use super::{Account, Socket};
use crate::report::{Kind, Role};
use crate::scope::Scope;
use crate::settings::{Capture, Policy};
use crate::witness::{
    Act, Lock, Operation, Runner, Site, Stack, Stamp, Task, ThreadId, thread_name,
};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

/// What makes two findings the same, before anything is resolved: the unordered pair of (class, call site).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PairKey {
    pub(crate) kind: Kind,
    pub(crate) sides: [Side; 2],
}

/// A writer as far as a fingerprint tells writers apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Side {
    pub(crate) act: Act,
    pub(crate) site: Site,
}

impl PairKey {
    pub(crate) fn new(kind: Kind, one: Side, other: Side) -> Self {
        let sides = if one <= other {
            [one, other]
        } else {
            [other, one]
        };
        PairKey { kind, sides }
    }

    /// Whether both call sites are known. Otherwise findings with the same key may belong to several reports, which only
    /// their backtraces tell.
    pub(crate) fn is_placed(&self) -> bool {
        self.sides.iter().all(|side| side.site.is_known())
    }

    /// The same pair, found to be something else.
    pub(crate) fn of_kind(self, kind: Kind) -> Self {
        PairKey { kind, ..self }
    }
}

/// How a writer came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Returned,
    /// A poll that is to be tried again.
    Pending,
    /// It returned with a part of its frame on the wire.
    Unfinished,
    Failed,
    Refused,
    Panicked,
    /// A lock was let go.
    Released,
    /// A lock was got after all.
    Acquired,
    /// A wait for a lock was dropped.
    GaveUp,
    /// What was queued has been written after all, or somebody has tried.
    Flushed,
    /// What was queued is gone with its object.
    Dropped,
}

/// One side of a finding, told by the writer itself.
#[derive(Debug, Clone)]
pub(crate) struct Half {
    pub(crate) handle: u64,
    pub(crate) operation: Operation,
    pub(crate) site: Site,
    pub(crate) thread: ThreadId,
    pub(crate) thread_name: Option<Arc<str>>,
    /// As far as it is known without a stack, which has it for certain.
    pub(crate) task: Option<Task>,
    pub(crate) began: Stamp,
    /// `None` while the writer has not come back.
    pub(crate) ended: Option<(Stamp, Outcome)>,
    pub(crate) stack: Option<Stack>,
    /// Where its handle was dropped inside a frame, if it was.
    pub(crate) dropped: Option<Stack>,
    /// It is about what was queued, and not about a call that has the wire.
    pub(crate) is_queued: bool,
}

impl Half {
    pub(crate) fn runner(&self) -> Runner {
        Runner {
            thread: self.thread,
            task: self.task,
        }
    }

    pub(crate) fn side(&self) -> Side {
        Side {
            act: self.operation.act(),
            site: self.site,
        }
    }

    /// Looks the thread's name up, which only works while the thread lives.
    pub(crate) fn name_thread(&mut self) {
        if self.thread_name.is_none() {
            self.thread_name = thread_name(self.thread);
        }
    }
}

/// Two that broke the contract: writers of one wire, or whoever met at a lock. Or one that queued, and stalls alone.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    /// The same number as that of the [`OpenFinding`] before it.
    pub(crate) id: u64,
    pub(crate) key: PairKey,
    pub(crate) account: Arc<Account>,
    /// Zero where it is not about a wire.
    pub(crate) wire: u64,
    pub(crate) socket: Socket,
    pub(crate) seen: SystemTime,
    pub(crate) first: Half,
    pub(crate) second: Option<Half>,
    /// What was torn, if anything was for certain, and whose it was.
    pub(crate) tear: Option<(Role, Arc<Tear>)>,
    /// What is known of the bytes otherwise.
    pub(crate) doubt: Option<Doubt>,
    /// The lock that it is about, if it is about one.
    pub(crate) lock: Option<LockFacts>,
    /// What was queued and not written, if it is about that.
    pub(crate) backlog: Option<Backlog>,
}

/// What is known of the lock at which two have met.
#[derive(Debug, Clone)]
pub(crate) struct LockFacts {
    pub(crate) lock: Lock,
    /// Why the wait will never end, if that is known.
    pub(crate) deadlock: Option<Deadlock>,
}

/// A round of waits.
#[derive(Debug, Clone)]
pub(crate) struct Deadlock {
    /// Who waits for whom, all round.
    pub(crate) text: Arc<str>,
    /// All of them stand still, with what they hold. A task may have other futures, and a guard may have been sent away.
    pub(crate) is_certain: bool,
}

/// What is queued in an object, and nobody has tried to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Backlog {
    pub(crate) messages: u64,
    /// Of payload.
    pub(crate) bytes: u64,
}

impl Finding {
    /// Those that it names, the first one first.
    pub(crate) fn halves(&self) -> impl Iterator<Item = &Half> {
        std::iter::once(&self.first).chain(&self.second)
    }

    /// Which of the two writers have come back.
    pub(crate) fn are_back(&self) -> [bool; 2] {
        [Some(&self.first), self.second.as_ref()]
            .map(|half| half.is_none_or(|half| half.ended.is_some()))
    }

    /// Why it will never end, if that is known.
    pub(crate) fn deadlock(&self) -> Option<&Deadlock> {
        self.lock.as_ref()?.deadlock.as_ref()
    }
}

/// A number for the next finding.
pub(crate) fn next_finding() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Relaxed)
}

/// Whatever knows what becomes of a finding that is open.
pub(crate) trait Unsettled: std::fmt::Debug + Send + Sync {
    /// The finding with what is known by now; `None` if it may still come to nothing, or is closed.
    fn as_it_is_now(&self, finding: u64) -> Option<Finding>;
}

/// A finding of which not both writers have come back yet.
#[derive(Debug)]
pub(crate) struct OpenFinding {
    pub(crate) finding: Finding,
    pub(crate) on: Weak<dyn Unsettled>,
}

impl OpenFinding {
    /// With what has become of both writers since, if both have written: one that has not may still come to nothing.
    pub(crate) fn as_it_is_now(&self) -> Option<Finding> {
        self.on.upgrade()?.as_it_is_now(self.finding.id)
    }
}

/// Whoever collects findings. Called on the writers' threads, so that nothing here may block for long.
pub(crate) trait Recorder: std::fmt::Debug + Send + Sync {
    fn policy(&self) -> Policy;
    fn capture(&self) -> Capture;
    /// How long a writer may wait for a lock, or leave what it queued; `None` for ever.
    fn stall(&self) -> Option<Duration>;
    /// The stack of the calling writer.
    fn capture_stack(&self) -> Stack;
    /// The account of a pair, on a wire or at a lock that belongs to a scope or to none. Asked once per wire and pair, and
    /// again when the wire belongs to another scope.
    fn account(&self, key: &PairKey, scope: Option<&Arc<Scope>>) -> Arc<Account>;
    /// A finding worth keeping has begun; `closed` or `dismissed` with the same number follows, if ever.
    fn opened(&self, finding: OpenFinding);
    /// Both halves are there.
    fn closed(&self, finding: Finding);
    /// One of the two never wrote, so that nothing happened on the wire.
    fn dismissed(&self, id: u64);
    /// So many calls have ended that overlapped at least one other.
    fn overlapped(&self, calls: u64);
}
