//! The rules: what a call to the stream has done to what others have sent.
//!
//! Pure functions. What was read before and after the call, what is open on the wire, and the call itself go in;
//! verdicts come out. There is no lock here, no atomic, no recorder and no stack.

mod compare;
mod frames;
mod intrusions;
mod messages;
#[cfg(test)]
mod tests;
mod turns;

pub(super) use compare::{is_handed_on, is_rest};
pub(super) use frames::OpenBefore;
pub(super) use messages::{Fragmented, Step};
pub(super) use turns::{LeftAt, Position, Turn, is_impossible};

use super::bytes::{
    Caller, Clip, Content, Cursor, Cut, Doubt, Header, Inserted, Inside, Intrusion, Offered,
    OpenFrame, Reading, Stamped, Tear, Torn,
};
use compare::{is_untouched, tear_between_calls};
use frames::torn_frames;
use redhanded_report::Kind;

/// What was seen before a call that deserves a closer look after it.
#[derive(Debug)]
pub(super) struct Before {
    pub(super) reading: Reading,
    /// The state of the caller's own progress.
    pub(super) own_state: u64,
    /// The frames that were open.
    pub(super) open_frames: Vec<OpenBefore>,
    /// With what of the handle's own the call goes on.
    pub(super) turn: Turn,
    /// Only the operation has begun. What it writes is a frame of its own, and no rest of another one.
    pub(super) is_beginning: bool,
    /// A message begins with what is queued in front of that operation.
    pub(super) begins_message: bool,
    /// The writer of the handle's own frame may come back to it: it is another one than the caller.
    pub(super) may_come_back: bool,
    /// What came into a frame of this handle may be a frame of its own. With whether those are masked, if it is known.
    pub(super) suspicion: Option<Option<bool>>,
}

impl Before {
    /// Whether a frame of this handle was open.
    pub(super) fn has_open_frame_of(&self, handle: u64) -> bool {
        self.open_frames.iter().any(|open| open.handle == handle)
    }
}

/// The bytes of a call, and the handle that offers them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bytes<'c> {
    pub(super) handle: u64,
    pub(super) is_encrypted: bool,
    /// Where the handle's cursor stood before the call.
    pub(super) cursor: Cursor,
    pub(super) offered: &'c Offered<'c>,
}

/// A call that has come back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case<'c> {
    pub(super) bytes: Bytes<'c>,
    pub(super) accepted: u64,
    /// The call ended inside a frame.
    pub(super) ends_inside: bool,
    pub(super) before: Option<&'c Before>,
    /// The reading after the call, where [`needs_reading`](Self::needs_reading) says so.
    pub(super) after: Option<&'c Reading>,
    /// The state of the caller's own progress after the call.
    pub(super) own_state: u64,
    /// The caller has a claim of its own, so that a finding can be told of it.
    pub(super) has_claim: bool,
    /// Other writers are on the wire.
    pub(super) is_contested: bool,
    /// Every data frame since some beginning was seen, so that it is known whether a message is open.
    pub(super) has_seen_data: bool,
    /// The opcode of the message that was open before the call, of whatever writer.
    pub(super) open_message: Option<u8>,
    /// The same of the message to which the frame belongs that was open before the call.
    pub(super) message_of_frame: Option<u8>,
}

/// A frame of which a part is out, as it is when the call is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open<'o> {
    pub(super) handle: u64,
    pub(super) is_encrypted: bool,
    pub(super) clip: &'o Clip,
    /// The state of its handle's progress when it was left open, and now.
    pub(super) state: u64,
    pub(super) state_now: u64,
    /// Which of its handle's frames it is.
    pub(super) starts_at: u64,
    /// A call of its handle is under way with which it may come to its end.
    pub(super) may_end: bool,
    /// How many bytes a call of its handle offers that is under way.
    pub(super) under_way: u64,
    pub(super) stamp: Option<Stamped>,
    pub(super) is_abandoned: bool,
    pub(super) is_told: bool,
    /// The bytes that go on with it, as far as they are known.
    pub(super) rest: &'o [u8],
    /// A part of what was its rest has gone out through other handles.
    pub(super) is_handed_on: bool,
}

/// An intruder, and what it has torn, or what is known otherwise.
pub(super) type JudgedIntrusion = (u64, Result<Tear, Doubt>);

/// What a call has done.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub(super) frames: Vec<TornFrame>,
    pub(super) messages: Vec<Step>,
    pub(super) inside: Option<InsideOther>,
    pub(super) intrusions: Vec<JudgedIntrusion>,
    /// So many bytes went out past every watched handle.
    pub(super) unwatched: Option<u64>,
    /// The stream accepted the bytes, and none of them came to the socket.
    pub(super) is_swallowed: bool,
}

