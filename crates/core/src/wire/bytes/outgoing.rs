//! What one handle sends, as far as others may know it.

use super::progress::Progress;
use super::queue::Queue;
// std's under loom, too: the handle's user sets them, and a reader that sees an old state says less, and nothing wrong.
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

#[derive(Debug)]
pub(crate) struct Outgoing {
    handle: u64,
    /// What the handle writes is encrypted before it reaches the socket.
    is_encrypted: bool,
    /// Another handle may finish a frame that this one has begun.
    may_share_frames: AtomicBool,
    /// Its calls are polls, between which other futures of the same thread may use it.
    is_polled: AtomicBool,
    /// Where in its frames the handle is has become unknown for ever.
    is_lost: AtomicBool,
    /// The operation under way has left something for the record to be completed when it comes back.
    has_unfinished: AtomicBool,
    progress: Progress,
    queue: Queue,
}

impl Outgoing {
    pub(crate) fn new(handle: u64, is_encrypted: bool) -> Self {
        Outgoing {
            handle,
            is_encrypted,
            may_share_frames: AtomicBool::new(false),
            is_polled: AtomicBool::new(false),
            is_lost: AtomicBool::new(false),
            has_unfinished: AtomicBool::new(false),
            progress: Progress::new(),
            queue: Queue::new(),
        }
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

    #[inline]
    pub(crate) fn is_lost(&self) -> bool {
        self.is_lost.load(Relaxed)
    }

    pub(crate) fn lose(&self) {
        self.is_lost.store(true, Relaxed);
    }

    #[inline]
    pub(crate) fn has_unfinished(&self) -> bool {
        self.has_unfinished.load(Relaxed)
    }

    pub(crate) fn set_has_unfinished(&self, has_unfinished: bool) {
        self.has_unfinished.store(has_unfinished, Relaxed);
    }

    /// What the handle has offered and got accepted.
    #[inline]
    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// What was queued and was not offered to the stream yet.
    #[inline]
    pub(crate) fn queue(&self) -> &Queue {
        &self.queue
    }
}
