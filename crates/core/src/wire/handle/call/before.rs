//! Before a call: what it may tear, and whether it is to be carried out.

use super::fragmented;
use crate::wire::bytes::{Clip, Cursor, Offered, Tear};
use crate::wire::claim::{Phase, Refusal};
use crate::wire::half::Half;
use crate::wire::handle::Handle;
use crate::wire::judge::{self, Before, Bytes, Open, OpenBefore, WouldTear};

/// Whether the rest of a frame may be out when a call of so many bytes has come back.
fn may_end(open: &Clip, length: u64) -> bool {
    !open.header.is_complete() || open.header.frame_size().saturating_sub(open.cut.to) <= length
}

impl Handle {
    /// Two writers are on the wire: from now on large calls are cut into pieces.
    #[cold]
    pub(super) fn look_for_overlap(&self) {
        let (pieces, claims) = (&self.wire().pieces, &self.wire().claims);
        if pieces.await_overlap() && claims.is_contested() && claims.contest().has_overlap() {
            pieces.note_overlap();
        }
    }

    /// Looks, before a call of so many bytes that may tear something. `is_first` says that its operation has not written
    /// before.
    #[cold]
    #[track_caller]
    pub(super) fn look_before(
        &self,
        cursor: &Cursor,
        offered: &Offered<'_>,
        (length, is_first): (u64, bool),
    ) -> Result<Option<Box<Before>>, Refusal> {
        let first = is_first.then(|| self.read());
        if let Some(counted) = first.and_then(|reading| reading.counted) {
            self.outgoing().begin_operation_at(counted);
        }
        let (abandons, open_frames) = {
            let mut record = self.wire().traffic.record();
            let has_open_message = record.unfinished.has_open_message();
            let is_handed_on = |open: &Clip| {
                judge::is_handed_on(open, offered, cursor.is_between_frames(), has_open_message)
            };
            if let Some(begun_by) = record.unfinished.hand_over(self.outgoing(), is_handed_on) {
                begun_by.lose();
                self.outgoing().lose();
            }
            let abandons = self.has_abandoned(&record, offered);
            let frames = record.unfinished.frames().iter();
            let open_frames: Vec<_> = frames.map(OpenBefore::of).collect();
            record
                .unfinished
                .expect_end(self.number(), |open| abandons || may_end(open, length));
            (abandons, open_frames)
        };
        let is_own = |open: &OpenBefore| open.handle == self.number();
        let goes_on_alone = !abandons && open_frames.iter().all(is_own);
        if goes_on_alone && !self.wire().claims.is_contested() && !self.wire().refuses_tears {
            return Ok(None);
        }
        let before = Before {
            reading: first.unwrap_or_else(|| self.read()),
            own_state: self.outgoing().progress().read().bits(),
            open_frames,
            abandons,
        };
        if self.wire().refuses_tears {
            self.refuse_to_tear(cursor, offered, &before)?;
        }
        Ok(Some(Box::new(before)))
    }

    /// Under the other policies, a write that would tear something is not carried out.
    #[track_caller]
    fn refuse_to_tear(
        &self,
        cursor: &Cursor,
        offered: &Offered<'_>,
        before: &Before,
    ) -> Result<(), Refusal> {
        let accusation = {
            let mut contest = self.wire().claims.contest();
            let Some((left, tear)) = self.would_tear(&self.bytes(*cursor, offered), before) else {
                return Ok(());
            };
            let Some(token) = self.claimant().enter(&mut contest) else {
                return Ok(());
            };
            let accusation = self.claimant().accusation(&left);
            contest.tear_left(left, token, tear, self.wire().recorder());
            accusation
        };
        Err(self.give_up(accusation, Phase::Lazy))
    }

    fn would_tear(&self, bytes: &Bytes<'_>, before: &Before) -> Option<(Half, Tear)> {
        let record = self.wire().traffic.record();
        let frames: Vec<Open<'_>> = record.unfinished.frames().iter().map(Open::of).collect();
        let message = record.unfinished.message();
        let fragmented = message.map(fragmented);
        match judge::would_tear(before, bytes, &frames, fragmented.as_ref())? {
            WouldTear::Frame(torn) => {
                let open = record.unfinished.frame_of(torn.handle)?;
                Some((open.half.clone(), torn.tear))
            }
            WouldTear::Message(tear) => Some((message?.half.clone(), tear)),
        }
    }
}
