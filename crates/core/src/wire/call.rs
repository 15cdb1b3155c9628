//! A call to the stream: what is looked at before it, and whether a closer look is due after it.
//!
//! Nearly every call begins and ends between frames, on a wire on which nobody left anything open and that nobody
//! contests: then only the ledger and the cursor move. Everything else is off that path, in `examine`.

use super::contest::Contest;
use super::cursor::{Content, Cursor, Header};
use super::evidence::{Clip, Cut, Inserted, Proof, Tear, Torn};
use super::examine::Examined;
use super::finding::Half;
use super::handle::{Handle, Refusal};
use super::offered::Offered;
use super::reading::{Inside, Reading};
use super::slot::{Phase, Slot};
use super::sync::lock;
use super::unfinished::OpenFrame;
use crate::report::Kind;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// A call under way.
#[derive(Debug)]
#[must_use = "the call ends with `end_call`"]
pub(crate) struct Call(Option<Box<Suspicion>>);

/// What was seen before a call that deserves a closer look after it.
#[derive(Debug)]
pub(super) struct Suspicion {
    pub(super) before: Reading,
    pub(super) own_ledger: u64,
    /// The frames that were open: by handle, and the state of its ledger.
    pub(super) open_frames: Vec<(u64, u64)>,
    /// The handle's own frame is open, and these bytes are not the rest of it.
    pub(super) abandons: bool,
}

/// A writer that left something open, and how it was torn.
pub(super) type Found = (Arc<Slot>, Half, Tear);

impl Handle {
    /// To be called before bytes are offered to the stream.
    #[inline]
    #[track_caller]
    pub(crate) fn begin_call(
        &self,
        cursor: &Cursor,
        offered: &Offered<'_>,
    ) -> Result<Call, Refusal> {
        self.before_write()?;
        let suspicion = if self.is_suspicious() {
            self.suspect(cursor, offered)?
        } else {
            None
        };
        self.slot().queue().end();
        self.slot().ledger().begin_call(offered.len());
        Ok(Call(suspicion))
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
        let is_quiet = call.0.is_none()
            && !self.wire().has_open_message.load(Relaxed)
            && !self.is_suspicious();
        if is_quiet && cursor.is_one_whole_message(offered, accepted) {
            self.slot().ledger().end_call(accepted);
            self.slot().ledger().add_messages(1);
            self.note_data();
        } else {
            self.end_slowly(call, cursor, offered, accepted);
        }
    }

    /// Whether this handle's own frame is open, and these bytes are not the rest of it.
    pub(crate) fn abandons(&self, offered: &Offered<'_>) -> bool {
        let contest = lock(&self.wire().contest);
        contest
            .unfinished
            .frame_of(self.slot())
            .is_some_and(|open| !continues(&open.clip, offered))
    }

    fn end_slowly(&self, call: Call, cursor: &mut Cursor, offered: &Offered<'_>, accepted: u64) {
        if call
            .0
            .as_ref()
            .is_some_and(|suspicion| suspicion.abandons && accepted > 0)
        {
            // These bytes are a new beginning.
            *cursor = Cursor::at_frame();
        }
        if self.slot().is_lost() {
            *cursor = Cursor::lost();
        }
        let before = *cursor;
        let (mut is_plain, mut has_start, mut messages) = (true, false, 0);
        cursor.pass(offered, accepted, |frame| {
            has_start |= frame.header.content() == Content::Start;
            is_plain &= frame.header.is_final() && frame.header.content() != Content::Continuation;
            messages +=
                u64::from(frame.header.is_final() && frame.header.content() != Content::Control);
        });
        self.slot().ledger().add_messages(messages);
        let is_quiet = call.0.is_none() && !self.is_suspicious();
        let is_in_message = has_start && self.wire().has_open_message.load(Relaxed);
        if is_quiet
            && is_plain
            && !is_in_message
            && cursor.inside().is_none()
            && before.inside().is_none()
        {
            self.slot().ledger().end_call(accepted);
        } else {
            self.examine(&Examined::new(
                self, call.0, before, *cursor, offered, accepted,
            ));
        }
        if has_start {
            self.note_data();
        }
    }

    /// From now on it is known whether a message is open.
    #[inline]
    pub(super) fn note_data(&self) {
        let has_seen_data = &self.wire().has_seen_data;
        if !has_seen_data.load(Relaxed) {
            has_seen_data.store(true, Relaxed);
        }
    }

    /// Whether somebody left something open on the wire that the next bytes could tear, or another writer is on it.
    #[inline]
    fn is_suspicious(&self) -> bool {
        let wire = self.wire();
        wire.has_open_frame.load(Relaxed)
            || wire.word.is_contested()
            || wire.refuses_tears && wire.has_open_message.load(Relaxed)
    }