/// A frame that was torn, by the handle that had left it open.
#[derive(Debug)]
pub(super) struct TornFrame {
    pub(super) handle: u64,
    pub(super) tear: Tear,
    /// Its writer has sent more of it meanwhile, or is inside a call that does.
    pub(super) has_gone_on: bool,
}

/// What is known of the call's bytes with respect to other writers that are on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InsideOther {
    Doubt(Doubt),
    /// One other writer was inside its call all through this one. It alone can say where its frames end.
    Intruded {
        into: Caller,
        /// How much of the other's call was in before and after this one.
        cut: Cut,
        /// Where this call's bytes begin on the wire.
        place: Cut,
    },
}

/// What a call would tear if it were carried out.
#[derive(Debug)]
pub(super) enum WouldTear {
    Frame(TornFrame),
    Message(Tear),
}

impl Before {
    /// The handle's own frame is open, and these bytes are not the rest of it.
    pub(super) fn abandons(&self) -> bool {
        self.turn == Turn::Abandons
    }
}

impl<'o> Open<'o> {
    pub(super) fn of(frame: &'o OpenFrame) -> Self {
        let state_now = frame.outgoing.progress().read();
        Open {
            handle: frame.half.handle,
            is_encrypted: frame.outgoing.is_encrypted(),
            clip: &frame.clip,
            state: frame.state,
            state_now: state_now.bits(),
            starts_at: frame.starts_at,
            may_end: frame.may_end,
            under_way: if state_now.is_inside() {
                frame.outgoing.progress().offered()
            } else {
                0
            },
            stamp: frame.stamp,
            is_abandoned: frame.is_abandoned,
            is_told: frame.is_told,
            rest: frame.rest(),
            is_handed_on: frame.handed_on > 0,
        }
    }
}

