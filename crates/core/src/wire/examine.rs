//! A closer look at a call that has come back: what it tore, who came into it, and what it left open.

use super::call::{Suspicion, is_rest, is_untouched, tear_between_calls};
use super::contest::{Contest, Intrusion, Token};
use super::cursor::{Content, Cursor, Header, Passed};
use super::evidence::{Clip, Cut, Doubt, Inserted, Proof, Tear, Torn};
use super::finding::{Half, Outcome};
use super::handle::Handle;
use super::offered::Offered;
use super::reading::{Caller, Inside, Reading};
use super::slot::{Phase, Slot};
use super::sync::lock;
use super::unfinished::{OpenFrame, OpenMessage};
use crate::report::Kind;
use crate::settings::Capture;
use crate::witness::Stamp;
use std::cell::OnceCell;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// A call as it is looked at afterwards.
pub(super) struct Examined<'c> {
    handle: &'c Handle,
    suspicion: Option<Box<Suspicion>>,
    /// Where the cursor stood before the call, and where it stands now.
    before: Cursor,
    now: Cursor,
    offered: &'c Offered<'c>,
    accepted: u64,
    /// The reading after the call, once somebody needs it.
    after: OnceCell<Reading>,
    /// The opcode of the message that was open before the call, whoever had begun it.
    open_message: Option<u8>,
    /// The same of the message to which the frame belongs that was open before the call.
    message_of_frame: Option<u8>,
}

impl Handle {
    /// Ends the call, and looks.
    #[cold]
    pub(super) fn examine(&self, examined: &Examined<'_>) {
        let (wire, accepted) = (self.wire(), examined.accepted);
        if accepted > 0 {
            self.add_to_tears(examined);
        }
        // A frame of its own that it abandons has to be found before it is replaced by the new one.
        let has_abandoned = examined.abandons() && self.find_torn_frames(examined);
        // Before the call is over for others: one that sees nobody inside must see what is open.
        self.note_frame(examined);
        self.slot().ledger().end_call(accepted);
        if accepted > 0 {
            let has_torn_frames = self.find_torn_frames(examined) || has_abandoned;
            self.follow_messages(examined, has_torn_frames);
            if wire.word.is_contested() {
                self.tell_victim(examined);
            }
        }
        if wire.word.is_contested() {
            self.look_at_intrusions(examined);
        }
        if examined.now.inside().is_some() {
            let stamp = examined.stamp();
            lock(&wire.contest).unfinished.stamp(self.slot(), stamp);
        }
        wire.note_unfinished(&lock(&wire.contest));
    }

    /// What this operation has torn before now has more in it.
    fn add_to_tears(&self, examined: &Examined<'_>) {
        if self.slot().phase() == Phase::Contesting {
            let mut contest = lock(&self.wire().contest);
            contest.add_inserted(self.slot().token(), examined.offered, examined.accepted);
        }
    }

    /// Frames that were open before this call and are where they were after it.
    fn find_torn_frames(&self, examined: &Examined<'_>) -> bool {
        let Some(seen) = &examined.suspicion else {
            return false;
        };
        if examined.is_outside_open_frames() && !examined.abandons() {
            return false;
        }
        let wire = self.wire();
        lock(&wire.contest)
            .unfinished
            .take_over(|open| is_rest(open, examined.offered));
        let (inserted, place) = (examined.inserted(), examined.place());
        let torn =
            |contest: &Contest| self.torn_frames(contest, seen, examined.offered, place, &inserted);
        if torn(&lock(&wire.contest)).is_empty() {
            return false;
        }
        let Some(token) = self.enter_contest() else {
            return false;
        };
        let mut contest = lock(&wire.contest);
        // Once more: another writer may have torn them meanwhile.
        let torn = torn(&contest);
        let is_torn = !torn.is_empty();
        for (slot, left, tear) in torn {
            contest.unfinished.told(&slot);
            contest.tear_left(&slot, left, token, tear, &*wire.recorder);
        }
        is_torn
    }

    /// Keeps account of the message that is open on the wire, whoever sends its fragments. Bytes that have torn a frame
    /// are not accused of tearing its message as well.
    fn follow_messages(&self, examined: &Examined<'_>, has_torn_frames: bool) {
        let wire = self.wire();
        let is_undisturbed = !wire.word.is_contested() || examined.is_undisturbed();
        for frame in examined.data_frames() {
            let torn = if is_undisturbed && !has_torn_frames {
                self.message_torn_by(&frame.header, examined)
            } else {
                None
            };
            if let Some((slot, left, torn)) = torn {
                let tear = examined.tear_of_message(torn, frame);
                if let Some(token) = self.enter_contest() {
                    lock(&wire.contest).tear_left(&slot, left, token, tear, &*wire.recorder);
                }
            }
            match (frame.header.content(), frame.header.is_final()) {
                (Content::Start, false) => self.open_message(frame.header, examined),
                (Content::Continuation, true) => {
                    lock(&wire.contest).unfinished.close_message();
                    // Whoever had begun it, it is over.
                    self.note_data();
                }
                _ => {}
            }
        }
    }

