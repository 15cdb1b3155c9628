//! An operation under way: it gives the claim back, however it ends.

use super::Handle;
use crate::wire::claim::{Phase, Refusal};
use crate::wire::half::Outcome;
use crate::witness::{Operation, Site};

/// An operation under way. Ends with [`end`](Self::end), or by unwinding.
#[derive(Debug)]
#[must_use = "the operation ends when this is dropped"]
pub(crate) struct InProgress<'h> {
    handle: &'h Handle,
}

/// Whether an operation has ended by itself.
enum Alone {
    Ended,
    /// Its claim was taken alone, and a second handle came meanwhile.
    Joined,
    No,
}

impl<'h> InProgress<'h> {
    #[inline(always)]
    pub(super) fn of(handle: &'h Handle) -> Self {
        InProgress { handle }
    }

    /// The operation came back.
    ///
    /// # Panics
    /// Under the policy `panic`, if another writer came while this one had the wire.
    #[inline(always)]
    #[track_caller]
    pub(crate) fn end(self, outcome: Outcome) {
        self.end_with(|| outcome);
    }

    /// The same, where the outcome is asked for only if it is told.
    ///
    /// # Panics
    /// As [`end`](Self::end).
    #[inline(always)]
    #[track_caller]
    pub(crate) fn end_with(self, outcome: impl FnOnce() -> Outcome) {
        match self.end_alone() {
            // What the drop would do is done.
            Alone::Ended => std::mem::forget(self),
            Alone::Joined => self.end_joined(outcome()),
            Alone::No => self.end_slowly(outcome()),
        }
    }

    /// Ends an operation that has come to no write, or whose handle is alone on its wire.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn end_alone(&self) -> Alone {
        let (activity, outgoing) = (self.handle.activity(), self.handle.outgoing());
        if activity.is_noted() {
            activity.set_phase(Phase::Idle);
            Alone::Ended
        } else if !activity.is_sole() || outgoing.has_any_at_end() {
            Alone::No
        } else if self.handle.claimant().gives_back_alone() {
            Alone::Ended
        } else {
            Alone::Joined
        }
    }

    #[cold]
    #[track_caller]
    fn end_joined(self, outcome: Outcome) {
        let handle = self.handle;
        let accusation = handle.claimant().give_back_joined(outcome);
        std::mem::forget(self);
        if let Some(accusation) = accusation {
            handle.enforce(accusation);
        }
    }

    #[inline(never)]
    #[track_caller]
    fn end_slowly(self, outcome: Outcome) {
        let handle = self.handle;
        let accusation = handle.give_back(outcome);
        handle.activity().set_phase(Phase::Idle);
        std::mem::forget(self);
        if let Some(accusation) = accusation {
            handle.enforce(accusation);
        }
    }

    /// The operation must not be carried out.
    #[track_caller]
    pub(super) fn refuse(self, refusal: Refusal) -> Refusal {
        self.handle.give_up(refusal, Phase::Idle)
    }
}

impl Drop for InProgress<'_> {
    fn drop(&mut self) {
        // The stack is unwinding through the operation, perhaps out of a call to the stream.
        if self.handle.outgoing().progress().end_call_if_inside() {
            self.handle.expect_unwatched_bytes();
        }
        let _ = self.handle.give_back(Outcome::Panicked);
        self.handle.activity().set_phase(Phase::Idle);
    }
}

impl Handle {
    /// Begins an operation of one call, which comes at once. `is_whole` says that it offers one whole message.
    #[inline(always)]
    pub(crate) fn begin_writing(
        &self,
        operation: Operation,
        site: Site,
        is_whole: bool,
    ) -> InProgress<'_> {
        let is_brief = is_whole && operation.length() < Operation::BRIEF;
        let is_quiet = !self.wire().traffic.has_any_open();
        if is_quiet && self.claimant().begins_alone(operation, site, is_brief) {
            InProgress::of(self)
        } else {
            self.begin_lazily(operation, site)
        }
    }

    /// Gives the claim back, if there is one. Under the policy `panic`, gives what this writer is to panic with.
    #[inline(always)]
    pub(super) fn give_back(&self, outcome: Outcome) -> Option<Refusal> {
        if self.outgoing().has_any_at_end() {
            self.end_unfinished(outcome);
        }
        self.claimant().give_back(outcome)
    }

    #[cold]
    fn end_unfinished(&self, outcome: Outcome) {
        if self.outgoing().has_unfinished() {
            self.contain(|| self.leave_unfinished(outcome));
        }
        if self.outgoing().is_looked_at() {
            self.contain(|| self.prove_writing());
        }
    }

    /// An operation that met others is over. If the socket has taken nothing since it began, it has not written, whatever
    /// its stream says: a stream may swallow bytes.
    #[cold]
    fn prove_writing(&self) {
        let counted = self.socket().taken().map(|taken| taken.bytes);
        if self.outgoing().end_operation_at(counted) {
            self.activity().note_not_written();
        }
    }
}
