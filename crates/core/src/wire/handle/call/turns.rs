//! Writers that use one handle in turn, a call each: whose frame a call goes on with, and what becomes of the others'.

use super::ended::{Ended, Noted};
use crate::wire::bytes::{
    CallApart, Clip, Cursor, Cut, Header, Inserted, LeftFrame, Newcomer, Offered, OpenFrame, Proof,
    Record, Suspect, Tear, Torn,
};
use crate::wire::claim::{Contest, Notice, Token};
use crate::wire::half::Half;
use crate::wire::handle::Handle;
use crate::wire::judge::{self, LeftAt, Position, Step, Turn, Verdict};
use crate::witness::Runner;
use redhanded_report::Kind;

impl Handle {
    /// Whether it will never be known again where in its frames the handle is.
    pub(crate) fn is_lost(&self) -> bool {
        self.outgoing().is_lost()
    }

    /// To be called when it is not known any more where in its frames the handle is.
    pub(crate) fn note_lost(&self) {
        self.wire().traffic.note_lost(self.number());
    }

    /// To be called when it is certain again where in its frames the handle is.
    pub(crate) fn found_place(&self) {
        self.wire().traffic.note_found();
    }

    /// Whether a frame is open on the wire, which this handle's next bytes may go on with.
    #[inline]
    pub(crate) fn may_be_in_open_frame(&self) -> bool {
        self.wire().traffic.has_open_frame()
    }

    /// The header of the frame that a call belongs to that is about to offer these bytes, as much of it as is there.
    pub(crate) fn header_of_call(&self, cursor: &Cursor, offered: &Offered<'_>) -> Header {
        if !self.may_be_in_open_frame() {
            return cursor.header_at(offered);
        }
        let record = self.wire().traffic.record();
        match self.position(&record, Runner::this()).turn(offered) {
            Turn::GoesOn => cursor.header_at(offered),
            Turn::Suspicious | Turn::Abandons => Cursor::at_frame().header_at(offered),
            Turn::Resumes { cursor, .. } => cursor.header_at(offered),
        }
    }

