//! A call to the stream: what is looked at before and after it.
//!
//! Nearly every call begins and ends between frames, on a wire on which nobody left anything open and that nobody
//! contests: then only the ledger and the cursor move. Everything else is here, off that path.

use super::contest::{Contest, Intrusion, Token};
use super::cursor::{Content, Cursor, Header, Passed};
use super::evidence::{Clip, Cut, Doubt, Inserted, Proof, Tear, Torn};
use super::finding::{Half, Outcome};
use super::handle::{Handle, Refusal};
use super::offered::Offered;
use super::reading::{Caller, Inside, Reading};
use super::slot::{Phase, Slot};
use super::sync::{Ordering::Relaxed, lock};
use super::unfinished::{OpenFrame, OpenMessage};
use crate::report::Kind;
use crate::settings::{Capture, Policy};
use crate::witness::Stamp;
use std::sync::Arc;

/// A call under way.
#[derive(Debug)]
#[must_use = "the call ends with `end_call`"]
pub(crate) struct Call(Option<Box<Suspicion>>);

/// What was seen before a call that deserves a closer look after it.
#[derive(Debug)]
struct Suspicion {
    before: Reading,
    own_ledger: u64,
    /// The handle's own frame is open, and these bytes are not the rest of it.
    abandons: bool,
}

/// One call as it is looked at afterwards.
struct Examined<'c> {
    suspicion: Option<Box<Suspicion>>,
    /// Where the cursor stood before the call, and where it stands now.
    before: Cursor,
    now: Cursor,
    offered: &'c Offered<'c>,
    accepted: u64,
    /// The socket's counters after the call.
    after: Reading,
    /// The opcode of the message that was open before the call, whoever had begun it.
    open_message: Option<u8>,
    /// The same of the message to which the frame belongs that was open before the call.
    message_of_frame: Option<u8>,
}

impl Handle {
    /// To be called before bytes are offered to the stream.
    #[inline]
    #[track_caller]
    pub(crate) fn begin_call(&self, cursor: &Cursor, offered: &Offered<'_>) -> Result<Call, Refusal> {
        self.before_write()?;
        let suspicion = if self.is_suspicious() { self.suspect(cursor, offered)? } else { None };
        self.slot().ledger().begin_call(offered.len());
        Ok(Call(suspicion))
    }

    /// To be called when the stream came back: with how many bytes it accepted, or none if it failed.
    #[inline]
    pub(crate) fn end_call(&self, call: Call, cursor: &mut Cursor, offered: &Offered<'_>, accepted: Option<usize>) {
        let accepted = accepted.unwrap_or(0) as u64;
        self.slot().ledger().end_call(accepted);
        if call.0.is_none() && !self.is_suspicious() {
            // One message, sent by itself: the cursor stays where it is, between frames.
            if cursor.is_one_whole_message(offered, accepted) {
                return self.note_data();
            }
            self.pass(call, cursor, offered, accepted, false);
        } else {
            self.pass(call, cursor, offered, accepted, true);
        }
    }

    fn pass(&self, call: Call, cursor: &mut Cursor, offered: &Offered<'_>, accepted: u64, is_suspicious: bool) {
        let before = *cursor;
        let (mut is_plain, mut has_data) = (true, false);
        cursor.pass(offered, accepted, |frame| {
            has_data |= frame.header.content() == Content::Start;
            is_plain &= frame.header.is_final() && frame.header.content() != Content::Continuation;
        });
        if is_suspicious || !is_plain || cursor.inside().is_some() || before.inside().is_some() {
            self.examine(call, before, cursor, offered, accepted);
        }
        if has_data {
            self.note_data();
        }
    }

    /// From now on it is known whether a message is open.
    #[inline]
    fn note_data(&self) {
        let has_seen_data = &self.wire().has_seen_data;
        if !has_seen_data.load(Relaxed) {
            has_seen_data.store(true, Relaxed);
        }
    }

