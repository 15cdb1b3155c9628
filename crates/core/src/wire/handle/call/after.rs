//! After a call that is looked at: where it ended, what the rules say of it, and what is told of that.

use super::fragmented;
use crate::settings::Capture;
use crate::wire::bytes::{
    Caller, Clip, Cursor, Cut, Doubt, GapNumber, Intrusion, OpenFrame, OpenMessage, Reading,
    Record, Tear, Torn,
};
use crate::wire::claim::{Contest, Notice, Token};
use crate::wire::half::Half;
use crate::wire::handle::Handle;
use crate::wire::judge::{self, Before, Bytes, Case, Fragmented, InsideOther, Open, Step, Verdict};
use crate::witness::Stack;

/// A call that has come back and is looked at.
pub(super) struct Ended<'c> {
    pub(super) before: Option<Box<Before>>,
    pub(super) bytes: Bytes<'c>,
    /// Where the cursor stands now.
    pub(super) now: Cursor,
    pub(super) accepted: u64,
}

/// What was noted when the call came back, before it was over for others.
struct Noted {
    /// The state of the caller's progress while it was inside.
    state_inside: u64,
    /// The messages that were open before the call, the innermost one last.
    messages: Vec<Fragmented>,
    open_message: Option<u8>,
    message_of_frame: Option<u8>,
    /// The caller's own open frame, if the call went on with something else.
    abandoned: Option<OpenFrame>,
    /// The gaps in torn frames into which the bytes of this call go, too.
    gaps: Vec<GapNumber>,
}

/// What was seen after the call.
struct Seen {
    is_contested: bool,
    intrusions: Vec<Intrusion>,
    after: Option<Reading>,
    /// Of a writer that begins a message of several fragments: taken once a message, however many fragments follow.
    stack: Option<Stack>,
}

/// What is left to do when the locks are given back.
#[derive(Default)]
struct ToTell {
    notices: Vec<Notice>,
    wants_stack: Option<Token>,
}

impl Handle {
    /// Ends a call that is looked at.
    #[cold]
    pub(super) fn end_watched(&self, ended: &Ended<'_>) {
        // Before the call is over for others: one that sees no handle inside must see what is open.
        let noted = self.note_end(ended);
        self.outgoing().progress().end_call(ended.accepted);
        let seen = self.look_after(ended, &noted);
        let to_tell = self.judge(ended, noted, seen);
        self.tell(to_tell);
        if ended.accepted > 0 {
            self.mind_handshakes(ended);
        }
    }

    /// Notes what was open before the call, and whether the call has ended inside a frame.
    fn note_end(&self, ended: &Ended<'_>) -> Noted {
        let traffic = &self.wire().traffic;
        let (handle, accepted) = (self.number(), ended.accepted);
        let mut record = traffic.record();
        let unfinished = &record.unfinished;
        let messages: Vec<_> = unfinished.messages().iter().map(fragmented).collect();
        let mut noted = Noted {
            state_inside: self.outgoing().progress().read().bits(),
            open_message: messages.last().map(|open| open.header.opcode()),
            messages,
            message_of_frame: unfinished
                .frame_of(handle)
                .and_then(|open| open.clip.message),
            abandoned: None,
            gaps: Vec::new(),
        };
        if accepted > 0 {
            noted.gaps = record.gaps_of(handle);
            if ended.before.as_ref().is_some_and(|before| before.abandons) {
                noted.abandoned = record.unfinished.close_frame(handle);
            }
        }
        self.note_frame(&mut record, ended, &noted);
        traffic.note_unfinished(&record);
        noted
    }

    /// Notes whether the call has ended inside a frame.
    fn note_frame(&self, record: &mut Record, ended: &Ended<'_>, noted: &Noted) {
        let (outgoing, accepted) = (self.outgoing(), ended.accepted);
        // As it will be when the call is over.
        let state = outgoing.progress().after_call(accepted).bits();
        let (cursor, offered) = (ended.bytes.cursor, ended.bytes.offered);
        if ended.now.inside().is_none() {
            record.unfinished.close_frame(self.number());
        } else if accepted == 0 && record.unfinished.stays_open(self.number(), state) {
            // It was left by the call before.
        } else if let Some(frame) = cursor.frame_round(offered, Cut::at(accepted)) {
            let message = self.case(ended, noted).message_at(frame);
            let before = outgoing.progress().read().accepted();
            record.unfinished.open_frame(OpenFrame {
                outgoing: outgoing.clone(),
                half: self.activity().half(),
                clip: Clip::new(frame, message, offered, Cut::at(accepted)),
                state,
                starts_at: before.wrapping_add_signed(frame.start),
                may_end: false,
                stamp: None,
                is_abandoned: false,
                is_told: false,
            });
            outgoing.set_has_unfinished(true);
        }
    }

