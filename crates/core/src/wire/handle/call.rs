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
mod book;
mod ended;
mod handshake;
mod turns;

use crate::fault::{self, Place};
use crate::settings::Capture;
use crate::wire::bytes::{Bounds, Content, Cursor, Header, Offered, OpenMessage, Reading};
use crate::wire::claim::{Phase, Refusal};
use crate::wire::half::Outcome;
use crate::wire::handle::{Handle, Wire};
use crate::wire::judge::{self, Before, Bytes, Fragmented, Turn};
use crate::witness::{Operation, Stamp};
use ended::Ended;

pub(super) use turns::given_up_with;

/// A call under way.
#[derive(Debug)]
#[must_use = "the call ends with `end_call`"]
pub(crate) struct Call {
    before: Option<Box<Before>>,
    length: u64,
    /// What it offers is one whole message, and nothing else.
    is_whole: bool,
}

impl Call {
    /// A call of so many bytes that [began quietly](Handle::begins_quietly).
    pub(crate) fn quiet(length: u64) -> Call {
        Call {
            before: None,
            length,
            is_whole: true,
        }
    }

    /// How many of the bytes that it offers are to be passed on to the stream: all, or the first piece of them.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn length(&self) -> u64 {
        self.length
    }
}

impl Handle {
    /// Begins a call that offers one whole message in one piece, where there is nothing to look at. Gives whether it is such a call;
    /// if not, [`begin_call`](Self::begin_call) begins it. It takes the claim only of a handle that is alone on its wire, and so never
    /// refuses.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn begins_quietly(&self, cursor: &Cursor, bytes: &[u8], is_polled: bool) -> bool {
        let (wire, outgoing, activity) = (&**self.wire(), &**self.outgoing(), self.activity());
        let length = bytes.len() as u64;
        let is_quiet = !wire.traffic.has_any_open() && outgoing.queue().has_nothing_left();
        if !is_quiet || !cursor.is_whole_message(bytes) {
            return false;
        }
        let has_claim = match activity.phase() {
            // One that is alone is never held, and so not split.
            Phase::Sole => true,
            Phase::Holding => !is_polled || !activity.has_split(),
            Phase::Noted => self.claims_noted_alone(length < Operation::BRIEF),
            _ => false,
        };
        // Behind the claim: another writer may have come until then.
        if !has_claim || wire.claims.is_contested() || wire.pieces.length(length) < length {
            return false;
        }
        if is_polled {
            activity.note_polled();
        }
        activity.note_written();
        outgoing.queue().end();
        outgoing.progress().begin_call(length);
        true
    }

    /// Takes the claim of the operation that is noted, if this handle has the wire for itself. Gives whether it has taken it.
    #[inline(always)]
    fn claims_noted_alone(&self, is_brief: bool) -> bool {
        let (operation, site) = self.activity().noted();
        self.claimant().begins_alone(operation, site, is_brief)
    }

    /// Ends a call that began quietly, and of which all was accepted. Gives whether there was nothing to look at until now; if not,
    /// [`end_call`](Self::end_call) ends it.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn ends_quietly(&self, length: u64) -> bool {
        let (wire, outgoing) = (&**self.wire(), &**self.outgoing());
        if wire.traffic.has_any_open() || wire.claims.is_contested() {
            return false;
        }
        // The cursor stays where it is, between frames.
        outgoing.progress().end_call(length);
        outgoing.progress().add_messages(1);
        wire.traffic.note_data();
        self.activity().note_data();
        true
    }

    /// To be called before bytes are offered to the stream.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[track_caller]
    pub(crate) fn begin_call(
        &self,
        cursor: &Cursor,
        offered: &Offered<'_>,
    ) -> Result<Call, Refusal> {
        // Once, and not again behind each store.
        let (wire, outgoing) = (&**self.wire(), &**self.outgoing());
        let is_whole = cursor.is_one_whole_message(offered);
        let is_brief = is_whole && offered.len() < Operation::BRIEF;
        let is_first = self.before_write(is_brief && !wire.traffic.has_any_open())?;
        let mut call = Call {
            before: None,
            length: wire.pieces.length(offered.len()),
            is_whole,
        };
        if wire.is_suspicious() {
            self.begin_looked_at(&mut call, cursor, offered, is_first)?;
        }
        outgoing.queue().end();
        outgoing.progress().begin_call(call.length);
        Ok(call)
    }

    /// The same of a call that may tear something, until its bytes are offered.
    #[cold]
    #[track_caller]
    fn begin_looked_at(
        &self,
        call: &mut Call,
        cursor: &Cursor,
        offered: &Offered<'_>,
        is_first: bool,
    ) -> Result<(), Refusal> {
        self.contain(|| self.look_for_overlap());
        call.length = self.wire().pieces.length(offered.len());
        call.before = self.look_contained(cursor, offered, (call.length, is_first))?;
        Ok(())
    }

    /// To be called when the stream came back: with how many bytes it accepted, or none if it failed.
    #[inline(never)]
    pub(crate) fn end_call(
        &self,
        call: Call,
        cursor: &mut Cursor,
        offered: &Offered<'_>,
        accepted: Option<usize>,
    ) {
        let accepted = accepted.unwrap_or(0) as u64;
        let is_quiet = call.is_whole && call.before.is_none() && accepted == offered.len();
        if is_quiet && self.ends_quietly(accepted) {
            return;
        }
        let ended = self.contain(|| self.end_slowly(call.before, cursor, offered, accepted));
        if ended.is_none() {
            *cursor = Cursor::lost();
            self.outgoing().progress().end_call_if_inside();
        }
    }

    fn end_slowly(
        &self,
        before: Option<Box<Before>>,
        cursor: &mut Cursor,
        offered: &Offered<'_>,
        accepted: u64,
    ) {
        fault::point(Place::Judge);
        let (outgoing, traffic) = (self.outgoing(), &self.wire().traffic);
        let left_at = *cursor;
        *cursor = match before.as_ref().filter(|_| accepted > 0).map(|it| it.turn) {
            _ if outgoing.is_lost() => Cursor::lost(),
            // These bytes are a new beginning.
            Some(Turn::Abandons) => cursor.anew(),
            Some(Turn::Resumes { cursor, .. }) => cursor,
            _ => *cursor,
        };
        let began = *cursor;
        let suspicion = before.as_ref().and_then(|before| before.suspicion);
        let is_impossible =
            |header: &Header| suspicion.is_some_and(|masked| judge::is_impossible(header, masked));
        let mut has_impossible = false;
        let (mut is_plain, mut has_start, mut messages) = (true, false, 0_u64);
        let (mut has_data, mut bounds) = (false, Bounds::default());
        cursor.pass(offered, accepted, |frame| {
            bounds.add(&frame.header);
            has_impossible |= is_impossible(&frame.header);
            has_start |= frame.header.content() == Content::Start;
            has_data |= frame.header.content() != Content::Control;
            is_plain &= frame.header.is_final() && frame.header.content() != Content::Continuation;
            let is_last = frame.header.is_final() && frame.header.content() != Content::Control;
            messages = u64::from(is_last).saturating_add(messages);
        });
        outgoing.progress().add_messages(messages);
        if !outgoing.queue().ahead().is_nothing() {
            outgoing.queue().ahead().take(bounds);
        }
        let begun = cursor
            .inside()
            .filter(|inside| !inside.header.is_complete());
        has_impossible |= begun.is_some_and(|inside| is_impossible(&inside.header));
        has_impossible |= suspicion.is_some() && began.is_in_frames() && cursor.is_lost();
        if has_impossible {
            *cursor = Cursor::lost();
        }
        let is_quiet = before.is_none() && !self.wire().is_suspicious();
        let is_in_message = has_start && traffic.has_open_message();
        let is_between_frames = cursor.inside().is_none() && began.inside().is_none();
        if is_quiet && is_plain && !is_in_message && is_between_frames {
            outgoing.progress().end_call(accepted);
        } else {
            let is_corrupt = self.end_watched(&Ended {
                before,
                bytes: self.bytes(began, offered),
                left_at,
                now: *cursor,
                accepted,
                has_impossible,
            });
            if is_corrupt {
                *cursor = Cursor::lost();
            }
        }
        if has_start {
            traffic.note_data();
        }
        if has_data {
            self.activity().note_data();
        }
        if began.is_in_frames() && cursor.is_lost() {
            traffic.note_lost(self.number());
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

    fn read(&self) -> Reading {
        self.wire().traffic.read(|| self.socket().taken())
    }

    /// The operation comes back in which something was left open or torn: takes the stack that this write has.
    #[cold]
    pub(in crate::wire) fn leave_unfinished(&self, outcome: Outcome) {
        let (wire, handle) = (self.wire(), self.number());
        self.outgoing().set_has_unfinished(false);
        let is_open = {
            let record = wire.traffic.record();
            let turns = record.turns();
            record.unfinished.has_frame_without_end(handle)
                || turns.is_some_and(|turns| turns.has_suspect_without_end(handle))
        };
        let captures = is_open && wire.recorder().capture() != Capture::Site;
        let stack = captures.then(|| wire.recorder().capture_stack());
        wire.traffic
            .record()
            .came_back(handle, (Stamp::now(), outcome), stack);
    }
}

impl Wire {
    /// Whether something was left open on the wire that the next bytes could tear, or another writer is on it.
    #[inline(always)]
    fn is_suspicious(&self) -> bool {
        self.claims.is_contested() || self.traffic.has_any_open() && self.may_be_torn()
    }

    /// Whether what is open, if anything is, could be torn by any bytes.
    #[cold]
    fn may_be_torn(&self) -> bool {
        self.traffic.has_open_frame() || self.refuses_tears
    }
}

fn fragmented(open: &OpenMessage) -> Fragmented {
    Fragmented {
        header: open.header,
        stamp: open.stamp,
    }
}
