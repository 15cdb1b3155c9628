//! A call to the stream, where what is known of claims and of bytes comes together: look, judge, tell.
//!
//! Nearly every call begins and ends between frames, on a wire on which nothing was left open and that is not contested:
//! then only the handle's progress and its cursor move. Off that path, a call
//!
//! 1. **looks**: takes a reading before and, where a rule needs it, after itself, and notes where it has ended;
//! 2. has the rules **judge** what it has done, once under the lock of the contest and that of the record;
//! 3. **tells**: captures a stack, and hands what has come of it to the recorder. No lock is held meanwhile.

mod after;
mod before;
mod begin;

use crate::settings::Capture;
use crate::wire::bytes::{Content, Cursor, Offered, OpenMessage, Reading, Record};
use crate::wire::claim::Refusal;
use crate::wire::half::Outcome;
use crate::wire::handle::Handle;
use crate::wire::judge::{self, Before, Bytes, Fragmented};
use crate::witness::Stamp;
use after::Ended;

/// A call under way.
#[derive(Debug)]
#[must_use = "the call ends with `end_call`"]
pub(crate) struct Call(Option<Box<Before>>);

impl Handle {
    /// To be called before bytes are offered to the stream.
    #[inline]
    #[track_caller]
    pub(crate) fn begin_call(
        &self,
        cursor: &Cursor,
        offered: &Offered<'_>,
    ) -> Result<Call, Refusal> {
        let is_first = !self.activity().has_written();
        self.before_write()?;
        let before = if self.is_suspicious() {
            self.look_before(cursor, offered, is_first)?
        } else {
            None
        };
        self.outgoing().queue().end();
        self.outgoing().progress().begin_call(offered.len());
        Ok(Call(before))
    }

    /// To be called when the stream came back: with how many bytes it accepted, or none if it failed.
    #[inline]
    pub(crate) fn end_call(
        &self,
        call: Call,
        cursor: &mut Cursor,
        offered: &Offered<'_>,
        accepted: Option<usize>,
    ) {
        let accepted = accepted.unwrap_or(0) as u64;
        // One message, sent by itself: the cursor stays where it is, between frames.
        let is_quiet =
            call.0.is_none() && !self.wire().traffic.has_open_message() && !self.is_suspicious();
        if is_quiet && cursor.is_one_whole_message(offered, accepted) {
            self.outgoing().progress().end_call(accepted);
            self.outgoing().progress().add_messages(1);
            self.wire().traffic.note_data();
        } else {
            self.end_slowly(call, cursor, offered, accepted);
        }
    }

    /// Whether this handle's own frame is open, and these bytes are not the rest of it.
    pub(crate) fn abandons(&self, offered: &Offered<'_>) -> bool {
        self.has_abandoned(&self.wire().traffic.record(), offered)
    }

    fn has_abandoned(&self, record: &Record, offered: &Offered<'_>) -> bool {
        record
            .unfinished
            .frame_of(self.number())
            .is_some_and(|open| !judge::continues(&open.clip, offered))
    }

    fn end_slowly(&self, call: Call, cursor: &mut Cursor, offered: &Offered<'_>, accepted: u64) {
        let (outgoing, traffic) = (self.outgoing(), &self.wire().traffic);
        let Call(before) = call;
        if before
            .as_ref()
            .is_some_and(|before| before.abandons && accepted > 0)
        {
            // These bytes are a new beginning.
            *cursor = Cursor::at_frame();
        }
        if outgoing.is_lost() {
            *cursor = Cursor::lost();
        }
        let began = *cursor;
        let (mut is_plain, mut has_start, mut messages) = (true, false, 0);
        cursor.pass(offered, accepted, |frame| {
            has_start |= frame.header.content() == Content::Start;
            is_plain &= frame.header.is_final() && frame.header.content() != Content::Continuation;
            messages +=
                u64::from(frame.header.is_final() && frame.header.content() != Content::Control);
        });
        outgoing.progress().add_messages(messages);
        let is_quiet = before.is_none() && !self.is_suspicious();
        let is_in_message = has_start && traffic.has_open_message();
        let is_between_frames = cursor.inside().is_none() && began.inside().is_none();
        if is_quiet && is_plain && !is_in_message && is_between_frames {
            outgoing.progress().end_call(accepted);
        } else {
            self.end_watched(&Ended {
                before,
                bytes: self.bytes(began, offered),
                now: *cursor,
                accepted,
            });
        }
        if has_start {
            traffic.note_data();
        }
    }

    fn bytes<'c>(&self, cursor: Cursor, offered: &'c Offered<'c>) -> Bytes<'c> {
        Bytes {
            handle: self.number(),
            is_encrypted: self.outgoing().is_encrypted(),
            cursor,
            offered,
        }
    }

    /// Whether something was left open on the wire that the next bytes could tear, or another writer is on it.
    #[inline]
    fn is_suspicious(&self) -> bool {
        let wire = self.wire();
        wire.traffic.has_open_frame()
            || wire.claims.is_contested()
            || wire.refuses_tears && wire.traffic.has_open_message()
    }

    fn read(&self) -> Reading {
        self.wire().traffic.read(|| self.socket().taken())
    }

    /// The operation comes back in which something was left open or torn: takes the stack that this write has.
    #[cold]
    pub(in crate::wire) fn leave_unfinished(&self, outcome: Outcome) {
        let (wire, handle) = (self.wire(), self.number());
        self.outgoing().set_has_unfinished(false);
        let is_open = wire
            .traffic
            .record()
            .unfinished
            .has_frame_without_end(handle);
        let captures = is_open && wire.recorder().capture() != Capture::Site;
        let stack = captures.then(|| wire.recorder().capture_stack());
        wire.traffic
            .record()
            .came_back(handle, (Stamp::now(), outcome), stack);
    }
}

fn fragmented(open: &OpenMessage) -> Fragmented {
    Fragmented {
        header: open.header,
        stamp: open.stamp,
    }
}
