//! The hook by which a writer that has just taken its claim may be held, so that another one meets it.
//!
//! The wire says who has come, and knows nothing of the rule. It asks where no other writer has the wire, before the first
//! byte of the claim: a writer that comes meanwhile overlaps this one by the same exchange as ever.

use crate::wire::half::{Caller, Side};
use std::fmt::Debug;
use std::task::Waker;
use std::time::{Duration, Instant};

/// Provokes the meetings of writers in a process. Made by the composition root.
pub(crate) trait Provoker: Debug + Send + Sync {
    /// What is to be kept of one wire. Asked when it has as many handles as [`least_handles`](Self::least_handles).
    fn of_wire(&self, wire: u64) -> Box<dyn WireProvoker>;

    /// On wires that never had so many handles at once no question is asked. Fixed for the life of the process.
    fn least_handles(&self) -> usize;
}

/// Provokes the meetings of the writers of one wire. Called on the writers' threads.
pub(crate) trait WireProvoker: Debug + Send + Sync {
    /// A writer has taken its claim. Holds it as long as it is to be held, and gives what has come of it.
    fn on_claim(&self, claimed: &Claimed<'_>) -> Provoked;

    /// Wakes a task whose write goes on at that time.
    #[cfg_attr(not(any(feature = "futures-io", feature = "tokio")), allow(dead_code))] // Only polls go on later.
    fn wake_at(&self, at: Instant, waker: &Waker);

    /// There is a finding of these two.
    fn on_found(&self, one: &Caller, other: &Caller);

    /// A handle goes from the wire.
    fn on_gone(&self, handle: u64);

    /// Those that came close on this wire, for a person who looks from aside.
    fn near_misses(&self) -> Vec<NearMiss>;
}

/// What has come of a writer that has taken its claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Provoked {
    No,
    /// It was held so long.
    Held(Duration),
    /// It is to hand on a part of its frame, and the rest so much later.
    Split(Duration),
}

/// Two call sites that came close on one wire. No finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NearMiss {
    pub(crate) sides: [Side; 2],
    /// The shortest time between the two.
    pub(crate) nearest: Duration,
    /// How often they came close.
    pub(crate) count: u64,
}

/// A writer that has just taken a claim that no other writer contests.
pub(crate) struct Claimed<'c> {
    pub(crate) caller: Caller,
    /// How many handles are on the wire.
    pub(crate) handles: usize,
    /// There were others once, or are.
    pub(crate) had_others: bool,
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