    /// The call as the rules see it, without what is seen after it.
    fn case<'c>(&self, ended: &'c Ended<'_>, noted: &Noted) -> Case<'c> {
        Case {
            bytes: ended.bytes,
            accepted: ended.accepted,
            ends_inside: ended.now.inside().is_some(),
            before: ended.before.as_deref(),
            after: None,
            own_state: self.outgoing().progress().read().bits(),
            has_claim: self.claimant().has_claim(),
            is_contested: false,
            has_seen_data: self.wire().traffic.has_seen_data(),
            open_message: noted.open_message,
            message_of_frame: noted.message_of_frame,
        }
    }

    /// Looks, after a call.
    fn look_after(&self, ended: &Ended<'_>, noted: &Noted) -> Seen {
        let wire = self.wire();
        let is_contested = wire.claims.is_contested();
        let intrusions = if is_contested && self.claimant().has_claim() {
            let mut record = wire.traffic.record();
            record.take_intrusions(self.number(), noted.state_inside)
        } else {
            Vec::new()
        };
        let case = Case {
            is_contested,
            ..self.case(ended, noted)
        };
        let needs_reading = case.needs_reading(&noted.messages, !intrusions.is_empty());
        let captures = case.opens_message() && wire.recorder().capture() != Capture::Site;
        Seen {
            is_contested,
            intrusions,
            after: needs_reading.then(|| self.read()),
            stack: captures.then(|| wire.recorder().capture_stack()),
        }
    }

    /// Has the rules judge, and books what they say.
    fn judge(&self, ended: &Ended<'_>, noted: Noted, seen: Seen) -> ToTell {
        let wire = self.wire();
        let case = Case {
            after: seen.after.as_ref(),
            is_contested: seen.is_contested,
            ..self.case(ended, &noted)
        };
        let mut contest = wire.claims.contest();
        let mut record = wire.traffic.record();
        let mut verdict = {
            let unfinished = &record.unfinished;
            let abandoned = noted.abandoned.iter();
            let frames: Vec<_> = abandoned.chain(unfinished.frames()).map(Open::of).collect();
            let messages: Vec<_> = unfinished.messages().iter().map(fragmented).collect();
            case.judge(&frames, &messages, seen.intrusions)
        };
        let left = self.book_in_record(&mut record, &case, &noted, seen.stack, &mut verdict);
        drop(record);
        if let Some(unwatched) = verdict.unwatched {
            wire.traffic.scale.shift(unwatched);
        }
        if verdict.is_swallowed {
            wire.traffic.scale.shift_back(case.accepted);
        }
        if !seen.is_contested && left.is_empty() {
            return ToTell::default();
        }
        match self.claimant().enter(&mut contest) {
            Some(token) => {
                self.book_in_contest(&mut contest, token, &case, &noted.gaps, left, verdict)
            }
            None => ToTell::default(),
        }
    }

    /// Books what was torn and what is open now. Gives what was torn, with the writer that had left it open.
    fn book_in_record(
        &self,
        record: &mut Record,
        case: &Case<'_>,
        noted: &Noted,
        stack: Option<Stack>,
        verdict: &mut Verdict,
    ) -> Vec<(Half, Tear)> {
        let mut left = Vec::new();
        if case.is_among_open_frames() {
            record
                .unfinished
                .take_over(|open| judge::is_rest(open, case.bytes.offered));
        }
        for torn in std::mem::take(&mut verdict.frames) {
            let is_own = torn.handle == self.number();
            let abandoned = noted.abandoned.as_ref().filter(|_| is_own);
            let Some(open) = abandoned.or_else(|| record.unfinished.frame_of(torn.handle)) else {
                continue;
            };
            let (half, of, state) = (open.half.clone(), open.outgoing.clone(), open.state);
            let mut tear = torn.tear;
            if !is_own && !torn.has_gone_on {
                tear.gap = Some(record.open_gap(self.outgoing(), &of, state));
                record.unfinished.note_told(torn.handle);
            }
            left.push((half, tear));
        }
        for step in std::mem::take(&mut verdict.messages) {
            left.extend(self.book_message(record, case, stack.as_ref(), step));
        }
        let left_open = |before: &&Before| before.has_open_frame_of(case.bytes.handle);
        if verdict.is_swallowed && case.before.filter(left_open).is_none() {
            // No part of it is on the wire.
            record.unfinished.close_frame(self.number());
        } else if case.ends_inside {
            let stamp = case.after.and_then(Reading::stamp);
            record.unfinished.stamp(self.number(), stamp);
        }
        self.wire().traffic.note_unfinished(record);
        left
    }