    /// What a data frame with this header is out of place in, if it is.
    fn message_torn_by(
        &self,
        header: &Header,
        examined: &Examined<'_>,
    ) -> Option<(Arc<Slot>, Half, Torn)> {
        let wire = self.wire();
        let is_open = lock(&wire.contest).unfinished.has_open_message();
        if is_open == (header.content() == Content::Continuation) {
            return None;
        }
        // Before the lock, which a reading takes as well.
        let after = examined.after();
        let contest = lock(&wire.contest);
        match (header.content(), contest.unfinished.message()) {
            (Content::Start, Some(open)) if is_untouched(open.taken, after) => Some((
                open.slot.clone(),
                open.half.clone(),
                Torn::Message(open.header),
            )),
            // Only where every frame so far was seen.
            (Content::Continuation, None)
                if wire.has_seen_data.load(Relaxed) && examined.has_only_watched_bytes() =>
            {
                let last = contest.unfinished.last_message();
                let (slot, half) =
                    last.unwrap_or_else(|| (self.slot().clone(), self.slot().half()));
                Some((slot, half, Torn::Nothing))
            }
            _ => None,
        }
    }

    /// A first fragment is out. Its writer's stack is taken here: once a message, however many fragments follow.
    fn open_message(&self, header: Header, examined: &Examined<'_>) {
        let wire = self.wire();
        let captures = wire.recorder.capture() != Capture::Site;
        let stack = captures.then(|| wire.recorder.capture_stack());
        let mut half = self.slot().half();
        half.stack = half.stack.take().or(stack);
        half.name_thread();
        self.slot().set_unfinished(true);
        let message = OpenMessage {
            slot: self.slot().clone(),
            half,
            header,
            taken: examined.stamp(),
        };
        lock(&wire.contest).unfinished.open_message(message);
    }

    /// Tells the one writer that was inside its call all through this one, which alone can say where its frames end.
    fn tell_victim(&self, examined: &Examined<'_>) {
        let Some(suspicion) = &examined.suspicion else {
            return;
        };
        let Some(token) = self.enter_contest() else {
            return;
        };
        let wire = self.wire();
        let (before, after) = (&suspicion.before, examined.after());
        let doubt = match (before.snapshot.inside, after.snapshot.inside) {
            (Inside::One(victim), Inside::One(still)) if victim == still => {
                match Intrusion::cut(before.under_way(), after.under_way()) {
                    None if wire.scale.is_known() => Doubt::BothInside,
                    None => Doubt::NoCounters,
                    Some(cut) if cut.from > victim.offered => Doubt::Unwatched,
                    Some(cut) => return self.intrude(token, victim, cut, before, examined),
                }
            }
            _ if examined.is_undisturbed() && examined.is_outside_open_frames() => Doubt::Whole,
            _ if examined.is_undisturbed() => Doubt::TornBefore,
            (Inside::Several, _) | (_, Inside::Several) => Doubt::SeveralInside,
            _ if wire.scale.is_known() => Doubt::BothInside,
            _ => Doubt::NoCounters,
        };
        lock(&wire.contest).doubt_all(token, doubt);
    }

    fn intrude(
        &self,
        token: Token,
        victim: Caller,
        cut: Cut,
        before: &Reading,
        examined: &Examined<'_>,
    ) {
        let (wire, after) = (self.wire(), examined.after());
        // What had gone out before this call, and after it less its own bytes.
        let (from, to) = (
            before.snapshot.accepted + cut.from,
            after.snapshot.accepted + cut.to - examined.accepted,
        );
        let intrusion = Intrusion {
            by: token,
            cut,
            place: Cut { from, to },
            before_watching: after.before_watching,
            inserted: examined.inserted(),
        };
        let wants_stack = lock(&wire.contest).intrude(token, victim, intrusion, &*wire.recorder);
        if wants_stack && wire.recorder.capture() != Capture::Site {
            let stack = wire.recorder.capture_stack();
            lock(&wire.contest).keep_stack(token, stack);
        }
    }

