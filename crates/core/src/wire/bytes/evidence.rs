//! The evidence of a tear: a few bytes on either side of it, and where on the wire they are.
//!
//! Bounded, whatever was sent: some hundred bytes of either writer.

use super::cursor::{Header, Passed};
use super::offered::{Cut, Offered};
use redhanded_report::Kind;
use std::ops::Range;

/// How much of a frame is kept before the place where it is torn.
const BEFORE: u64 = 128;

/// How much is kept of what comes after it, of what the other writer put there, and of the frame's end: the far end
/// reads its next header from there.
const AFTER: u64 = 1024;

/// A frame and the place where it is cut.
#[derive(Debug, Clone)]
pub(crate) struct Clip {
    pub(crate) header: Header,
    /// The opcode of the message that a continuation belongs to, if it is known.
    pub(crate) message: Option<u8>,
    /// The cut, counted from the frame's first byte.
    pub(crate) cut: Cut,
    /// The last bytes of the frame before the cut.
    pub(crate) before: Vec<u8>,
    /// The bytes right after the cut, of this frame and what its writer offered behind it.
    pub(crate) after: Vec<u8>,
    /// The last bytes of the frame and what its writer offered behind it, beginning at the frame's byte `tail_at`.
    pub(crate) tail: Vec<u8>,
    pub(crate) tail_at: u64,
}

impl Clip {
    /// Cuts a frame that begins at `frame.start` of what was offered, at `cut` of what was offered.
    pub(crate) fn new(frame: Passed, message: Option<u8>, offered: &Offered<'_>, cut: Cut) -> Self {
        // Of a frame that began in an earlier call, only what this call offered is at hand.
        let start = frame.start.max(0) as u64;
        let in_frame = |place: u64| place.saturating_add_signed(frame.start.saturating_neg());
        let (tail, tail_at) = Self::tail(frame, offered).unwrap_or_default();
        Clip {
            header: frame.header,
            message,
            cut: Cut {
                from: in_frame(cut.from),
                to: in_frame(cut.to),
            },
            before: offered.copy(start.max(cut.from.saturating_sub(BEFORE))..cut.from),
            after: offered.copy(cut.to..cut.to.saturating_add(AFTER)),
            tail,
            tail_at,
        }
    }

    /// So many bytes of the frame's writer were accepted since, and it is not known whether they are in the frame.
    pub(crate) fn may_go_on(&mut self, accepted: u64) {
        let most = match self.header.is_complete() {
            true => self.header.frame_size().saturating_sub(1),
            false => u64::MAX,
        };
        self.cut.to = self.cut.to.saturating_add(accepted).min(most);
        self.after.clear();
    }

    /// So many of the bytes that the frame's writer has offered since were accepted, all of them in the frame.
    pub(crate) fn go_on(&mut self, offered: &Offered<'_>, accepted: u64) {
        if !self.cut.is_exact() {
            self.may_go_on(accepted);
            return;
        }
        let out = self.cut.from;
        if !self.header.is_complete() {
            let known = self.header.bytes();
            let sent = known.get(..out as usize).unwrap_or(known);
            let more = offered.first(Header::MAX as u64);
            self.header = Header::read(std::iter::once(sent).chain(more));
        }
        if self.tail.is_empty() {
            let start = i64::try_from(out).unwrap_or(i64::MAX).saturating_neg();
            let frame = Passed {
                header: self.header,
                start,
            };
            (self.tail, self.tail_at) = Self::tail(frame, offered).unwrap_or_default();
        }
        self.cut = Cut::at(out.saturating_add(accepted));
        let latest = offered.copy(accepted.saturating_sub(BEFORE)..accepted);
        let room = (BEFORE as usize).saturating_sub(latest.len());
        let skipped = self.before.len().saturating_sub(room);
        self.before.drain(..skipped);
        self.before.extend(latest);
        self.after = offered.copy(accepted..accepted.saturating_add(AFTER));
    }

    /// Whether all of the frame is out.
    pub(crate) fn is_out(&self) -> bool {
        self.header.is_complete() && self.cut.from >= self.header.frame_size()
    }

