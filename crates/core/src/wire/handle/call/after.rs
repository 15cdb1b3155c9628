//! After a call that is looked at: where it ended, what the rules say of it, and what is told of that.

use super::ended::{Ended, Noted};
use super::fragmented;
use super::turns;
use crate::settings::Capture;
use crate::wire::bytes::{Clip, Cut, Intrusion, OpenFrame, Reading, Record, Tear, Torn};
use crate::wire::claim::{Notice, Token};
use crate::wire::half::Half;
use crate::wire::handle::Handle;
use crate::wire::judge::{Case, Open, Step};
use crate::witness::Stack;

/// What was seen after the call.
struct Seen {
    is_contested: bool,
    intrusions: Vec<Intrusion>,
    after: Option<Reading>,
    /// Of a writer that begins or ends a message of several fragments, however many are between.
    stack: Option<Stack>,
}

/// What is left to do when the locks are given back.
#[derive(Default)]
pub(super) struct ToTell {
    pub(super) notices: Vec<Notice>,
    pub(super) wants_stack: Option<Token>,
    /// What went out is no stream of frames any more.
    is_corrupt: bool,
}

/// What was torn, and who had left it open.
pub(super) struct Left {
    pub(super) half: Half,
    pub(super) tear: Tear,
    /// Its writer may come back to it.
    pub(super) is_awaited: bool,
}

impl Handle {
    /// Ends a call that is looked at. Gives whether it is not known any more where in its frames the handle is.
    #[cold]
    pub(super) fn end_watched(&self, ended: &Ended<'_>) -> bool {
        // Before the call is over for others: one that sees no handle inside must see what is open.
        let mut noted = self.note_end(ended);
        let settled = std::mem::take(&mut noted.settled);
        self.outgoing().progress().end_call(ended.accepted);
        let seen = self.look_after(ended, &noted);
        let to_tell = self.judge(ended, noted, seen);
        let is_corrupt = to_tell.is_corrupt;
        self.tell(to_tell);
        self.settle(settled);
        if ended.accepted > 0 {
            self.mind_handshakes(ended);
        }
        is_corrupt
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
            settled: Vec::new(),
            latest_data: None,
            gaps: Vec::new(),
        };
        if accepted > 0 {
            noted.gaps = record.gaps_of(handle);
            self.note_turn(&mut record, ended, &mut noted);
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
                handed_on: 0,
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
        let captures = case.bounds_message() && wire.recorder().capture() != Capture::Site;
        Seen {
            is_contested,
            intrusions,
            after: needs_reading.then(|| self.read()),
            stack: captures.then(|| wire.recorder().capture_stack()),
        }
    }

    /// Has the rules judge, and books what they say.
    fn judge(&self, ended: &Ended<'_>, mut noted: Noted, seen: Seen) -> ToTell {
        let wire = self.wire();
        let mut contest = wire.claims.contest();
        let case = Case {
            after: seen.after.as_ref(),
            // What is open by now may have been begun by a writer that came since it was looked at, behind this call's bytes.
            is_contested: seen.is_contested || wire.claims.is_contested(),
            ..self.case(ended, &noted)
        };
        let mut record = wire.traffic.record();
        let mut verdict = {
            let unfinished = &record.unfinished;
            let abandoned = noted.abandoned.iter();
            let frames: Vec<_> = abandoned.chain(unfinished.frames()).map(Open::of).collect();
            let messages: Vec<_> = unfinished.messages().iter().map(fragmented).collect();
            case.judge(&frames, &messages, seen.intrusions)
        };
        let nothing =
            |step: &Step| matches!(step, Step::Tears(tear) if matches!(tear.torn, Torn::Nothing));
        if verdict.messages.iter().any(nothing) {
            noted.latest_data = self.latest_data(&contest, &record);
        }
        let convicted = self.convict(&mut record, ended, &mut verdict);
        let mut left = self.book_in_record(&mut record, &case, &noted, seen.stack, &mut verdict);
        drop(record);
        if let Some(unwatched) = verdict.unwatched {
            wire.traffic.scale.shift(unwatched);
        }
        if verdict.is_swallowed {
            wire.traffic.scale.shift_back(case.accepted);
        }
        let mut to_tell = ToTell {
            is_corrupt: convicted.as_ref().is_some_and(|(_, is_lost)| *is_lost),
            ..ToTell::default()
        };
        if let Some((suspect, _)) = convicted {
            let (half, newcomer) = (suspect.first, suspect.newcomer);
            let tear = turns::tear(suspect.clip, &newcomer);
            if self.is_under_way(&newcomer.half) {
                left.push(Left {
                    half,
                    tear,
                    is_awaited: false,
                });
            } else {
                let recorder = wire.recorder();
                to_tell.notices = contest.tear_between(half, newcomer.half, tear, recorder);
            }
        }
        let mut awaited_as = None;
        if (seen.is_contested || !left.is_empty())
            && let Some(token) = self.claimant().enter(&mut contest)
        {
            awaited_as = self.book_tears(&mut contest, token, left);
            self.book_in_contest(
                &mut contest,
                token,
                &case,
                &noted.gaps,
                verdict,
                &mut to_tell,
            );
        }
        if let Some(open) = noted.abandoned.take() {
            to_tell
                .notices
                .extend(self.leave(&mut contest, open, ended.left_at, awaited_as));
        }
        to_tell
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
