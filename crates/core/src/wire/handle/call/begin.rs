//! Before an operation that is sure to write: what it would tear, asked where the claim is taken.
//!
//! A library that has a message keeps it when a call to its stream is refused, and sends it with the next flush. So what
//! is open on the wire is asked before the library has it.

use crate::settings::Policy;
use crate::wire::bytes::{Cursor, Offered, OpenFrame, Record, Unfinished};
use crate::wire::claim::Refusal;
use crate::wire::handle::Handle;
use crate::wire::judge::{Before, OpenBefore, Turn};
use crate::witness::Operation;
use std::io::IoSlice;

impl Handle {
    /// Whether a second writer is refused.
    #[inline(always)]
    pub(crate) fn refuses(&self) -> bool {
        self.wire().refuses_tears && self.claimant().policy() != Policy::Observe
    }

    /// Under the other policies, an operation that would tear something does not begin. It has the claim.
    #[cold]
    #[track_caller]
    pub(in crate::wire::handle) fn refuse_to_begin(
        &self,
        operation: Operation,
    ) -> Result<(), Refusal> {
        let traffic = &self.wire().traffic;
        if self.refuses() && (traffic.has_open_frame() || traffic.has_open_message()) {
            let refused = self.contain(|| self.refuse_to_begin_tear(operation.first_byte()));
            refused.unwrap_or(Ok(()))?;
        }
        self.queue_ahead(operation);
        Ok(())
    }

    /// The object has a frame of this operation, and sends it before all that comes later.
    pub(in crate::wire) fn queue_ahead(&self, operation: Operation) {
        let ahead = self.outgoing().queue().ahead();
        match operation.first_byte() {
            Some(first) => ahead.add(first),
            None if operation.is_frame() => ahead.add_unknown(),
            None => {}
        }
    }

    #[cold]
    fn refuse_to_begin_tear(&self, first: Option<u8>) -> Result<(), Refusal> {
        let reading = self.read();
        let open_frames = {
            let record = self.wire().traffic.record();
            let is_behind = self.is_behind_own_bytes(&record);
            self.frames_in_the_way(&record.unfinished, is_behind)
        };
        // What is queued in front of it goes out first, and may be the rest of the message.
        let ahead = self.outgoing().queue().ahead();
        let is_known = !self.outgoing().is_lost() && !ahead.may_end_message();
        let begins_message = is_known && ahead.begins_message();
        let first = first.filter(|_| is_known && !begins_message);
        let before = Before {
            reading,
            own_state: self.outgoing().progress().read().bits(),
            open_frames,
            turn: Turn::GoesOn,
            is_beginning: true,
            begins_message,
            may_come_back: false,
            suspicion: None,
        };
        let pieces = [IoSlice::new(first.as_slice())];
        let accusation = self.refuse_tear(&Cursor::at_frame(), &Offered::new(&pieces), &before);
        accusation.map_or(Ok(()), Err)
    }

    /// Whether the rest of a frame of this handle may go out before its next one.
    fn is_behind_own_bytes(&self, record: &Record) -> bool {
        let outgoing = self.outgoing();
        outgoing.is_lost() || record.unfinished.frame_of(self.number()).is_some()
    }

    /// The open frames that any bytes of this handle would tear.
    fn frames_in_the_way(&self, unfinished: &Unfinished, is_behind: bool) -> Vec<OpenBefore> {
        // Of two handles in one stack, such as a library above a tap, both have the same frame open.
        let may_be_own = |of: &OpenFrame| {
            is_behind && (of.outgoing.may_share_frames() || self.outgoing().may_share_frames())
        };
        let frames = unfinished.frames().iter();
        frames
            .filter(|open| open.half.handle != self.number() && !may_be_own(open))
            .map(OpenBefore::of)
            .collect()
    }
}
