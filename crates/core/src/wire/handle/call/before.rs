//! Before a call: what it may tear, and whether it is to be carried out.

use super::fragmented;
use crate::wire::bytes::{Clip, Cursor, Offered, Tear};
use crate::wire::claim::{Phase, Refusal};
use crate::wire::half::Half;
use crate::wire::handle::Handle;
use crate::wire::judge::{self, Before, Bytes, Open, Turn, WouldTear};

impl Handle {
    /// Looks, before a call that may tear something. `is_first` says that its operation has not written before.
    #[cold]
    #[track_caller]
    pub(super) fn look_before(
        &self,
        cursor: &Cursor,
        offered: &Offered<'_>,
        is_first: bool,
    ) -> Result<Option<Box<Before>>, Refusal> {
        let reading = self.read();
        if let Some(counted) = reading.counted.filter(|_| is_first) {
            self.outgoing().begin_operation_at(counted);
        }
        let (turn, open_frames, may_come_back, suspicion) = {
            let mut record = self.wire().traffic.record();
            let has_open_message = record.unfinished.has_open_message();
            let is_handed_on = |open: &Clip| {
                judge::is_handed_on(open, offered, cursor.is_between_frames(), has_open_message)
            };
            if let Some(begun_by) = record.unfinished.hand_over(self.outgoing(), is_handed_on) {
                begun_by.lose();
                self.outgoing().lose();
            }
            let frames = record.unfinished.frames().iter();
            let open_frames = frames.map(|open| (open.half.handle, open.state)).collect();
            let runner = self.activity().runner();
            let turn = self.position(&record, runner).turn(offered);
            (
                turn,
                open_frames,
                turn == Turn::Abandons && self.may_come_back(&record, runner),
                self.suspicion(&record, turn),
            )
        };
        let before = Before {
            reading,
            own_state: self.outgoing().progress().read().bits(),
            open_frames,
            turn,
            may_come_back,
            suspicion,
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
        match self.refuse_tear(cursor, offered, before) {
            Some(accusation) => Err(self.give_up(accusation, Phase::Lazy)),
            None => Ok(()),
        }
    }

    /// The error of a writer that would tear something, and is kept from it.
    pub(super) fn refuse_tear(
        &self,
        cursor: &Cursor,
        offered: &Offered<'_>,
        before: &Before,
    ) -> Option<Refusal> {
        let mut contest = self.wire().claims.contest();
        let (left, tear) = self.would_tear(&self.bytes(*cursor, offered), before)?;
        // Its half is taken when it enters, and its claim asks whether it has written: it would have.
        let has_written = self.activity().has_written();
        self.activity().note_written();
        let Some(token) = self.claimant().enter(&mut contest) else {
            if !has_written {
                self.activity().note_not_written();
            }
            return None;
        };
        let accusation = self.claimant().accusation(&left);
        contest.tear_left(left, token, tear, self.wire().recorder());
        Some(accusation)
    }

    fn would_tear(&self, bytes: &Bytes<'_>, before: &Before) -> Option<(Half, Tear)> {
        let record = self.wire().traffic.record();
        let frames: Vec<Open<'_>> = record.unfinished.frames().iter().map(Open::of).collect();
        let is_known = !self.wire().traffic.has_lost_handle();
        let message = record.unfinished.message().filter(|_| is_known);
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
