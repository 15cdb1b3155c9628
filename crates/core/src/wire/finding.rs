//! What the wire hands out: findings, and the trait of the recorder that takes them.

pub(crate) use super::bytes::{Backlog, Doubt, Tear, Torn};
use crate::settings::{Capture, Policy};
use crate::wire::half::{Half, Side};
use crate::wire::identity::Socket;
use crate::wire::tally::Tally;
use crate::witness::{Lock, Runner, Stack};
use redhanded_report::{Kind, Role};
use std::any::Any;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

/// What makes two findings the same, before anything is resolved: the unordered pair of (class, call site).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct PairKey {
    pub(crate) kind: Kind,
    pub(crate) sides: [Side; 2],
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

    /// Whether both call sites are known, and are the application's. Otherwise findings with the same key may belong to
    /// several reports, which only their backtraces tell.
    pub(crate) fn is_placed(&self) -> bool {
        self.sides.iter().all(|side| side.site.is_of_application())
    }

    /// The same pair, found to be something else.
    pub(crate) fn of_kind(self, kind: Kind) -> Self {
        PairKey { kind, ..self }
    }
}

/// Two that broke the contract: writers of one wire, or the holder of a lock and the one that comes to it. Or one that queued, and stalls alone.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    /// The same number as that of the [`OpenFinding`] before it.
    pub(crate) id: u64,
    pub(crate) key: PairKey,
    pub(crate) tally: Arc<dyn Tally>,
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
    /// What the holder was doing on a watched connection, for how long.
    pub(crate) doing: Option<Arc<str>>,
    /// The readers that held it beside the one that is named.
    pub(crate) beside: Option<Arc<str>>,
}

/// A round of waits.
#[derive(Debug, Clone)]
pub(crate) struct Deadlock {
    /// Who waits for whom, all round.
    pub(crate) text: Arc<str>,
    /// All of them stand still, with what they hold. A task may have other futures, and a guard may have been sent away.
    pub(crate) is_certain: bool,
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

/// For whom a finding is. The recorder says it, and it alone knows what that means: the engine carries it from the
/// writers to their findings.
#[derive(Debug, Clone, Default)]
pub(crate) struct Audience {
    number: u64,
    who: Option<Arc<dyn Any + Send + Sync>>,
}

impl Audience {
    pub(crate) fn new(number: u64, who: Arc<dyn Any + Send + Sync>) -> Self {
        Audience {
            number,
            who: Some(who),
        }
    }

    /// The same for the same audience, and zero for all.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// What the recorder has put in. `None` for all.
    pub(crate) fn who(&self) -> Option<&Arc<dyn Any + Send + Sync>> {
        self.who.as_ref()
    }
}

/// Knows what becomes of a finding that is open.
pub(crate) trait Unsettled: std::fmt::Debug + Send + Sync {
    /// The finding with what is known by now; `None` if it may still come to nothing, or is closed.
    fn as_it_is_now(&self, finding: u64) -> Option<Finding>;

    /// Whether [`as_it_is_now`](Self::as_it_is_now) gives one. Lists ask several times a second, so that nothing is cloned.
    fn is_open(&self, finding: u64) -> bool;
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

    /// Whether both have written, and not both are back.
    pub(crate) fn is_open(&self) -> bool {
        self.on
            .upgrade()
            .is_some_and(|on| on.is_open(self.finding.id))
    }
}

/// Collects findings. Called on the writers' threads, so that nothing here may block for long.
pub(crate) trait Recorder: std::fmt::Debug + Send + Sync {
    fn policy(&self) -> Policy;
    fn capture(&self) -> Capture;
    /// Whether large writes are cut into pieces on a wire on which two writers have overlapped.
    fn proves(&self) -> bool;
    /// How long a writer may wait for a lock, or leave what it queued; `None` for ever.
    fn stall(&self) -> Option<Duration>;
    /// The stack of the calling writer.
    fn capture_stack(&self) -> Stack;
    /// For whom findings of this writer on that wire are, as far as the writer decides it. Asked when it comes to the
    /// contested wire.
    fn audience_of(&self, wire: u64, writer: Runner) -> Audience;
    /// For whom findings of two such writers are.
    fn audience_of_pair(&self, wire: u64, writers: [&Audience; 2]) -> Audience;
    /// For whom findings of these two at a lock are.
    fn audience_at_lock(&self, waiter: Runner, holder: Runner) -> Audience;
    /// The tally of a pair. Asked once per wire, pair and audience.
    fn tally(&self, key: &PairKey, audience: &Audience) -> Arc<dyn Tally>;
    /// A finding worth keeping has begun; `closed` or `dismissed` with the same number follows, if ever.
    fn opened(&self, finding: OpenFinding);
    /// Both halves are there.
    fn closed(&self, finding: Finding);
    /// One of the two never wrote, so that nothing happened on the wire.
    fn dismissed(&self, id: u64);
    /// So many calls have ended that overlapped at least one other.
    fn overlapped(&self, calls: u64);
    /// A hook has failed, and the wire of this socket is not watched any more. Why, in a few words.
    fn given_up(&self, socket: &Socket, why: &str);
}