    fn tail(frame: Passed, offered: &Offered<'_>) -> Option<(Vec<u8>, u64)> {
        if !frame.header.is_complete() {
            return None;
        }
        let size = frame.header.frame_size();
        let end = u64::try_from(frame.start.checked_add_unsigned(size)?).ok()?;
        let from = end.saturating_sub(AFTER).max(frame.start.max(0) as u64);
        let tail = offered.copy(from..end.saturating_add(BEFORE));
        // All of it, or it ends somewhere in the frame and is no end.
        let is_whole = from.saturating_add(tail.len() as u64) >= end;
        is_whole.then(|| (tail, size.saturating_sub(end.saturating_sub(from))))
    }
}

/// What another writer put at a cut.
#[derive(Debug, Clone)]
pub(crate) struct Inserted {
    /// The header of its first frame.
    pub(crate) header: Header,
    /// How many bytes it put there.
    pub(crate) total: u64,
    /// The first of them.
    pub(crate) head: Vec<u8>,
}

impl Inserted {
    /// A range of the bytes offered, of which the first frame has this header.
    pub(crate) fn new(header: Header, offered: &Offered<'_>, range: Range<u64>) -> Self {
        let total = range.end.saturating_sub(range.start);
        Inserted {
            header,
            total,
            head: offered.copy(range.start..range.start.saturating_add(total.min(AFTER))),
        }
    }

    /// More of the same operation, right behind.
    pub(crate) fn add(&mut self, offered: &Offered<'_>, accepted: u64) {
        if self.head.len() as u64 == self.total {
            let room = AFTER.saturating_sub(self.total);
            self.head.extend(offered.copy(0..accepted.min(room)));
        }
        self.total = self.total.saturating_add(accepted);
    }
}

/// How it is known that a frame or a message was torn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// One call after the other: between two calls of one writer came a call of the other.
    Calls,
    /// What was sent is no stream of frames if it is read as one, and is what two writers send if it is read as theirs.
    Stream,
    /// The kernel's count of the bytes that the socket took, before and after the second writer's call.
    Counters,
}

/// One tear.
#[derive(Debug, Clone)]
pub(crate) struct Tear {
    pub(crate) kind: Kind,
    pub(crate) proof: Proof,
    /// Where the inserted bytes begin, counted since the wire is watched.
    pub(crate) place: Option<Cut>,
    /// How many bytes the connection had carried before it was watched.
    pub(crate) before_watching: Option<u64>,
    /// What was torn.
    pub(crate) torn: Torn,
    pub(crate) inserted: Inserted,
    /// Whether more is in the way of what the peer sees than these bytes at this place: bytes of others are in the same frame,
    /// too, or its writer has gone on meanwhile, so that the place is not certain.
    pub(crate) is_one_of_several: bool,
    /// Whether one of the two sits above encryption: then the peer's ends before it sees a frame.
    pub(crate) is_encrypted: bool,
    /// The gap in the torn frame, if the operation that tore it may put more into it.
    pub(crate) gap: Option<GapNumber>,
}

/// The number of a gap on its wire, never given again.
pub(crate) type GapNumber = u64;

/// What a tear goes through.
#[derive(Debug, Clone)]
pub(crate) enum Torn {
    Frame(Clip),
    /// A message that began with this header.
    Message(Header),
    /// There was no message to continue.
    Nothing,
    /// A handshake of which so many bytes were out.
    Handshake(u64),
}

/// What is known of the bytes of an overlap that is no proven tear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Doubt {
    /// It is certain that no frame was torn.
    Whole,
    /// There is a frame's end among the places where the other's bytes may be.
    FrameEndsThere,
    /// Both were inside their calls, and it is not known whose bytes came first.
    BothInside,
    /// Three or more were inside their calls.
    SeveralInside,
    /// More bytes went out than all watched writers have offered.
    Unwatched,
    /// The socket has no counters, or carries encrypted bytes.
    NoCounters,
    /// It went into a frame that another writer had torn already, which is a finding of its own.
    TornBefore,
}
