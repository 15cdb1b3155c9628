//! Books what the rules say of a call: in the record what is open now, in the contest what was torn.

use super::after::{Left, ToTell};
use super::ended::Noted;
use crate::wire::bytes::{
    Caller, Doubt, GapNumber, Intrusion, OpenMessage, Reading, Record, Tear, Torn,
};
use crate::wire::claim::{Contest, Token};
use crate::wire::half::{Half, Outcome};
use crate::wire::handle::Handle;
use crate::wire::judge::{self, Before, Case, InsideOther, Step, Verdict};
use crate::witness::{Stack, Stamp};

impl Handle {
    /// Books what was torn. Gives the name of the writer whose frame is waited for, if there is one.
    pub(super) fn book_tears(
        &self,
        contest: &mut Contest,
        token: Token,
        left: Vec<Left>,
    ) -> Option<Token> {
        let mut awaited = None;
        for Left {
            half,
            tear,
            is_awaited,
        } in left
        {
            let victim = contest.tear_left(half, token, tear, self.wire().recorder());
            if let Some(victim) = victim.filter(|_| is_awaited) {
                contest.await_rest(victim);
                awaited = Some(victim);
            }
        }
        awaited
    }

    /// Books what was torn and what is open now. Gives what was torn, with the writer that had left it open.
    pub(super) fn book_in_record(
        &self,
        record: &mut Record,
        case: &Case<'_>,
        noted: &Noted,
        stack: Option<Stack>,
        verdict: &mut Verdict,
    ) -> Vec<Left> {
        let mut left = Vec::new();
        if case.is_among_open_frames() {
            let is_rest = |rest: &[u8]| judge::is_rest(rest, case.bytes.offered);
            record.unfinished.take_over(case.accepted, is_rest);
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
            let is_awaited = is_own && case.before.is_some_and(|before| before.may_come_back);
            left.push(Left {
                half,
                tear,
                is_awaited,
            });
        }
        for step in std::mem::take(&mut verdict.messages) {
            left.extend(self.book_message(record, case, noted, stack.as_ref(), step));
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
        noted: &Noted,
        stack: Option<&Stack>,
        step: Step,
    ) -> Option<Left> {
        match step {
            Step::Tears(tear) => {
                let half = match tear.torn {
                    Torn::Nothing => noted.latest_data.clone(),
                    _ => record.unfinished.message().map(|open| open.half.clone()),
                };
                return Some(Left {
                    half: half.unwrap_or_else(|| self.activity().half()),
                    tear: *tear,
                    is_awaited: false,
                });
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
                self.outgoing().set_has_unfinished(true);
                let mut half = self.activity().half();
                half.stack = half.stack.take().or_else(|| stack.cloned());
                record.unfinished.close_message(half);
                self.wire().traffic.note_data();
            }
        }
        None
    }

    /// Who sent the latest data frame on the wire: as it was noted when a message of several fragments ended, or as each handle
    /// remembers it. No backtrace is taken of a write that meets no other.
    pub(super) fn latest_data(&self, contest: &Contest, record: &Record) -> Option<Half> {
        let ended = (
            Stamp::from_bits(self.activity().half().began.to_bits()),
            Outcome::Returned,
        );
        let remembered = contest.latest_data().map(|half| Half {
            // It has come back before this one began, on whatever handle.
            ended: Some(ended),
            ..half
        });
        let mut latest = remembered.max_by_key(|half| half.began.to_bits())?;
        let last = record.unfinished.last_message();
        if let Some(last) = last.filter(|last| last.began.to_bits() >= latest.began.to_bits()) {
            latest = last;
        }
        latest.name_thread();
        Some(latest)
    }

    /// Books what has become of the pairs of this writer.
    pub(super) fn book_in_contest(
        &self,
        contest: &mut Contest,
        token: Token,
        case: &Case<'_>,
        gaps: &[GapNumber],
        verdict: Verdict,
        to_tell: &mut ToTell,
    ) {
        let recorder = self.wire().recorder();
        // What this operation has torn before now has more in it.
        if !gaps.is_empty() {
            let (offered, accepted) = (case.bytes.offered, case.accepted);
            let goes_on = |tear: &Tear| tear.gap.is_some_and(|gap| gaps.contains(&gap));
            contest.add_to_tears(token, goes_on, |tear| tear.inserted.add(offered, accepted));
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
            to_tell.notices.extend(contest.settle_intruders(token));
        }
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
}