    /// Whether somebody left something open on the wire, or another writer is on it.
    #[inline]
    fn is_suspicious(&self) -> bool {
        let wire = self.wire();
        wire.has_unfinished.load(Relaxed) || wire.word.is_contested()
    }

    #[cold]
    #[track_caller]
    fn suspect(&self, cursor: &Cursor, offered: &Offered<'_>) -> Result<Option<Box<Suspicion>>, Refusal> {
        let wire = self.wire();
        let before = wire.read(self.socket());
        let abandons = {
            let contest = lock(&wire.contest);
            contest.unfinished.frame_of(self.slot()).is_some_and(|open| !continues(&open.clip, offered))
        };
        if wire.recorder.policy() != Policy::Observe {
            self.refuse_to_tear(cursor, offered, &before, abandons)?;
        }
        let own_ledger = self.slot().ledger().read().bits();
        Ok(Some(Box::new(Suspicion { before, own_ledger, abandons })))
    }

    /// Under the other policies, a write that would tear something is not carried out.
    #[track_caller]
    fn refuse_to_tear(
        &self,
        cursor: &Cursor,
        offered: &Offered<'_>,
        before: &Reading,
        abandons: bool,
    ) -> Result<(), Refusal> {
        let header = cursor.next_header(offered);
        let inserted = Inserted::new(header, offered, 0..0);
        let would = {
            let contest = lock(&self.wire().contest);
            self.torn_frames(&contest, before, abandons, &inserted).into_iter().next().or_else(|| {
                let is_start = !header.is_empty() && header.content() == Content::Start;
                is_start.then(|| torn_message(&contest, before, &inserted)).flatten()
            })
        };
        let Some((slot, left, tear)) = would else { return Ok(()) };
        let Some(token) = self.enter_contest() else { return Ok(()) };
        let accusation = self.accusation(&left);
        lock(&self.wire().contest).tear_left(&slot, left, token, tear, &*self.wire().recorder);
        Err(self.give_up(accusation, Phase::Lazy))
    }

    #[cold]
    fn examine(&self, call: Call, before: Cursor, cursor: &mut Cursor, offered: &Offered<'_>, accepted: u64) {
        let after = self.wire().read(self.socket());
        let mut before = before;
        if call.0.as_ref().is_some_and(|suspicion| suspicion.abandons && accepted > 0) {
            // These bytes are a new beginning.
            before = Cursor::at_frame();
            *cursor = before;
            cursor.pass(offered, accepted, |_| ());
        }
        let (open_message, message_of_frame) = {
            let unfinished = &lock(&self.wire().contest).unfinished;
            let message = unfinished.message().map(|open| open.header.opcode());
            (message, unfinished.frame_of(self.slot()).and_then(|open| open.clip.message))
        };
        let suspicion = call.0;
        let now = *cursor;
        let examined = Examined { suspicion, before, now, offered, accepted, after, open_message, message_of_frame };
        if accepted > 0 {
            self.add_to_tears(&examined);
            let has_torn_frames = self.find_torn_frames(&examined);
            self.follow_messages(&examined, has_torn_frames);
            if self.wire().word.is_contested() {
                self.tell_victim(&examined);
            }
        }
        if self.wire().word.is_contested() {
            self.look_at_intrusions(&examined);
        }
        self.note_frame(&examined);
    }

    /// What this operation has torn before now has more in it.
    fn add_to_tears(&self, examined: &Examined<'_>) {
        if self.slot().phase() == Phase::Contesting {
            let mut contest = lock(&self.wire().contest);
            contest.add_inserted(self.slot().token(), examined.offered, examined.accepted);
        }
    }