    /// What is known of the handle's own frames before a call.
    pub(super) fn position<'r>(&self, record: &'r Record, runner: Runner) -> Position<'r> {
        let open = record.unfinished.frame_of(self.number());
        let left = record.turns().map(|turns| {
            turns.left_of(self.number()).map(|left| LeftAt {
                clip: &left.open.clip,
                runner: left.open.half.runner(),
                state: left.open.state,
                cursor: left.cursor,
            })
        });
        Position {
            open: open.map(|open| (&open.clip, open.half.runner())),
            left: left.into_iter().flatten().collect(),
            runner,
            is_shared: self.outgoing().may_share_frames(),
        }
    }

    /// Whether the writer of the handle's own open frame may come back to it, although another one comes first.
    pub(super) fn may_come_back(&self, record: &Record, runner: Runner) -> bool {
        let open = record.unfinished.frame_of(self.number());
        self.outgoing().may_share_frames()
            && open.is_some_and(|open| {
                open.half.ended.is_some() && !self.is_surely(open.half.runner(), runner)
            })
    }

    /// Whether it is certain that two calls are of one writer. A task may run several futures, and so may a thread that polls.
    fn is_surely(&self, one: Runner, other: Runner) -> bool {
        one.is(&other) && one.task.is_none() && !self.outgoing().is_polled()
    }

    /// Whether what follows decides if a writer has come inside a frame of another one; with whether the frames are masked.
    pub(super) fn suspicion(&self, record: &Record, turn: Turn) -> Option<Option<bool>> {
        let suspect = record
            .turns()
            .and_then(|turns| turns.suspect_of(self.number()));
        let clip = match turn {
            Turn::Suspicious => Some(&record.unfinished.frame_of(self.number())?.clip),
            Turn::GoesOn => suspect.map(|suspect| &suspect.clip),
            Turn::Abandons | Turn::Resumes { .. } => None,
        };
        clip.map(|clip| clip.header.masked())
    }

    /// Notes whose frame a call has gone on with that was accepted in part at least.
    pub(super) fn note_turn(&self, record: &mut Record, ended: &Ended<'_>, noted: &mut Noted) {
        let (handle, runner) = (self.number(), self.activity().runner());
        let Some(before) = &ended.before else { return };
        if let Some(turns) = record.turns_if_any() {
            let (offered, accepted) = (ended.bytes.offered, ended.accepted);
            match before.turn {
                Turn::GoesOn | Turn::Resumes { .. } => {
                    turns.go_on(handle, &runner, offered, accepted);
                }
                Turn::Abandons => turns.may_go_on(handle, &runner, accepted),
                Turn::Suspicious => {}
            }
        }
        match before.turn {
            Turn::GoesOn => {}
            Turn::Suspicious => self.suspect(record, ended),
            Turn::Abandons => noted.abandoned = record.unfinished.close_frame(handle),
            Turn::Resumes { state, .. } => {
                let gone = record.unfinished.close_frame(handle);
                if let Some(back) = record.turns_mut().resume(handle, state) {
                    noted.message_of_frame = back.open.clip.message;
                    noted
                        .settled
                        .extend(back.awaited_as.map(|it| (it, Kind::TornFrame)));
                }
                if let Some(open) = gone {
                    // That these bytes are inside its frame is the same finding, seen from the other side.
                    let left = LeftFrame {
                        open,
                        cursor: ended.left_at,
                        awaited_as: None,
                    };
                    let oldest = record.turns_mut().leave(left);
                    noted.settled.extend(abandoned(oldest));
                }
                return;
            }
        }
        if let Some(turns) = record.turns_if_any() {
            let has_gone_on = |left: &LeftFrame| self.is_surely(left.open.half.runner(), runner);
            let given_up = turns.give_up(handle, has_gone_on);
            noted
                .settled
                .extend(given_up.into_iter().flat_map(|left| abandoned(Some(left))));
        }
    }

    /// Notes a writer that came inside a frame of another one with what could be a frame of its own.
    fn suspect(&self, record: &mut Record, ended: &Ended<'_>) {
        let Some(open) = record.unfinished.frame_of(self.number()) else {
            return;
        };
        let suspect = Suspect {
            handle: self.number(),
            first: open.half.clone(),
            clip: open.clip.clone(),
            clip_now: Some(open.clip.clone()),
            newcomer: self.newcomer(ended),
        };
        let (offered, accepted) = (ended.bytes.offered, ended.accepted);
        record.turns_mut().suspect(suspect, offered, accepted);
        self.outgoing().set_has_unfinished(true);
    }

    /// The caller, as one that has come into a frame.
    fn newcomer(&self, ended: &Ended<'_>) -> Newcomer {
        let offered = ended.bytes.offered;
        let header = Header::read(offered.first(offered.len()));
        let reading = ended.before.as_ref().map(|before| before.reading);
        Newcomer {
            half: self.activity().half(),
            inserted: Inserted::new(header, offered, 0..ended.accepted),
            own: begun_by(ended),
            place: reading.and_then(|reading| reading.place()).map(Cut::at),
            before_watching: reading.and_then(|reading| reading.before_watching),
        }
    }

    /// Reads a call as one of its writer alone, where what all writers of the handle send is no stream of frames.
    fn read_apart(&self, record: &mut Record, ended: &Ended<'_>) -> Option<Suspect> {
        record.turns().filter(|turns| turns.reads_apart())?;
        if ended.accepted == 0 || !self.outgoing().may_share_frames() {
            return None;
        }
        let newcomer = self.newcomer(ended);
        let half = newcomer.half.clone();
        let call = CallApart {
            runner: half.runner(),
            offered: ended.bytes.offered,
            accepted: ended.accepted,
            open: newcomer.own.clone().map(|clip| OpenFrame {
                outgoing: self.outgoing().clone(),
                half,
                clip,
                state: 0,
                starts_at: 0,
                may_end: true,
                stamp: None,
                is_abandoned: false,
                is_told: false,
                handed_on: 0,
            }),
            newcomer,
        };
        self.outgoing().set_has_unfinished(true);
        record.turns_mut().read_apart(call)
    }

    /// Whether this call proves that a writer came inside a frame of another one: what went out is no stream of frames. A
    /// frame that begins as it should shows that there was nothing to suspect. Gives as well whether it is not known any more
    /// where in its frames the handle is.
    pub(super) fn convict(
        &self,
        record: &mut Record,
        ended: &Ended<'_>,
        verdict: &mut Verdict,
    ) -> Option<(Suspect, bool)> {
        let (handle, traffic) = (self.number(), &self.wire().traffic);
        let tears = |step: &Step| matches!(step, Step::Tears(_));
        if traffic.has_lost_handle() {
            verdict.messages.retain(|step| !tears(step));
        }
        if let Some(suspect) = self.read_apart(record, ended) {
            return Some((suspect, false));
        }
        let turns = record.turns_if_any()?;
        ended.before.as_ref()?.suspicion?;
        if ended.has_impossible || verdict.messages.iter().any(tears) {
            verdict.messages.retain(|step| !tears(step));
            let suspect = turns.acquit(handle)?;
            record.unfinished.close_frame(handle);
            return Some((suspect, true));
        }
        let (cursor, offered) = (ended.bytes.cursor, ended.bytes.offered);
        let header = Header::read(offered.first(ended.accepted));
        if cursor.is_between_frames() && header.is_complete() {
            turns.acquit(handle);
        }
        None
    }

    /// Whether this is what the handle's user does now.
    pub(super) fn is_under_way(&self, half: &Half) -> bool {
        half.began.to_bits() == self.activity().half().began.to_bits()
    }

    /// Keeps a frame into which another writer of this handle has come.
    pub(super) fn leave(
        &self,
        contest: &mut Contest,
        open: OpenFrame,
        cursor: Cursor,
        awaited_as: Option<Token>,
    ) -> Vec<Notice> {
        if !self.outgoing().may_share_frames() {
            return Vec::new();
        }
        let traffic = &self.wire().traffic;
        let mut record = traffic.record();
        let oldest = record.turns_mut().leave(LeftFrame {
            open,
            cursor,
            awaited_as,
        });
        traffic.note_unfinished(&record);
        drop(record);
        let recorder = self.wire().recorder();
        let settle = |(name, kind)| contest.settle_left(name, kind, recorder);
        abandoned(oldest).into_iter().flat_map(settle).collect()
    }

    /// What became of frames is known now.
    pub(super) fn settle(&self, settled: Vec<(Token, Kind)>) {
        if settled.is_empty() {
            return;
        }
        let claims = &self.wire().claims;
        let mut contest = claims.contest();
        let settle = |(name, kind)| contest.settle_left(name, kind, claims.recorder());
        let notices = settled.into_iter().flat_map(settle).collect();
        drop(contest);
        claims.tell(notices);
    }
}

