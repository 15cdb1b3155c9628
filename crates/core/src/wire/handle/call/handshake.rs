//! Handshakes among the calls of a wire: bytes of another handle that go out before the last of a handshake's text.
//!
//! They are told when that text has gone out: a handshake may still fail, and then nothing was torn.

use super::ended::Ended;
use crate::settings::Capture;
use crate::wire::bytes::{Cut, Early, Inserted, Proof, Record, Tear, Torn};
use crate::wire::half::Outcome;
use crate::wire::handle::Handle;
use crate::witness::Stamp;
use redhanded_report::Kind;

impl Handle {
    /// This handle begins a handshake, and has sent nothing of it.
    pub(crate) fn begin_handshake(&self) {
        let traffic = &self.wire().traffic;
        let mut record = traffic.record();
        record.handshakes.begin(self.outgoing().clone());
        traffic.note_unfinished(&record);
    }

    /// The handshake is over, however it has ended.
    pub(crate) fn end_handshake(&self) {
        let traffic = &self.wire().traffic;
        let mut record = traffic.record();
        record.handshakes.end(self.number());
        traffic.note_unfinished(&record);
    }

    /// To be called behind the handshake of the connection, before the first frame: nothing can be open there.
    pub(crate) fn note_beginning(&self) {
        self.wire().traffic.note_data();
    }

    /// The same, where it is not known whether others have sent frames. They have not, if the socket has taken no more data than
    /// this handle's object has sent before it was watched. Does nothing where the socket has no counters.
    #[cold]
    pub(crate) fn note_beginning_behind(&self, sent: u64) {
        let taken = self.socket().taken();
        if taken.is_some_and(|taken| taken.bytes.wrapping_sub(taken.before_data) == sent) {
            self.note_beginning();
        }
    }

    /// A call has come back in which bytes were accepted.
    pub(super) fn mind_handshakes(&self, ended: &Ended<'_>) {
        let record = self.wire().traffic.record();
        if record.handshakes.is_empty() {
            return;
        }
        if record.handshakes.has(self.number()) {
            self.end_call_of_handshake(ended, record);
        } else if record.handshakes.awaits_early(self.number()) {
            drop(record);
            self.note_early(ended);
        }
    }

    /// A part of the handshake's text has gone out, and is behind what others had sent.
    fn end_call_of_handshake(
        &self,
        ended: &Ended<'_>,
        mut record: impl std::ops::DerefMut<Target = Record>,
    ) {
        let early = record.handshakes.take_early(self.number());
        if !ended.now.is_in_head() {
            record.handshakes.end(self.number());
            self.wire().traffic.note_unfinished(&record);
        }
        drop(record);
        let Some(early) = early.filter(|_| self.claimant().has_claim()) else {
            return;
        };
        let out = self
            .outgoing()
            .progress()
            .read()
            .accepted()
            .wrapping_sub(ended.accepted);
        let tear = Tear {
            kind: Kind::TornFrame,
            proof: Proof::Calls,
            place: early.place,
            before_watching: None,
            torn: Torn::Handshake(out),
            inserted: early.inserted,
            is_one_of_several: false,
            is_encrypted: self.outgoing().is_encrypted(),
            gap: None,
        };
        let recorder = self.wire().recorder();
        let mut contest = self.wire().claims.contest();
        if let Some(token) = self.claimant().enter(&mut contest) {
            contest.tear_left(early.half, token, tear, recorder);
        }
    }

    /// This handle has sent bytes, and another one makes a handshake.
    #[cold]
    fn note_early(&self, ended: &Ended<'_>) {
        let recorder = self.wire().recorder();
        let mut half = self.activity().half();
        if half.stack.is_none() && recorder.capture() != Capture::Site {
            half.stack = Some(recorder.capture_stack());
        }
        half.ended = Some((Stamp::now(), Outcome::Returned));
        half.name_thread();
        let place = self.read().place();
        let (bytes, accepted) = (&ended.bytes, ended.accepted);
        let header = bytes.cursor.next_header(bytes.offered);
        let early = Early {
            half,
            inserted: Inserted::new(header, bytes.offered, 0..accepted),
            place: place
                .and_then(|place| place.checked_sub(accepted))
                .map(Cut::at),
        };
        self.wire()
            .traffic
            .record()
            .handshakes
            .note_early(self.number(), early);
    }
}