    /// Frames of others that were open before this call and after it, with nobody else in between.
    fn find_torn_frames(&self, examined: &Examined<'_>) -> bool {
        let Some(suspicion) = &examined.suspicion else { return false };
        let inserted = examined.inserted();
        let wire = self.wire();
        let torn = |contest: &Contest| self.torn_frames(contest, &suspicion.before, suspicion.abandons, &inserted);
        if torn(&lock(&wire.contest)).is_empty() {
            return false;
        }
        let Some(token) = self.enter_contest() else { return false };
        let mut contest = lock(&wire.contest);
        // Once more: another writer may have torn them meanwhile.
        let torn = torn(&contest);
        let is_torn = !torn.is_empty();
        for (slot, left, tear) in torn {
            // The same frame is not torn again before its writer has come back to it.
            contest.unfinished.close_frame(&slot);
            contest.tear_left(&slot, left, token, tear, &*wire.recorder);
        }
        wire.note_unfinished(&contest);
        is_torn
    }

    /// What this handle's next bytes tear of what was left open before the reading `before`.
    fn torn_frames(
        &self,
        contest: &Contest,
        before: &Reading,
        abandons: bool,
        inserted: &Inserted,
    ) -> Vec<(Arc<Slot>, Half, Tear)> {
        let is_torn = |open: &&OpenFrame| {
            let is_own = Arc::ptr_eq(&open.slot, self.slot());
            let is_where_it_was = is_own || open.slot.ledger().read().bits() == open.ledger;
            (if is_own { abandons } else { is_where_it_was }) && is_untouched(open.taken, before)
        };
        let tear = |open: &OpenFrame| {
            let is_abandoned = open.is_abandoned || Arc::ptr_eq(&open.slot, self.slot());
            let kind = if is_abandoned { Kind::AbandonedWrite } else { Kind::TornFrame };
            let tear = tear_between_calls(kind, before, Torn::Frame(open.clip.clone()), inserted);
            (open.slot.clone(), open.half.clone(), tear)
        };
        contest.unfinished.frames().iter().filter(is_torn).map(tear).collect()
    }

    /// Keeps account of the message that is open on the wire, whoever sends its fragments. Bytes that have torn a frame
    /// are not accused of tearing its message as well.
    fn follow_messages(&self, examined: &Examined<'_>, has_torn_frames: bool) {
        let wire = self.wire();
        let is_undisturbed = examined.is_undisturbed(self.slot()) || !wire.word.is_contested();
        for frame in examined.data_frames() {
            let torn =
                if is_undisturbed && !has_torn_frames { self.message_torn_by(&frame.header, examined) } else { None };
            if let Some((slot, left, torn)) = torn {
                let tear = examined.tear_of_message(torn, frame);
                if let Some(token) = self.enter_contest() {
                    lock(&wire.contest).tear_left(&slot, left, token, tear, &*wire.recorder);
                }
            }
            wire.has_seen_data.store(true, Relaxed);
            match (frame.header.content(), frame.header.is_final()) {
                (Content::Start, false) => self.open_message(frame.header, examined),
                (Content::Continuation, true) => lock(&wire.contest).unfinished.close_message(),
                _ => {}
            }
        }
    }