    #[cold]
    #[track_caller]
    fn suspect(
        &self,
        cursor: &Cursor,
        offered: &Offered<'_>,
    ) -> Result<Option<Box<Suspicion>>, Refusal> {
        let wire = self.wire();
        let before = wire.read(self.socket());
        let (abandons, open_frames) = {
            let mut contest = lock(&wire.contest);
            let begins_none = cursor.is_between_frames()
                && !begins(offered, contest.unfinished.has_open_message());
            let is_handed_on = |open: &Clip| {
                // Or it goes on with a frame of which the other had no more.
                offered.len() > 0
                    && (is_rest(open, offered) || begins_none && open.after.is_empty())
            };
            if let Some(begun_by) = contest.unfinished.hand_over(self.slot(), is_handed_on) {
                begun_by.lose();
                self.slot().lose();
            }
            let frames = contest.unfinished.frames().iter();
            let abandons = contest
                .unfinished
                .frame_of(self.slot())
                .is_some_and(|open| !continues(&open.clip, offered));
            (
                abandons,
                frames
                    .map(|open| (open.slot.handle(), open.ledger))
                    .collect(),
            )
        };
        let own_ledger = self.slot().ledger().read().bits();
        let suspicion = Suspicion {
            before,
            own_ledger,
            open_frames,
            abandons,
        };
        if wire.refuses_tears {
            self.refuse_to_tear(cursor, offered, &suspicion)?;
        }
        Ok(Some(Box::new(suspicion)))
    }

    /// Under the other policies, a write that would tear something is not carried out.
    #[track_caller]
    fn refuse_to_tear(
        &self,
        cursor: &Cursor,
        offered: &Offered<'_>,
        seen: &Suspicion,
    ) -> Result<(), Refusal> {
        let header = cursor.next_header(offered);
        let inserted = Inserted::new(header, offered, 0..0);
        let place = seen.before.place().map(Cut::at);
        let would = {
            let contest = lock(&self.wire().contest);
            self.torn_frames(&contest, seen, offered, place, &inserted)
                .into_iter()
                .next()
                .or_else(|| {
                    let is_start = !header.is_empty() && header.content() == Content::Start;
                    is_start
                        .then(|| torn_message(&contest, &seen.before, place, &inserted))
                        .flatten()
                })
        };
        let Some((slot, left, tear)) = would else {
            return Ok(());
        };
        let Some(token) = self.enter_contest() else {
            return Ok(());
        };
        let accusation = self.accusation(&left);
        lock(&self.wire().contest).tear_left(&slot, left, token, tear, &*self.wire().recorder);
        Err(self.give_up(accusation, Phase::Lazy))
    }

    /// What this handle's bytes tear of the frames that were open before and are still where they were.
    pub(super) fn torn_frames(
        &self,
        contest: &Contest,
        seen: &Suspicion,
        offered: &Offered<'_>,
        place: Option<Cut>,
        inserted: &Inserted,
    ) -> Vec<Found> {
        let is_torn = |open: &&OpenFrame| {
            let is_own = Arc::ptr_eq(&open.slot, self.slot());
            let is_where_it_was = open.slot.ledger().read().bits() == open.ledger;
            // However it comes to have them, whoever offers the rest of a frame finishes it.
            let is_finished = open.is_abandoned && is_rest(&open.clip, offered);
            let is_torn = if is_own {
                seen.abandons
            } else {
                is_where_it_was && !is_finished
            };
            let was_open = seen
                .open_frames
                .contains(&(open.slot.handle(), open.ledger));
            is_torn && was_open && !open.is_told && is_untouched(open.taken, &seen.before)
        };
        let tear = |open: &OpenFrame| {
            let is_abandoned = open.is_abandoned || Arc::ptr_eq(&open.slot, self.slot());
            let kind = if is_abandoned {
                Kind::AbandonedWrite
            } else {
                Kind::TornFrame
            };
            let torn = Torn::Frame(open.clip.clone());
            let gap = Some((open.slot.clone(), open.ledger));
            let is_encrypted = open.slot.is_encrypted() || self.slot().is_encrypted();
            let tear = Tear {
                gap,
                is_encrypted,
                ..tear_between_calls(kind, &seen.before, place, torn, inserted)
            };
            (open.slot.clone(), open.half.clone(), tear)
        };
        contest
            .unfinished
            .frames()
            .iter()
            .filter(is_torn)
            .map(tear)
            .collect()
    }
}

/// What a data frame tears if a message is open.
fn torn_message(
    contest: &Contest,
    before: &Reading,
    place: Option<Cut>,
    inserted: &Inserted,
) -> Option<Found> {
    let open = contest
        .unfinished
        .message()
        .filter(|open| is_untouched(open.taken, before))?;
    let tear = tear_between_calls(
        Kind::TornMessage,
        before,
        place,
        Torn::Message(open.header),
        inserted,
    );
    Some((open.slot.clone(), open.half.clone(), tear))
}

pub(super) fn tear_between_calls(
    kind: Kind,
    reading: &Reading,
    place: Option<Cut>,
    torn: Torn,
    inserted: &Inserted,
) -> Tear {
    Tear {
        kind,
        proof: Proof::Calls,
        place,
        before_watching: reading.before_watching,
        torn,
        inserted: inserted.clone(),
        is_one_of_several: false,
        is_encrypted: false,
        gap: None,
    }
}