impl Case<'_> {
    /// Whether the reading after the call is needed. It costs system calls, and most calls that are looked at do
    /// without.
    pub(super) fn needs_reading(&self, open: &[Fragmented], has_intrusions: bool) -> bool {
        let has_sent = self.accepted > 0;
        // A stamp for what this call leaves open.
        let leaves_open = self.ends_inside || has_sent && self.opens_message();
        let is_among_others = self.before.is_some() && self.is_contested;
        leaves_open
            || has_intrusions
            || self.is_among_open_frames()
            || has_sent && (is_among_others || self.has_frame_out_of_place(open))
    }

    /// All rules. `frames` and `messages` are what is open now, the innermost message last; `intrusions` are the calls
    /// of others that fell into this one.
    pub(super) fn judge(
        &self,
        frames: &[Open<'_>],
        messages: &[Fragmented],
        intrusions: Vec<Intrusion>,
    ) -> Verdict {
        let mut verdict = Verdict {
            is_swallowed: self.is_swallowed(),
            ..Verdict::default()
        };
        if self.accepted > 0 && !verdict.is_swallowed {
            verdict.frames = self.torn_frames(frames);
            verdict.messages = self.messages(messages, verdict.frames.is_empty());
            let tears_message = |step: &Step| matches!(step, Step::Tears(_));
            let is_among_writers = self.is_contested
                || !verdict.frames.is_empty()
                || self.has_claim && verdict.messages.iter().any(tears_message);
            verdict.inside = is_among_writers.then(|| self.inside_other()).flatten();
        }
        if !intrusions.is_empty() {
            (verdict.intrusions, verdict.unwatched) = self.intrusions(intrusions);
        }
        verdict
    }

    /// Whether the socket has taken nothing during this call, for certain, though the stream has accepted bytes: it may be
    /// the half of a connection that only reads.
    fn is_swallowed(&self) -> bool {
        let readings = self.before.zip(self.after);
        self.accepted > 0
            && readings.is_some_and(|(before, after)| before.reading.is_still_at(after))
    }

    /// Frames that were open before this call and are where they were after it.
    fn torn_frames(&self, frames: &[Open<'_>]) -> Vec<TornFrame> {
        match self.before {
            Some(before) if self.has_claim && self.is_among_open_frames() => {
                torn_frames(before, &self.bytes, frames, self.place(), &self.inserted())
            }
            _ => Vec::new(),
        }
    }

    /// Whether a frame was open before the call that it may have torn.
    pub(super) fn is_among_open_frames(&self) -> bool {
        self.accepted > 0
            && self.before.is_some()
            && (self.abandons() || !self.is_outside_open_frames())
    }

    /// What is known of the call's bytes, if it was known before that others are on the wire.
    fn inside_other(&self) -> Option<InsideOther> {
        let (before, after) = (&self.before?.reading, self.after?);
        let has_counters = before.has_counters;
        let doubt = match (before.snapshot.inside, after.snapshot.inside) {
            (Inside::One(other), Inside::One(still)) if other == still => {
                match cut_between(before.under_way(), after.under_way()) {
                    None if has_counters => Doubt::BothInside,
                    None => Doubt::NoCounters,
                    Some(cut) if cut.from > other.offered => Doubt::Unwatched,
                    Some(cut) => {
                        // What had gone out before this call, and after it less its own bytes.
                        let from = before.snapshot.accepted.wrapping_add(cut.from);
                        let to = after.snapshot.accepted.wrapping_add(cut.to);
                        let place = Cut {
                            from,
                            to: to.wrapping_sub(self.accepted),
                        };
                        return Some(InsideOther::Intruded {
                            into: other,
                            cut,
                            place,
                        });
                    }
                }
            }
            _ if self.is_undisturbed() && self.is_outside_open_frames() => Doubt::Whole,
            _ if self.is_undisturbed() => Doubt::TornBefore,
            (Inside::Several, _) | (_, Inside::Several) => Doubt::SeveralInside,
            _ if has_counters => Doubt::BothInside,
            _ => Doubt::NoCounters,
        };
        Some(InsideOther::Doubt(doubt))
    }

    /// Whether the call went on with something else than the rest of its own open frame.
    pub(super) fn abandons(&self) -> bool {
        self.accepted > 0 && self.before.is_some_and(Before::abandons)
    }

    /// Whether no frame of another writer was open before the call.
    fn is_outside_open_frames(&self) -> bool {
        let own = self.bytes.handle;
        self.before
            .is_none_or(|before| before.open_frames.iter().all(|open| open.handle == own))
    }

    /// Where the bytes of this call begin: between what had gone out before it, and after it less its own.
    fn place(&self) -> Option<Cut> {
        let before = self.before?.reading.place()?;
        let after = self.after?.place()?.checked_sub(self.accepted)?;
        (before <= after).then_some(Cut {
            from: before,
            to: after,
        })
    }

    pub(super) fn inserted(&self) -> Inserted {
        let header = self.bytes.cursor.next_header(self.bytes.offered);
        Inserted::new(header, self.bytes.offered, 0..self.accepted)
    }

    /// Whether no other handle has called the stream since before this call began.
    fn is_undisturbed(&self) -> bool {
        let (Some(before), Some(after)) = (self.before, self.after) else {
            return false;
        };
        let own_change = self.own_state.wrapping_sub(before.own_state);
        let (before, after) = (before.reading.snapshot, after.snapshot);
        before.inside == Inside::None
            && after.inside == Inside::None
            && after.state == before.state.wrapping_add(own_change)
    }

    /// Whether all bytes on the wire are those of watched handles, as far as the socket tells.
    fn has_only_watched_bytes(&self) -> bool {
        self.after.is_some_and(|after| {
            after
                .under_way()
                .map_or(!after.has_counters, |excess| excess == 0)
        })
    }
}

/// Under the policies `error` and `panic`: what a call would tear if it were carried out.
pub(super) fn would_tear(
    before: &Before,
    bytes: &Bytes<'_>,
    frames: &[Open<'_>],
    message: Option<&Fragmented>,
) -> Option<WouldTear> {
    let header = bytes.cursor.next_header(bytes.offered);
    let inserted = Inserted::new(header, bytes.offered, 0..0);
    let place = before.reading.place().map(Cut::at);
    let torn = torn_frames(before, bytes, frames, place, &inserted);
    if let Some(torn) = torn.into_iter().next() {
        return Some(WouldTear::Frame(torn));
    }
    let is_start = || before.begins_message || begins_inside_message(bytes, header);
    let open = message.filter(|open| is_untouched(open.stamp, &before.reading) && is_start())?;
    let torn = Torn::Message(open.header);
    let reading = &before.reading;
    Some(WouldTear::Message(tear_between_calls(
        Kind::TornMessage,
        reading,
        place,
        torn,
        &inserted,
    )))
}

/// Whether a message begins in a call before the one that is open has ended in it. The first header may be a part of one.
fn begins_inside_message(bytes: &Bytes<'_>, first: Header) -> bool {
    let mut begins = !first.is_empty() && first.content() == Content::Start;
    let (mut cursor, mut is_open) = (bytes.cursor, true);
    cursor.pass(bytes.offered, bytes.offered.len(), |frame| {
        match frame.header.content() {
            Content::Start => begins |= is_open,
            Content::Continuation => is_open &= !frame.header.is_final(),
            Content::Control | Content::Reserved => {}
        }
    });
    begins
}

/// Where in another handle's call the bytes of a call are, if that can be told: what was in before and after it.
fn cut_between(before: Option<u64>, after: Option<u64>) -> Option<Cut> {
    let (from, to) = (before?, after?);
    (from <= to).then_some(Cut { from, to })
}
