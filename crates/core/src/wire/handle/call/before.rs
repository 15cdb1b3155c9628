//! Before a call: what it may tear, and whether it is to be carried out.

use super::fragmented;
use crate::fault::{self, Place};
use crate::wire::bytes::{Clip, Cursor, Offered, Record, Tear, Turns};
use crate::wire::claim::{Phase, Refusal};
use crate::wire::half::Half;
use crate::wire::handle::Handle;
use crate::wire::judge::{self, Before, Bytes, Open, OpenBefore, Turn, WouldTear};

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

    /// As [`look_before`](Self::look_before). Nothing is seen if that fails.
    #[cold]
    #[track_caller]
    pub(super) fn look_contained(
        &self,
        cursor: &Cursor,
        offered: &Offered<'_>,
        call: (u64, bool),
    ) -> Result<Option<Box<Before>>, Refusal> {
        match self.contain(|| self.look_before(cursor, offered, call)) {
            Some(Err(accusation)) => Err(self.give_up(accusation, Phase::Lazy)),
            Some(Ok(before)) => Ok(before),
            None => Ok(None),
        }
    }

    /// Looks, before a call of so many bytes that may tear something. `is_first` says that its operation has not written
    /// before.
    fn look_before(
        &self,
        cursor: &Cursor,
        offered: &Offered<'_>,
        (length, is_first): (u64, bool),
    ) -> Result<Option<Box<Before>>, Refusal> {
        fault::point(Place::Look);
        let first = is_first.then(|| self.read());
        if let Some(counted) = first.and_then(|reading| reading.counted) {
            self.outgoing().begin_operation_at(counted);
        }
        let (turn, open_frames, may_come_back, suspicion, goes_on) = {
            let mut record = self.wire().traffic.record();
            self.go_on_with_others(&mut record, cursor, offered);
            let frames = record.unfinished.frames().iter();
            let open_frames: Vec<_> = frames.map(OpenBefore::of).collect();
            let runner = self.activity().runner();
            let turn = self.position(&record, runner).turn(offered);
            let suspicion = self.suspicion(&record, turn);
            let may_come_back = turn == Turn::Abandons && self.may_come_back(&record, runner);
            let is_alone_in_it = suspicion.is_none() && record.turns().is_none_or(Turns::is_empty);
            // What goes out may belong to another frame of this handle, and then the open one is not gone on with.
            let goes_on = turn == Turn::GoesOn && is_alone_in_it;
            record
                .unfinished
                .expect_end(self.number(), |open| !goes_on || may_end(open, length));
            (turn, open_frames, may_come_back, suspicion, goes_on)
        };
        let is_own = |open: &OpenBefore| open.handle == self.number();
        let goes_on_alone = goes_on && open_frames.iter().all(is_own);
        if goes_on_alone && !self.wire().claims.is_contested() && !self.refuses() {
            return Ok(None);
        }
        let before = Before {
            reading: first.unwrap_or_else(|| self.read()),
            own_state: self.outgoing().progress().read().bits(),
            open_frames,
            turn,
            is_beginning: false,
            begins_message: false,
            may_come_back,
            suspicion,
        };
        if self.refuses() {
            // Under the other policies, a write that would tear something is not carried out.
            let accusation = self.refuse_tear(cursor, offered, &before);
            accusation.map_or(Ok(()), Err)?;
        }
        Ok(Some(Box::new(before)))
    }

    /// Forgets where in its frames the handle is, if it goes on with a frame of another one.
    fn go_on_with_others(&self, record: &mut Record, cursor: &Cursor, offered: &Offered<'_>) {
        let has_open_message = record.unfinished.has_open_message();
        let is_between_frames = cursor.is_between_frames();
        let is_handed_on =
            |open: &Clip| judge::is_handed_on(open, offered, is_between_frames, has_open_message);
        if let Some(begun_by) = record.unfinished.hand_over(self.outgoing(), is_handed_on) {
            begun_by.lose();
            self.outgoing().lose();
        }
        let is_rest = |rest: &[u8]| judge::is_rest(rest, offered);
        if self.outgoing().may_share_frames()
            && is_between_frames
            && record.unfinished.has_left(self.number(), is_rest)
        {
            self.outgoing().lose();
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