/// The findings that wait for frames of a handle that goes.
pub(in crate::wire::handle) fn given_up_with(
    record: &mut Record,
    handle: u64,
) -> Vec<(Token, Kind)> {
    let Some(turns) = record.turns_if_any() else {
        return Vec::new();
    };
    turns.dismiss(handle);
    let given_up = turns.give_up(handle, |_| true);
    given_up
        .into_iter()
        .filter_map(|left| abandoned(Some(left)))
        .collect()
}

/// The finding that waits for a frame whose writer does not come back.
fn abandoned(left: Option<LeftFrame>) -> Option<(Token, Kind)> {
    Some((left?.awaited_as?, Kind::AbandonedWrite))
}

/// The frame that a call has begun, if it has ended inside it.
fn begun_by(ended: &Ended<'_>) -> Option<Clip> {
    let (offered, cut) = (ended.bytes.offered, Cut::at(ended.accepted));
    let cursor = Cursor::at_connection().anew();
    let frame = cursor.frame_round(offered, cut)?;
    let is_first = frame.start == 0 && !judge::is_impossible(&frame.header, None);
    is_first.then(|| Clip::new(frame, None, offered, cut))
}

/// What a suspect has done, if it is certain.
pub(super) fn tear(clip: Clip, newcomer: &Newcomer) -> Tear {
    Tear {
        kind: Kind::TornFrame,
        proof: Proof::Stream,
        place: newcomer.place,
        before_watching: newcomer.before_watching,
        torn: Torn::Frame(clip),
        inserted: newcomer.inserted.clone(),
        is_one_of_several: false,
        is_encrypted: false,
        gap: None,
    }
}