    /// What a data frame with this header is out of place in, if it is.
    fn message_torn_by(&self, header: &Header, examined: &Examined<'_>) -> Option<(Arc<Slot>, Half, Torn)> {
        let wire = self.wire();
        let contest = lock(&wire.contest);
        match (header.content(), contest.unfinished.message()) {
            (Content::Start, Some(open)) if is_untouched(open.taken, &examined.after) => {
                Some((open.slot.clone(), open.half.clone(), Torn::Message(open.header)))
            }
            // Only where every frame so far was seen.
            (Content::Continuation, None) if wire.has_seen_data.load(Relaxed) && examined.has_only_watched_bytes() => {
                let last = contest.unfinished.last_message();
                let (slot, half) = last.unwrap_or_else(|| (self.slot().clone(), self.slot().half()));
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
        let message = OpenMessage { slot: self.slot().clone(), half, header, taken: examined.stamp() };
        lock(&wire.contest).unfinished.open_message(message);
    }

    /// Tells the one writer that was inside its call all through this one, which alone can say where its frames end.
    fn tell_victim(&self, examined: &Examined<'_>) {
        let Some(suspicion) = &examined.suspicion else { return };
        let Some(token) = self.enter_contest() else { return };
        let wire = self.wire();
        let (before, after) = (&suspicion.before, &examined.after);
        let doubt = match (before.snapshot.inside, after.snapshot.inside) {
            (Inside::One(victim), Inside::One(still)) if victim == still => {
                match Intrusion::cut(before.under_way(), after.under_way()) {
                    None if wire.scale.is_known() => Doubt::BothInside,
                    None => Doubt::NoCounters,
                    Some(cut) if cut.from > victim.offered => Doubt::Unwatched,
                    Some(cut) if cut.from == victim.offered => Doubt::Whole,
                    Some(cut) => return self.intrude(token, victim, cut, examined),
                }
            }
            _ if examined.is_undisturbed(self.slot()) => Doubt::Whole,
            (Inside::Several, _) | (_, Inside::Several) => Doubt::SeveralInside,
            _ if wire.scale.is_known() => Doubt::BothInside,
            _ => Doubt::NoCounters,
        };
        lock(&wire.contest).doubt_all(token, doubt);
    }

    fn intrude(&self, token: Token, victim: Caller, cut: Cut, examined: &Examined<'_>) {
        let (wire, before) = (self.wire(), examined.suspicion.as_ref().map(|suspicion| suspicion.before));
        let place = |reading: Option<Reading>| reading.and_then(|reading| reading.taken).unwrap_or_default();
        let intrusion = Intrusion {
            by: token,
            cut,
            place: Cut { from: place(before), to: place(Some(examined.after)) - examined.accepted },
            before_watching: examined.after.before_watching,
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
        let Some(token) = self.enter_contest() else { return };
        let wire = self.wire();
        let intrusions = lock(&wire.contest).take_intrusions(token);
        if intrusions.is_empty() {
            return;
        }
        // The count must come out even, or bytes went out that nobody here knows of.
        let excess = examined.after.under_way();
        let is_quiet = examined.after.snapshot.inside == Inside::Nobody;
        if let Some(excess) = excess.filter(|excess| is_quiet && *excess > 0) {
            wire.scale.shift(excess);
        }
        let mut contest = lock(&wire.contest);
        for intrusion in intrusions {
            let by = intrusion.by;
            match (is_quiet, excess) {
                (true, Some(0)) => match examined.verdict(intrusion) {
                    Ok(tear) => contest.tear_pair(token, by, tear, &*wire.recorder),
                    Err(doubt) => contest.doubt(token, by, doubt),
                },
                (true, Some(_)) => contest.doubt(token, by, Doubt::Unwatched),
                (true, None) => contest.doubt(token, by, Doubt::BothInside),
                (false, _) => contest.doubt(token, by, Doubt::SeveralInside),
            }
        }
    }

    /// Notes whether the call has ended inside a frame.
    fn note_frame(&self, examined: &Examined<'_>) {
        let (wire, slot) = (self.wire(), self.slot());
        let mut contest = lock(&wire.contest);
        let unfinished = &mut contest.unfinished;
        let ledger = slot.ledger().read().bits();
        if examined.now.inside().is_none() {
            unfinished.close_frame(slot);
        } else if examined.accepted == 0 && unfinished.is_still_open(slot, ledger) {
            // It was left by the call before.
        } else if let Some(frame) = examined.before.frame_round(examined.offered, Cut::at(examined.accepted)) {
            let clip = Clip::new(frame, examined.message_at(frame), examined.offered, Cut::at(examined.accepted));
            let (half, taken) = (slot.half(), examined.stamp());
            unfinished.open_frame(OpenFrame { slot: slot.clone(), half, clip, ledger, taken, is_abandoned: false });
            slot.set_unfinished(true);
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
        lock(&wire.contest).unfinished.came_back(slot, (Stamp::now(), outcome), stack);
    }
}

impl Examined<'_> {
    fn inserted(&self) -> Inserted {
        Inserted::new(self.before.next_header(self.offered), self.offered, 0..self.accepted)
    }

    /// Whether nobody else has called the stream since before this call began.
    fn is_undisturbed(&self, own: &Slot) -> bool {
        let Some(suspicion) = &self.suspicion else { return false };
        let (before, after) = (suspicion.before.snapshot, self.after.snapshot);
        let own_change = own.ledger().read().bits().wrapping_sub(suspicion.own_ledger);
        before.inside == Inside::Nobody
            && after.inside == Inside::Nobody
            && after.state == before.state.wrapping_add(own_change)
    }

    /// What the socket had taken after the call, and what of it was watched, if nobody was inside.
    fn stamp(&self) -> Option<(u64, u64)> {
        let is_quiet = self.after.snapshot.inside == Inside::Nobody;
        self.after.taken.filter(|_| is_quiet).map(|taken| (taken, self.after.snapshot.accepted))
    }

    fn has_only_watched_bytes(&self) -> bool {
        self.after.under_way().is_none_or(|excess| excess == 0)
    }

    fn data_frames(&self) -> Vec<Passed> {
        let mut frames = Vec::new();
        let mut cursor = self.before;
        cursor.pass(self.offered, self.accepted, |frame| {
            if matches!(frame.header.content(), Content::Start | Content::Continuation) {
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
        for before in self.data_frames().iter().filter(|before| before.start < frame.start) {
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
        Tear {
            kind: Kind::TornMessage,
            proof: Proof::Calls,
            place: self.after.place().map(|place| Cut::at(place - self.accepted + start)),
            before_watching: self.after.before_watching,
            torn,
            inserted: Inserted::new(frame.header, self.offered, start..self.accepted),
        }
    }

    /// What an intruder has done to the frames of this call.
    fn verdict(&self, intrusion: Intrusion) -> Result<Tear, Doubt> {
        let Intrusion { cut, place, before_watching, inserted, .. } = intrusion;
        match self.before.frame_round(self.offered, cut) {
            Some(frame) => Ok(Tear {
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
}

/// What a data frame tears if a message is open.
fn torn_message(contest: &Contest, before: &Reading, inserted: &Inserted) -> Option<(Arc<Slot>, Half, Tear)> {
    let open = contest.unfinished.message().filter(|open| is_untouched(open.taken, before))?;
    let tear = tear_between_calls(Kind::TornMessage, before, Torn::Message(open.header), inserted);
    Some((open.slot.clone(), open.half.clone(), tear))
}

fn tear_between_calls(kind: Kind, before: &Reading, torn: Torn, inserted: &Inserted) -> Tear {
    Tear {
        kind,
        proof: Proof::Calls,
        place: before.place().map(Cut::at),
        before_watching: before.before_watching,
        torn,
        inserted: inserted.clone(),
    }
}

/// Whether the bytes offered are the rest of a frame of which a part is out, as far as it was kept.
fn continues(open: &Clip, offered: &Offered<'_>) -> bool {
    let next = offered.copy(0..open.after.len() as u64);
    open.after.starts_with(&next) || !Header::is_plausible(&next, open.header.is_masked())
}

/// Whether nothing but watched bytes has gone out since a stamp was taken.
fn is_untouched(stamp: Option<(u64, u64)>, reading: &Reading) -> bool {
    match (stamp, reading.taken, reading.snapshot.inside) {
        (Some((taken, accepted)), Some(now), Inside::Nobody) => {
            now.wrapping_sub(taken) == reading.snapshot.accepted.wrapping_sub(accepted)
        }
        _ => true,
    }
}
