//! The hook by which a writer that has just taken its claim may be held, so that another one meets it.
//!
//! The wire says who has come, and knows nothing of the rule. It asks where no other writer has the wire, before the first
//! byte of the claim: a writer that comes meanwhile overlaps this one by the same exchange as ever.

use crate::wire::half::Caller;
use std::fmt::Debug;
use std::time::Duration;

/// Provokes the meetings of writers in a process. Made by the composition root.
pub(crate) trait Provoker: Debug + Send + Sync {
    /// What is to be kept of one wire. Asked when it has as many handles as [`least_handles`](Self::least_handles).
    fn of_wire(&self, wire: u64) -> Box<dyn WireProvoker>;

    /// On wires with fewer handles no question is asked. Fixed for the life of the process.
    fn least_handles(&self) -> usize;
}

/// Provokes the meetings of the writers of one wire. Called on the writers' threads.
pub(crate) trait WireProvoker: Debug + Send + Sync {
    /// A writer has taken its claim. Holds it as long as it is to be held, and gives how long that was.
    fn on_claim(&self, claimed: &Claimed<'_>) -> Duration;

    /// These two have overlapped.
    fn on_met(&self, one: &Caller, other: &Caller);

    /// A handle goes from the wire.
    fn on_gone(&self, handle: u64);
}

/// A writer that has just taken a claim that no other writer contests.
pub(crate) struct Claimed<'c> {
    pub(crate) caller: Caller,
    /// How many handles are on the wire.
    pub(crate) handles: usize,
    /// It writes in a poll, whose thread may have other tasks.
    pub(crate) is_polled: bool,
    /// The operation was held already, at an earlier claim.
    pub(crate) was_held: bool,
    pub(crate) claim: &'c dyn Contestable,
}

/// A claim that another writer may contest.
pub(crate) trait Contestable {
    /// Whether another writer has come.
    fn is_contested(&self) -> bool;
}