/// Whether the bytes offered are the rest of a frame of which a part is out, as far as it was kept.
pub(super) fn is_rest(open: &Clip, offered: &Offered<'_>) -> bool {
    !open.after.is_empty()
        && open
            .after
            .starts_with(&offered.copy(0..open.after.len() as u64))
}

/// Whether a strict writer could begin a frame with the bytes offered: none continues a message where none is open.
fn begins(offered: &Offered<'_>, has_open_message: bool) -> bool {
    let next = offered.copy(0..Header::MAX as u64);
    let is_out_of_place =
        || !has_open_message && Header::read([&next[..]]).content() == Content::Continuation;
    Header::is_plausible(&next, None) && !is_out_of_place()
}

/// Whether the bytes offered may be the rest of a frame of which a part is out: they are, or they begin no frame.
fn continues(open: &Clip, offered: &Offered<'_>) -> bool {
    let next = offered.copy(0..open.after.len() as u64);
    open.after.starts_with(&next) || !Header::is_plausible(&next, open.header.is_masked())
}

/// Whether nothing but watched bytes has gone out between a stamp and a reading, as far as the socket tells.
///
/// Either may be the earlier one: a writer takes its stamp after its call, and by then another may have taken its reading.
/// So the two are compared by how far the socket was ahead of the watched bytes, never by their counts.
pub(super) fn is_untouched(stamp: Option<(u64, u64)>, reading: &Reading) -> bool {
    let (Some(stamp), Some(taken)) = (stamp, reading.taken) else {
        return !reading.has_counters;
    };
    let ahead = |(taken, accepted): (u64, u64)| i128::from(taken) - i128::from(accepted);
    let more = ahead((taken, reading.snapshot.accepted)) - ahead(stamp);
    match reading.snapshot.inside {
        Inside::Nobody => more == 0,
        Inside::One(caller) => (0..=i128::from(caller.offered)).contains(&more),
        Inside::Several => more >= 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::reading::{Caller, Snapshot};

    #[test]
    fn a_wire_is_untouched_where_the_socket_is_as_far_ahead_as_those_inside_can_have_put_it() {
        let inside = Inside::One(Caller {
            index: 0,
            handle: 1,
            ledger: 0,
            offered: 10,
        });
        // What was accepted and what was taken, in the stamp and in the reading; who is inside; the answer.
        let rows = [
            ("nothing has happened", (5, 5), (5, 5), Inside::Nobody, true),
            (
                "watched bytes have gone out",
                (5, 5),
                (9, 9),
                Inside::Nobody,
                true,
            ),
            (
                "others have gone out, too",
                (5, 5),
                (9, 10),
                Inside::Nobody,
                false,
            ),
            (
                "the stamp is the later one",
                (9, 9),
                (5, 5),
                Inside::Nobody,
                true,
            ),
            (
                "the stamp is the later one, and others went out before it",
                (9, 10),
                (5, 5),
                Inside::Nobody,
                false,
            ),
            ("a part of a call is in", (5, 5), (5, 12), inside, true),
            ("all of a call is in", (5, 5), (5, 15), inside, true),
            ("more than a call is in", (5, 5), (5, 16), inside, false),
            (
                "the stamp is later, and had the call's end",
                (25, 25),
                (15, 18),
                inside,
                true,
            ),
            (
                "the stamp is later, and others went out before it",
                (25, 29),
                (15, 18),
                inside,
                false,
            ),
            (
                "several are inside",
                (5, 5),
                (5, 500),
                Inside::Several,
                true,
            ),
            (
                "the stamp is later, and several were inside",
                (50, 50),
                (5, 7),
                Inside::Several,
                true,
            ),
            (
                "several are inside, and bytes are missing",
                (5, 9),
                (5, 7),
                Inside::Several,
                false,
            ),
            (
                "the stamp is the greatest there is",
                (u64::MAX, u64::MAX),
                (0, 0),
                inside,
                true,
            ),
        ];
        for (name, stamp, (accepted, taken), inside, answer) in rows {
            let snapshot = Snapshot {
                state: 0,
                accepted,
                inside,
            };
            let reading = Reading {
                snapshot,
                taken: Some(taken),
                before_watching: None,
                has_counters: true,
            };
            let (accepted, taken) = stamp;
            assert_eq!(
                is_untouched(Some((taken, accepted)), &reading),
                answer,
                "{name}"
            );
        }
    }

    #[test]
    fn without_a_count_a_wire_is_untouched_only_where_the_socket_has_none() {
        for has_counters in [false, true] {
            let reading = Reading {
                snapshot: Snapshot::default(),
                taken: None,
                before_watching: None,
                has_counters,
            };
            assert_eq!(is_untouched(Some((0, 0)), &reading), !has_counters);
            assert_eq!(is_untouched(None, &reading), !has_counters);
        }
    }
}
