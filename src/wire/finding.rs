//! What the wire hands out: findings, their halves, and the trait of whoever takes them.

use super::evidence::{Doubt, Tear};
use super::{Account, Socket, Wire};
use crate::report::{Kind, Role};
use crate::settings::{Capture, Policy};
use crate::witness::{Act, Operation, Site, Stack, Stamp, Task, ThreadId, thread_name};
use std::sync::{Arc, Weak};
use std::time::SystemTime;

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
        let sides = if one <= other { [one, other] } else { [other, one] };
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
}

impl Half {
    pub(crate) fn side(&self) -> Side {
        Side { act: self.operation.act(), site: self.site }
    }

    /// Looks the thread's name up, which only works while the thread lives.
    pub(crate) fn name_thread(&mut self) {
        if self.thread_name.is_none() {
            self.thread_name = thread_name(self.thread);
        }
    }
}

/// Two writers of one wire that broke the contract, both of which wrote.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    /// The same number as that of the [`OpenFinding`] before it.
    pub(crate) id: u64,
    pub(crate) key: PairKey,
    pub(crate) account: Arc<Account>,
    pub(crate) wire: u64,
    pub(crate) socket: Socket,
    pub(crate) seen: SystemTime,
    pub(crate) first: Half,
    pub(crate) second: Half,
    /// What was torn, if anything was for certain, and whose it was.
    pub(crate) tear: Option<(Role, Arc<Tear>)>,
    /// What is known of the bytes otherwise.
    pub(crate) doubt: Option<Doubt>,
}

impl Finding {
    /// Which of the two writers have come back.
    pub(crate) fn are_back(&self) -> [bool; 2] {
        [&self.first, &self.second].map(|half| half.ended.is_some())
    }
}

/// A finding of which not both writers have come back yet.
#[derive(Debug)]
pub(crate) struct OpenFinding {
    pub(crate) finding: Finding,
    pub(crate) on: Weak<Wire>,
}

impl OpenFinding {
    /// With what has become of both writers since, if both have written: one that has not may still come to nothing.
    pub(crate) fn as_it_is_now(&self) -> Option<Finding> {
        self.on.upgrade()?.open_finding(self.finding.id)
    }
}

/// Whoever collects findings. Called on the writers' threads, so that nothing here may block for long.
pub(crate) trait Recorder: std::fmt::Debug + Send + Sync {
    fn policy(&self) -> Policy;
    fn capture(&self) -> Capture;
    /// The stack of the calling writer.
    fn capture_stack(&self) -> Stack;
    /// The account of a pair. Asked once per wire and pair.
    fn account(&self, key: &PairKey) -> Arc<Account>;
    /// A finding worth keeping has begun; `closed` or `dismissed` with the same number follows, if ever.
    fn opened(&self, finding: OpenFinding);
    /// Both halves are there.
    fn closed(&self, finding: Finding);
    /// One of the two never wrote, so that nothing happened on the wire.
    fn dismissed(&self, id: u64);
    /// So many calls have ended that overlapped at least one other.
    fn overlapped(&self, calls: u64);
}
