//! A reading: who is inside a call to the socket, and how many bytes the socket has taken, at one instant.
//!
//! Both on the same scale: bytes since the wire is watched. So while exactly one handle is inside a call, how much of
//! what it offered is in already is what the socket has taken less what all handles got accepted.

use super::progress::State;
use crate::wire::identity::counters::Taken;
use crate::wire::sync::{AtomicU64, Ordering::Relaxed};

/// The progress of all handles of a wire, added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// Another number whenever a handle has begun or ended a call.
    pub(crate) state: u64,
    pub(crate) accepted: u64,
    pub(crate) inside: Inside,
}

/// The progress of handles that are gone, added up. None of them is inside a call.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Retired {
    state: u64,
    accepted: u64,
}

impl Retired {
    pub(crate) fn add(&mut self, progress: State) {
        self.state = self.state.wrapping_add(progress.bits());
        self.accepted = self.accepted.wrapping_add(progress.accepted());
    }

    /// The snapshot to which those of handles that are there are to be added.
    pub(crate) fn snapshot(self) -> Snapshot {
        Snapshot {
            state: self.state,
            accepted: self.accepted,
            inside: Inside::None,
        }
    }
}

/// Who is inside a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Inside {
    #[default]
    None,
    One(Caller),
    Several,
}

/// A handle that is inside a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) handle: u64,
    /// The state of its progress: another one as soon as the call has ended.
    pub(crate) state: u64,
    /// How many bytes its call has offered.
    pub(crate) offered: u64,
}

impl Snapshot {
    pub(crate) fn add(&mut self, caller: impl FnOnce(u64) -> Caller, progress: State) {
        self.state = self.state.wrapping_add(progress.bits());
        self.accepted = self.accepted.wrapping_add(progress.accepted());
        if progress.is_inside() {
            self.inside = match self.inside {
                Inside::None => Inside::One(caller(progress.bits())),
                _ => Inside::Several,
            };
        }
    }
}

/// How many bytes the socket had taken at some instant, and how many all handles together had got accepted.
pub(crate) type Stamped = (u64, u64);

#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    pub(crate) snapshot: Snapshot,
    /// How many bytes the socket had taken at that instant, if it tells.
    pub(crate) taken: Option<u64>,
    /// The same as the socket counts it. The wire's scale may shift, and this does not.
    pub(crate) counted: Option<u64>,
    /// How many bytes of data the connection had carried before. It may lie below 0, and wraps there.
    pub(crate) before_watching: Option<u64>,
    /// Whether the socket has counters at all.
    pub(crate) has_counters: bool,
    /// Whether all of it is of one instant. Otherwise others came and went all the time.
    pub(crate) is_instant: bool,
}

impl Reading {
    /// How many bytes are in beyond what was accepted: those of the calls under way.
    pub(crate) fn under_way(&self) -> Option<u64> {
        self.taken?.checked_sub(self.snapshot.accepted)
    }

    /// Whether the socket has taken nothing at all from this reading to a later one, for certain.
    pub(crate) fn is_still_at(&self, later: &Reading) -> bool {
        self.counted.is_some() && self.counted == later.counted
    }

    /// What the socket had taken, and what of it was watched, if no handle was inside a call.
    pub(crate) fn stamp(&self) -> Option<Stamped> {
        let is_quiet = self.snapshot.inside == Inside::None;
        self.taken
            .filter(|_| is_quiet)
            .map(|taken| (taken, self.snapshot.accepted))
    }

    /// How many bytes have gone into the socket since it is watched, if no handle is inside a call. Where the socket has counters, only
    /// they tell.
    pub(crate) fn place(&self) -> Option<u64> {
        let is_certain = self.is_instant && self.snapshot.inside == Inside::None;
        let accepted = (!self.has_counters).then_some(self.snapshot.accepted);
        self.taken.or(accepted).filter(|_| is_certain)
    }
}

/// Where a wire's scale begins on that of its socket.
#[derive(Debug)]
pub(crate) struct Scale {
    /// `NONE` if the socket has no counters.
    begins: AtomicU64,
}

impl Scale {
    /// No count comes near it, neither from above nor, counted back from 0, from below.
    const NONE: u64 = 1 << 63;

    /// The scale of a wire whose socket has taken so much so far, if it tells.
    pub(crate) fn new(taken: Option<Taken>) -> Self {
        Scale {
            begins: AtomicU64::new(taken.map_or(Self::NONE, |taken| taken.bytes)),
        }
    }

    /// Whether the socket has counters at all.
    pub(crate) fn is_known(&self) -> bool {
        self.begins.load(Relaxed) != Self::NONE
    }

    /// More went out than was watched: counts it as carried before.
    pub(crate) fn shift(&self, bytes: u64) {
        self.begins.fetch_add(bytes, Relaxed);
    }

    /// So many bytes were accepted and never came to the socket: they do not count as watched.
    pub(crate) fn shift_back(&self, bytes: u64) {
        self.begins.fetch_sub(bytes, Relaxed);
    }

    pub(super) fn place(&self, taken: Taken) -> (Option<u64>, Option<u64>) {
        // It may lie below 0.
        let begins = self.begins.load(Relaxed);
        let since = taken.bytes.wrapping_sub(begins);
        (
            (since < Self::NONE).then_some(since),
            Some(begins.wrapping_sub(taken.before_data)),
        )
    }
}
