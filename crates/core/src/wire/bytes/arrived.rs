//! Whether all that was offered to a wire has arrived, and when the peer was last heard.

use super::outgoing::Outgoing;
use super::progress::State;
use super::reading::Scale;
use super::traffic::Traffic;
use crate::wire::identity::counters::Taken;
use crate::witness::Stamp;
use std::sync::Arc;
// std's under loom, too: whoever depends on what was read was told of it by the one that has read it.
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// When bytes of the peer were read last, by any handle of a wire.
#[derive(Debug, Default)]
pub(super) struct LastRead(AtomicU64);

/// How often a reading is tried while others come and go.
const TRIES: usize = 4;

/// The calls of the handles of a wire at one instant.
#[derive(Debug, Default, PartialEq, Eq)]
struct Calls {
    /// How many bytes all handles got accepted, also those that are gone.
    accepted: u64,
    /// How many bytes the calls under way have offered.
    offered: u64,
    /// Each handle, its state, and the state as it is when its call under way has come back with all its bytes.
    states: Vec<(u64, State, State)>,
}

/// The calls of a handle, of which all that they offered has arrived.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) outgoing: Arc<Outgoing>,
    pub(crate) state: State,
    /// The state as it is when the call under way is over.
    pub(crate) end: State,
}

impl Calls {
    fn add(&mut self, handle: u64, state: State, offered: u64) {
        let mut end = state;
        if state.is_inside() {
            self.offered = self.offered.wrapping_add(offered);
            end = state.after(offered);
        }
        self.states.push((handle, state, end));
    }

    /// Whether the socket has taken all that was offered, as far as it tells.
    fn are_in(&self, taken: Option<Taken>, scale: &Scale) -> bool {
        if !scale.is_known() {
            return true;
        }
        let since_watched = taken.and_then(|taken| scale.place(taken).0);
        since_watched == Some(self.accepted.wrapping_add(self.offered))
    }
}

impl Traffic {
    /// Bytes of the peer were read at that time.
    #[inline]
    pub(crate) fn note_read_at(&self, at: Stamp) {
        self.last_read.0.store(at.to_bits(), Relaxed);
    }

    /// When bytes of the peer were read last, if any were.
    pub(crate) fn last_read(&self) -> Option<Stamp> {
        let bits = self.last_read.0.load(Relaxed);
        (bits != 0).then_some(Stamp::from_bits(bits))
    }

    /// The calls of each handle, if all that was offered has arrived at one instant. `queued`
    /// tells how many bytes the peer has not acknowledged. What a call has offered that has not come to the socket yet is only known where
    /// the socket counts what it takes; elsewhere the calls count as carried out.
    pub(crate) fn all_arrived(
        &self,
        taken: impl Fn() -> Option<Taken>,
        queued: impl Fn() -> Option<u64>,
    ) -> Option<Vec<Arrived>> {
        let (mut calls, mut handles) = self.calls();
        for _ in 0..TRIES {
            let taken = self.scale.is_known().then(&taken).flatten();
            // Behind the other: what was in by then has arrived.
            let has_arrived = queued() == Some(0);
            let (again, handles_again) = self.calls();
            if again == calls {
                let is_all = has_arrived && calls.are_in(taken, &self.scale);
                let all = handles.into_iter().zip(calls.states);
                let arrived = all.map(|(outgoing, (_, state, end))| Arrived {
                    outgoing,
                    state,
                    end,
                });
                return is_all.then(|| arrived.collect());
            }
            (calls, handles) = (again, handles_again);
        }
        None
    }

    /// The calls of the handles now, and the handles.
    fn calls(&self) -> (Calls, Vec<Arc<Outgoing>>) {
        let record = self.record();
        let mut calls = Calls {
            accepted: record.snapshot().accepted,
            ..Calls::default()
        };
        for outgoing in record.handles() {
            let state = outgoing.progress().read();
            calls.add(outgoing.handle(), state, outgoing.progress().offered());
        }
        (calls, record.handles().cloned().collect())
    }
}

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;
    use crate::wire::bytes::progress::Progress;

    fn taken(bytes: u64) -> Option<Taken> {
        Some(Taken {
            bytes,
            before_data: 0,
        })
    }

    /// One handle that got five bytes accepted, and one inside a call of seven.
    fn calls() -> (Calls, u64) {
        let (one, other) = (Progress::new(), Progress::new());
        one.begin_call(5);
        one.end_call(5);
        other.begin_call(7);
        let mut calls = Calls {
            accepted: 5,
            ..Calls::default()
        };
        calls.add(1, one.read(), one.offered());
        calls.add(2, other.read(), other.offered());
        let inside = other.read();
        other.end_call(7);
        assert_ne!(inside, other.read());
        let ends = [(1, one.read(), one.read()), (2, inside, other.read())];
        assert_eq!(calls.states, ends);
        (calls, 100)
    }

    #[test]
    fn calls_are_in_when_the_socket_has_taken_what_they_offer_and_no_more() {
        let (calls, begins) = calls();
        let scale = Scale::new(taken(begins));
        for (bytes, are_in) in [(105, false), (111, false), (112, true), (113, false)] {
            assert_eq!(calls.are_in(taken(bytes), &scale), are_in, "{bytes}");
        }
        assert!(!calls.are_in(None, &scale));
        // A socket that does not count.
        assert!(calls.are_in(None, &Scale::new(None)));
    }

    #[test]
    fn nothing_has_arrived_for_certain_that_is_not_acknowledged() {
        let traffic = Traffic::new(None);
        for (queued, has_arrived) in [(Some(0), true), (Some(1), false), (None, false)] {
            let arrived = traffic.all_arrived(|| None, || queued);
            assert_eq!(arrived.is_some(), has_arrived, "{queued:?}");
        }
    }
}
