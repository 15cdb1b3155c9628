//! What one handle sends, as far as others may know it.

use super::marks::Mark;
use super::progress::Progress;
use super::queue::Queue;
use crate::wire::half::MadeCell;
// std's under loom, too: the handle's user sets them, and a reader that sees an old state says less, and nothing wrong.
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed};

/// The operation has left something for the record to be completed.
const UNFINISHED: u8 = 1;
/// The first call of the operation was looked at.
const LOOKED_AT: u8 = 1 << 1;

#[derive(Debug)]
pub(crate) struct Outgoing {
    handle: u64,
    made: MadeCell,
    /// What the handle writes is encrypted before it reaches the socket.
    is_encrypted: bool,
    /// Another handle may finish a frame that this one has begun.
    may_share_frames: AtomicBool,
    /// Its calls are polls, between which other futures of the same thread may use it.
    is_polled: AtomicBool,
    /// Where in its frames the handle is has become unknown for ever.
    is_lost: AtomicBool,
    /// What is to be done when the operation under way comes back, as the bits below say. Zero nearly always. Of the handle's own user.
    at_end: AtomicU8,
    /// What the socket had counted before that call. Both are of the handle's own user.
    counted_before: AtomicU64,
    /// What the handle had got accepted by then.
    accepted_before: AtomicU64,
    progress: Progress,
    queue: Queue,
}

impl Outgoing {
    pub(crate) fn new(handle: u64, made: MadeCell, is_encrypted: bool, mark: Mark) -> Self {
        Outgoing {
            handle,
            made,
            is_encrypted,
            may_share_frames: AtomicBool::new(false),
            is_polled: AtomicBool::new(false),
            is_lost: AtomicBool::new(false),
            at_end: AtomicU8::new(0),
            counted_before: AtomicU64::new(0),
            accepted_before: AtomicU64::new(0),
            progress: Progress::new(),
            queue: Queue::new(mark),
        }
    }

    /// How the handle was made.
    pub(crate) fn made(&self) -> &MadeCell {
        &self.made
    }

    /// The handle's number, never given again.
    pub(crate) fn handle(&self) -> u64 {
        self.handle
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.is_encrypted
    }

    pub(crate) fn may_share_frames(&self) -> bool {
        self.may_share_frames.load(Relaxed)
    }

    pub(crate) fn set_may_share_frames(&self) {
        self.may_share_frames.store(true, Relaxed);
    }

    pub(crate) fn is_polled(&self) -> bool {
        self.is_polled.load(Relaxed)
    }

    pub(crate) fn set_polled(&self) {
        self.is_polled.store(true, Relaxed);
    }

    #[inline(always)]
    pub(crate) fn is_lost(&self) -> bool {
        self.is_lost.load(Relaxed)
    }

    pub(crate) fn lose(&self) {
        self.is_lost.store(true, Relaxed);
    }

    /// Whether there is anything to be done when the operation under way comes back.
    #[inline(always)]
    pub(crate) fn has_any_at_end(&self) -> bool {
        self.at_end.load(Relaxed) != 0
    }

    fn set_at_end(&self, bit: u8, is_set: bool) {
        let others = self.at_end.load(Relaxed) & !bit;
        self.at_end
            .store(if is_set { others | bit } else { others }, Relaxed);
    }

    /// Whether the operation under way has left something for the record to be completed when it comes back.
    pub(crate) fn has_unfinished(&self) -> bool {
        self.at_end.load(Relaxed) & UNFINISHED != 0
    }

    pub(crate) fn set_has_unfinished(&self, has_unfinished: bool) {
        self.set_at_end(UNFINISHED, has_unfinished);
    }

    /// An operation comes to its first call: what the socket has counted so far.
    pub(crate) fn begin_operation_at(&self, counted: u64) {
        let accepted = self.progress.read().accepted();
        self.counted_before.store(counted, Relaxed);
        self.accepted_before.store(accepted, Relaxed);
        self.set_at_end(LOOKED_AT, true);
    }

    /// Whether it is known what the socket had counted before the operation under way.
    pub(crate) fn is_looked_at(&self) -> bool {
        self.at_end.load(Relaxed) & LOOKED_AT != 0
    }

    /// The operation is over. Gives whether it got bytes accepted of which the socket has taken none: it has still counted
    /// as many as before.
    pub(crate) fn end_operation_at(&self, counted: Option<u64>) -> bool {
        self.set_at_end(LOOKED_AT, false);
        let accepted = self.accepted_before.load(Relaxed);
        counted == Some(self.counted_before.load(Relaxed))
            && self.progress.read().accepted() != accepted
    }

    /// What the handle has offered and got accepted.
    #[inline(always)]
    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// What was queued and was not offered to the stream yet.
    #[inline(always)]
    pub(crate) fn queue(&self) -> &Queue {
        &self.queue
    }
}
