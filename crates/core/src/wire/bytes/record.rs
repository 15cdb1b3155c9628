//! The record of a wire: its handles as far as their bytes go, and what they have left open. Guarded by one lock.

use super::evidence::GapNumber;
use super::handshake::Handshakes;
use super::intrusions::{Intrusion, Intrusions};
use super::outgoing::Outgoing;
use super::reading::{Caller, Retired, Snapshot};
use super::turns::Turns;
use super::unfinished::Unfinished;
use crate::wire::half::Outcome;
use crate::witness::{Stack, Stamp};
use std::sync::Arc;

#[derive(Debug, Default)]
pub(crate) struct Record {
    /// By the index of the handle on its wire.
    handles: Vec<Option<Arc<Outgoing>>>,
    /// The progress of handles that are gone.
    retired: Retired,
    /// What handles have left open on the wire.
    pub(crate) unfinished: Unfinished,
    pub(crate) handshakes: Handshakes,
    // Boxed, because every wire has room for it and hardly any ever has one.
    among_others: Option<Box<AmongOthers>>,
    /// As above.
    turns: Option<Box<Turns>>,
}

/// What is only known of calls while other writers are on the wire.
#[derive(Debug, Default)]
struct AmongOthers {
    intrusions: Intrusions,
    gaps: Vec<Gap>,
    last_gap: GapNumber,
}

/// A frame that was torn between two calls of its writer, by an operation that may go on.
#[derive(Debug)]
struct Gap {
    number: GapNumber,
    /// The handle that has torn it.
    by: u64,
    /// The handle whose frame it is, and its progress between the two calls.
    of: Arc<Outgoing>,
    state: u64,
}

impl Record {
    /// A handle has come, with that index.
    pub(crate) fn admit(&mut self, index: usize, outgoing: Arc<Outgoing>) {
        if index >= self.handles.len() {
            if self.handles.is_empty() {
                // Most wires have one handle.
                self.handles.reserve_exact(index.saturating_add(1));
            }
            self.handles.resize(index.saturating_add(1), None);
        }
        if let Some(place) = self.handles.get_mut(index) {
            *place = Some(outgoing);
        }
    }

    /// A handle goes: with the stack in which it goes, if that is wanted.
    pub(crate) fn dismiss(&mut self, index: usize, dropped: Option<Stack>) {
        let Some(outgoing) = self.handles.get_mut(index).and_then(Option::take) else {
            return;
        };
        outgoing.progress().end_call_if_inside();
        self.retired.add(outgoing.progress().read());
        self.unfinished.dismiss(outgoing.handle(), dropped);
        self.handshakes.end(outgoing.handle());
        self.take_intrusions(outgoing.handle(), 0);
    }

    /// The handle with that index.
    pub(crate) fn handle(&self, index: usize) -> Option<&Arc<Outgoing>> {
        self.handles.get(index)?.as_ref()
    }

    /// The handles on the wire.
    pub(crate) fn handles(&self) -> impl Iterator<Item = &Arc<Outgoing>> {
        self.handles.iter().flatten()
    }

    /// The progress of all handles that are, and what those got accepted that are gone.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut snapshot = self.retired.snapshot();
        for outgoing in self.handles() {
            snapshot.add(caller(outgoing), outgoing.progress().read());
        }
        snapshot
    }

    /// A call fell into this call of another handle. Gives whether it is remembered until that one comes back: not if
    /// it has come back, or if there are too many.
    pub(crate) fn intrude(&mut self, call: Caller, intrusion: Intrusion) -> bool {
        let is_still_inside = self.handles().any(|outgoing| {
            outgoing.handle() == call.handle && outgoing.progress().read().bits() == call.state
        });
        is_still_inside && self.among_others().intrusions.add(call, intrusion)
    }

    /// What fell into the call of that handle that had this state.
    pub(crate) fn take_intrusions(&mut self, handle: u64, state: u64) -> Vec<Intrusion> {
        match &mut self.among_others {
            Some(among_others) => among_others.intrusions.take(handle, state),
            None => Vec::new(),
        }
    }

    fn among_others(&mut self) -> &mut AmongOthers {
        self.among_others.get_or_insert_default()
    }

    /// What writers have left open that use one handle in turn, if any has.
    pub(crate) fn turns(&self) -> Option<&Turns> {
        self.turns.as_deref()
    }

    pub(crate) fn turns_mut(&mut self) -> &mut Turns {
        self.turns.get_or_insert_default()
    }

    /// The same, if any has.
    pub(crate) fn turns_if_any(&mut self) -> Option<&mut Turns> {
        self.turns.as_deref_mut()
    }

    /// Whether something is open that the next call of a handle could tear or finish.
    pub(crate) fn has_open_frame(&self) -> bool {
        !self.unfinished.frames().is_empty()
            || !self.handshakes.is_empty()
            || self.turns().is_some_and(|turns| !turns.is_empty())
    }

    fn gaps(&self) -> &[Gap] {
        self.among_others
            .as_ref()
            .map_or(&[], |among_others| &among_others.gaps)
    }

    /// The operation of the handle `by` has torn the frame of another one. What it adds later in the same operation
    /// goes into the same gap, as long as the frame's writer does not go on. An operation may tear several frames of
    /// one handle, so that each tear has a gap of its own.
    pub(crate) fn open_gap(&mut self, by: &Outgoing, of: &Arc<Outgoing>, state: u64) -> GapNumber {
        by.set_has_unfinished(true);
        let among_others = self.among_others();
        among_others.last_gap = among_others.last_gap.wrapping_add(1);
        let number = among_others.last_gap;
        among_others.gaps.push(Gap {
            number,
            by: by.handle(),
            of: of.clone(),
            state,
        });
        number
    }

    /// The gaps into which the next bytes of the handle `by` go.
    pub(crate) fn gaps_of(&self, by: u64) -> Vec<GapNumber> {
        let open = |gap: &&Gap| gap.by == by && gap.of.progress().read().bits() == gap.state;
        let gaps = self.gaps().iter().filter(open);
        gaps.map(|gap| gap.number).collect()
    }

    /// The operation of a handle comes back that has left something open, or has torn something.
    pub(crate) fn came_back(&mut self, handle: u64, ended: (Stamp, Outcome), stack: Option<Stack>) {
        if let Some(among_others) = &mut self.among_others {
            among_others.gaps.retain(|gap| gap.by != handle);
        }
        if let Some(turns) = &mut self.turns {
            turns.came_back(handle, ended, stack.as_ref());
        }
        self.unfinished.came_back(handle, ended, stack);
    }
}

fn caller(outgoing: &Outgoing) -> impl FnOnce(u64) -> Caller {
    let (handle, offered) = (outgoing.handle(), outgoing.progress().offered());
    move |state| Caller {
        handle,
        state,
        offered,
    }
}