    /// Others came into this call: says which of its frames they tore.
    fn look_at_intrusions(&self, examined: &Examined<'_>) {
        let Some(token) = self.enter_contest() else {
            return;
        };
        let wire = self.wire();
        let intrusions = lock(&wire.contest).take_intrusions(token);
        if intrusions.is_empty() {
            return;
        }
        let places: Vec<Cut> = intrusions.iter().map(|intrusion| intrusion.cut).collect();
        // The count must come out even, or bytes went out that nobody here knows of.
        let after = examined.after();
        let (excess, is_quiet) = (after.under_way(), after.snapshot.inside == Inside::Nobody);
        if let Some(excess) = excess.filter(|excess| is_quiet && *excess > 0) {
            wire.scale.shift(excess);
        }
        let mut contest = lock(&wire.contest);
        for intrusion in intrusions {
            let by = intrusion.by;
            match (is_quiet, excess) {
                (true, Some(0)) => match examined.verdict(intrusion, &places) {
                    Ok(tear) => contest.tear_pair(token, by, tear, &*wire.recorder),
                    Err(doubt) => contest.doubt(token, by, doubt),
                },
                (true, Some(_)) => contest.doubt(token, by, Doubt::Unwatched),
                (true, None) => contest.doubt(token, by, Doubt::BothInside),
                (false, _) => contest.doubt(token, by, Doubt::SeveralInside),
            }
        }
        let told = contest.settle_intruders(token);
        drop(contest);
        self.tell(told);
    }

    /// Notes whether the call has ended inside a frame.
    fn note_frame(&self, examined: &Examined<'_>) {
        let (wire, slot) = (self.wire(), self.slot());
        let mut contest = lock(&wire.contest);
        let unfinished = &mut contest.unfinished;
        // As it will be when the call is over.
        let ledger = slot.ledger().after_call(examined.accepted).bits();
        if examined.now.inside().is_none() {
            unfinished.close_frame(slot);
        } else if examined.accepted == 0 && unfinished.stays_open(slot, ledger) {
            // It was left by the call before.
        } else if let Some(frame) = examined
            .before
            .frame_round(examined.offered, Cut::at(examined.accepted))
        {
            let clip = Clip::new(
                frame,
                examined.message_at(frame),
                examined.offered,
                Cut::at(examined.accepted),
            );
            let (taken, is_abandoned, is_told) = (None, false, false);
            let half = slot.half();
            let slot = slot.clone();
            unfinished.open_frame(OpenFrame {
                slot,
                half,
                clip,
                ledger,
                taken,
                is_abandoned,
                is_told,
            });
            self.slot().set_unfinished(true);
        }
        wire.note_unfinished(&contest);
    }

    /// The operation in which something was left open comes back: takes the stack that this write has.
    #[cold]
    pub(super) fn leave_unfinished(&self, outcome: Outcome) {
        let (wire, slot) = (self.wire(), self.slot());
        slot.set_unfinished(false);
        let is_open = lock(&wire.contest).unfinished.has_frame_without_end(slot);
        let captures = is_open && wire.recorder.capture() != Capture::Site;
        let stack = captures.then(|| wire.recorder.capture_stack());
        lock(&wire.contest)
            .unfinished
            .came_back(slot, (Stamp::now(), outcome), stack);
    }
}

impl<'c> Examined<'c> {
    pub(super) fn new(
        handle: &'c Handle,
        suspicion: Option<Box<Suspicion>>,
        before: Cursor,
        now: Cursor,
        offered: &'c Offered<'c>,
        accepted: u64,
    ) -> Self {
        let (open_message, message_of_frame) = {
            let unfinished = &lock(&handle.wire().contest).unfinished;
            let message = unfinished.message().map(|open| open.header.opcode());
            (
                message,
                unfinished
                    .frame_of(handle.slot())
                    .and_then(|open| open.clip.message),
            )
        };
        let after = OnceCell::new();
        Examined {
            handle,
            suspicion,
            before,
            now,
            offered,
            accepted,
            after,
            open_message,
            message_of_frame,
        }
    }

    /// The reading after the call. It costs system calls, and most calls that are looked at do without. Takes the lock of
    /// the contest.
    fn after(&self) -> &Reading {
        self.after
            .get_or_init(|| self.handle.wire().read(self.handle.socket()))
    }

    /// Whether the call went on with something else than the rest of its own open frame.
    fn abandons(&self) -> bool {
        self.accepted > 0
            && self
                .suspicion
                .as_ref()
                .is_some_and(|suspicion| suspicion.abandons)
    }

