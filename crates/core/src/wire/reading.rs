//! A reading: who is inside a call to the socket, and how many bytes the socket has taken, at one instant.
//!
//! Both on the same scale: bytes since the wire is watched. So while exactly one handle is inside a call, how much of
//! what it offered is in already is what the socket has taken less what all handles got accepted.

use super::Wire;
use super::counters::Taken;
use super::identity::Socket;
use super::ledger::Entry;
use super::sync::{AtomicU64, Ordering::Relaxed, lock};

/// The ledgers of all handles of a wire, added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// Another number whenever a handle has begun or ended a call.
    pub(crate) state: u64,
    pub(crate) accepted: u64,
    pub(crate) inside: Inside,
}

/// Who is inside a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Inside {
    #[default]
    Nobody,
    One(Caller),
    Several,
}

/// A handle that is inside a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) index: usize,
    /// Its number: an index is given again.
    pub(crate) handle: u64,
    /// The state of its ledger: another one as soon as the call has ended.
    pub(crate) ledger: u64,
    pub(crate) offered: u64,
}

impl Snapshot {
    pub(crate) fn add(&mut self, caller: impl FnOnce(u64) -> Caller, entry: Entry) {
        self.state = self.state.wrapping_add(entry.bits());
        self.accepted = self.accepted.wrapping_add(entry.accepted());
        if entry.is_inside() {
            self.inside = match self.inside {
                Inside::Nobody => Inside::One(caller(entry.bits())),
                _ => Inside::Several,
            };
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    pub(crate) snapshot: Snapshot,
    /// How many bytes the socket had taken at that instant, if it tells.
    pub(crate) taken: Option<u64>,
    /// How many bytes of data the connection had carried before.
    pub(crate) before_watching: Option<u64>,
    /// Whether the socket has counters at all.
    pub(crate) has_counters: bool,
}

impl Reading {
    /// How many bytes are in beyond what was accepted: those of the calls under way.
    pub(crate) fn under_way(&self) -> Option<u64> {
        self.taken?.checked_sub(self.snapshot.accepted)
    }

    /// How many bytes have gone into the socket since it is watched, if nobody is inside a call.
    pub(crate) fn place(&self) -> Option<u64> {
        (self.snapshot.inside == Inside::Nobody)
            .then(|| self.taken.unwrap_or(self.snapshot.accepted))
    }
}

/// Where a wire's scale begins on that of its socket.
#[derive(Debug)]
pub(crate) struct Scale {
    /// `NONE` if the socket has no counters.
    begins: AtomicU64,
}

impl Scale {
    const NONE: u64 = u64::MAX;

    pub(crate) fn of(socket: &Socket) -> Self {
        Scale {
            begins: AtomicU64::new(socket.taken().map_or(Self::NONE, |taken| taken.bytes)),
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

    fn place(&self, taken: Taken) -> (Option<u64>, Option<u64>) {
        let begins = self.begins.load(Relaxed);
        (
            taken.bytes.checked_sub(begins),
            begins.checked_sub(taken.before_data),
        )
    }
}

/// How often a reading is tried while others come and go.
const TRIES: usize = 4;

impl Wire {
    /// Reads through the socket of a handle that is not inside a call.
    pub(crate) fn read(&self, socket: &Socket) -> Reading {
        let mut snapshot = lock(&self.contest).snapshot();
        for _ in 0..TRIES {
            let taken = self.scale.is_known().then(|| socket.taken()).flatten();
            let Some(taken) = taken else { break };
            let again = lock(&self.contest).snapshot();
            if again == snapshot {
                let (taken, before_watching) = self.scale.place(taken);
                return Reading {
                    snapshot,
                    taken,
                    before_watching,
                    has_counters: true,
                };
            }
            snapshot = again;
        }
        Reading {
            snapshot,
            taken: None,
            before_watching: None,
            has_counters: self.scale.is_known(),
        }
    }
}