    /// Books what a data frame does to the message that is open. Gives the tear, if it is one, with the writer that had
    /// left the message open.
    fn book_message(
        &self,
        record: &mut Record,
        case: &Case<'_>,
        stack: Option<&Stack>,
        step: Step,
    ) -> Option<(Half, Tear)> {
        match step {
            Step::Tears(tear) => {
                let half = match tear.torn {
                    Torn::Nothing => record.unfinished.last_message(),
                    _ => record.unfinished.message().map(|open| open.half.clone()),
                };
                return Some((half.unwrap_or_else(|| self.activity().half()), *tear));
            }
            Step::Opens(header) => {
                let mut half = self.activity().half();
                half.stack = half.stack.take().or_else(|| stack.cloned());
                half.name_thread();
                self.outgoing().set_has_unfinished(true);
                let stamp = case.after.and_then(Reading::stamp);
                record.unfinished.open_message(OpenMessage {
                    half,
                    header,
                    stamp,
                });
            }
            Step::Closes => {
                record.unfinished.close_message();
                self.wire().traffic.note_data();
            }
        }
        None
    }

    /// Books what has become of the pairs of this writer.
    fn book_in_contest(
        &self,
        contest: &mut Contest,
        token: Token,
        case: &Case<'_>,
        gaps: &[GapNumber],
        left: Vec<(Half, Tear)>,
        verdict: Verdict,
    ) -> ToTell {
        let recorder = self.wire().recorder();
        let mut to_tell = ToTell::default();
        // What this operation has torn before now has more in it.
        if !gaps.is_empty() {
            let (offered, accepted) = (case.bytes.offered, case.accepted);
            let goes_on = |tear: &Tear| tear.gap.is_some_and(|gap| gaps.contains(&gap));
            contest.add_to_tears(token, goes_on, |tear| tear.inserted.add(offered, accepted));
        }
        for (half, tear) in left {
            contest.tear_left(half, token, tear, recorder);
        }
        match verdict.inside {
            Some(InsideOther::Doubt(doubt)) => contest.doubt_all(token, doubt),
            Some(InsideOther::Intruded { into, cut, place }) => {
                let intrusion = Intrusion {
                    by: token,
                    cut,
                    place,
                    before_watching: case.after.and_then(|after| after.before_watching),
                    inserted: case.inserted(),
                };
                let wants_stack = self.intrude(contest, into, intrusion);
                to_tell.wants_stack = wants_stack.then_some(token);
            }
            None => {}
        }
        if !verdict.intrusions.is_empty() {
            for (by, verdict) in verdict.intrusions {
                match verdict {
                    Ok(tear) => contest.tear_pair(token, by, tear, recorder),
                    Err(doubt) => contest.doubt(token, by, doubt),
                }
            }
            to_tell.notices = contest.settle_intruders(token);
        }
        to_tell
    }

    /// Leaves an intrusion to the writer into whose call it fell. Gives whether the stack of this one is wanted.
    fn intrude(&self, contest: &mut Contest, into: Caller, intrusion: Intrusion) -> bool {
        let wire = self.wire();
        let Some(victim) = contest.writer_through(into.handle) else {
            return false;
        };
        let (by, may_tear) = (intrusion.by, intrusion.cut.to > 0);
        // Under the lock of the contest: the victim settles its pairs after it has taken its intrusions.
        if wire.traffic.record().intrude(into, intrusion) {
            contest.await_victim(by, victim, may_tear, wire.recorder())
        } else {
            contest.doubt(by, victim, Doubt::BothInside);
            false
        }
    }

    /// Tells what has come of a call.
    fn tell(&self, to_tell: ToTell) {
        let wire = self.wire();
        wire.claims.tell(to_tell.notices);
        if let Some(token) = to_tell.wants_stack
            && wire.recorder().capture() != Capture::Site
        {
            let stack = wire.recorder().capture_stack();
            wire.claims.contest().keep_stack(token, stack);
        }
    }
}