    /// Whether no frame of another writer was open before the call.
    fn is_outside_open_frames(&self) -> bool {
        let own = self.handle.slot().handle();
        self.suspicion
            .as_ref()
            .is_none_or(|seen| seen.open_frames.iter().all(|(handle, _)| *handle == own))
    }

    /// Where the bytes of this call begin: between what had gone out before it, and after it less its own.
    fn place(&self) -> Option<Cut> {
        let before = self.suspicion.as_ref()?.before.place()?;
        let after = if self.abandons() {
            before
        } else {
            self.after().place()?.checked_sub(self.accepted)?
        };
        (before <= after).then_some(Cut {
            from: before,
            to: after,
        })
    }

    fn inserted(&self) -> Inserted {
        Inserted::new(
            self.before.next_header(self.offered),
            self.offered,
            0..self.accepted,
        )
    }

    /// Whether nobody else has called the stream since before this call began.
    fn is_undisturbed(&self) -> bool {
        let Some(suspicion) = &self.suspicion else {
            return false;
        };
        let (before, after) = (suspicion.before.snapshot, self.after().snapshot);
        let own_change = self
            .handle
            .slot()
            .ledger()
            .read()
            .bits()
            .wrapping_sub(suspicion.own_ledger);
        before.inside == Inside::Nobody
            && after.inside == Inside::Nobody
            && after.state == before.state.wrapping_add(own_change)
    }

    /// What the socket had taken after the call, and what of it was watched, if nobody was inside.
    fn stamp(&self) -> Option<(u64, u64)> {
        let after = self.after();
        let is_quiet = after.snapshot.inside == Inside::Nobody;
        after
            .taken
            .filter(|_| is_quiet)
            .map(|taken| (taken, after.snapshot.accepted))
    }

    fn has_only_watched_bytes(&self) -> bool {
        self.after()
            .under_way()
            .map_or(!self.after().has_counters, |excess| excess == 0)
    }

    fn data_frames(&self) -> Vec<Passed> {
        let mut frames = Vec::new();
        let mut cursor = self.before;
        cursor.pass(self.offered, self.accepted, |frame| {
            if matches!(
                frame.header.content(),
                Content::Start | Content::Continuation
            ) {
                frames.push(frame);
            }
        });
        frames
    }

    /// The opcode of the message to which the frame that begins there belongs.
    fn message_at(&self, frame: Passed) -> Option<u8> {
        if frame.start < 0 {
            return self.message_of_frame;
        }
        let mut message = self.open_message;
        for before in self
            .data_frames()
            .iter()
            .filter(|before| before.start < frame.start)
        {
            message = match (before.header.content(), before.header.is_final()) {
                (Content::Start, false) => Some(before.header.opcode()),
                (Content::Continuation, true) => None,
                _ => message,
            };
        }
        message
    }

    fn tear_of_message(&self, torn: Torn, frame: Passed) -> Tear {
        let start = frame.start.max(0) as u64;
        let after = self.after();
        let place = after
            .place()
            .and_then(|place| Some(Cut::at(place.checked_sub(self.accepted)? + start)));
        let inserted = Inserted::new(frame.header, self.offered, start..self.accepted);
        tear_between_calls(Kind::TornMessage, after, place, torn, &inserted)
    }

    /// What an intruder has done to the frames of this call.
    fn verdict(&self, intrusion: Intrusion, places: &[Cut]) -> Result<Tear, Doubt> {
        let Intrusion {
            cut,
            place,
            before_watching,
            inserted,
            ..
        } = intrusion;
        match self.before.frame_round(self.offered, cut) {
            Some(frame) => Ok(Tear {
                is_one_of_several: self.is_torn_elsewhere(frame, places),
                gap: None,
                is_encrypted: false,
                kind: Kind::TornFrame,
                proof: Proof::Counters,
                place: Some(place),
                before_watching,
                torn: Torn::Frame(Clip::new(frame, self.message_at(frame), self.offered, cut)),
                inserted,
            }),
            None if cut.is_exact() => Err(Doubt::Whole),
            None => Err(Doubt::FrameEndsThere),
        }
    }

    /// Whether a frame was torn in an earlier call, or more than once in this one.
    fn is_torn_elsewhere(&self, frame: Passed, places: &[Cut]) -> bool {
        let is_there = |cut: &&Cut| {
            self.before
                .frame_round(self.offered, **cut)
                .is_some_and(|it| it.start == frame.start)
        };
        frame.start < 0 || places.iter().filter(is_there).count() > 1
    }
}
