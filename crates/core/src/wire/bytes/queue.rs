//! The queue of a handle: what was queued in its object and was not offered to the stream since.
//!
//! Kept by the handle's user, with plain stores; looked at from aside every so often. A handle that offers bytes to the
//! stream, or flushes it, has tried: then all that is still queued waits for the peer, and for no writer here. So does
//! what comes behind it, until the stream takes all that it is offered again.

use super::ahead::Ahead;
use super::cursor::Header;
use super::marks::Mark;
use crate::wire::half::{Half, Outcome};
use crate::wire::sync::{AtomicBool, AtomicU64, Ordering::Relaxed, current_thread};
use crate::witness::{Operation, Site, Stamp, Task, current_task};
use crossbeam_utils::atomic::AtomicCell;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

/// What is queued in an object, and was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Backlog {
    pub(crate) messages: u64,
    /// Of payload.
    pub(crate) bytes: u64,
}

/// The queue of one handle, and who began it.
#[derive(Debug)]
pub(crate) struct Queue {
    mark: Mark,
    /// When the first of it was queued, to a tenth of a second; zero while there is none.
    since: AtomicU64,
    /// When it was first looked at: what is kept above may be earlier, where the ticks came late. Of a finding that is
    /// over, when it ended.
    noticed: AtomicU64,
    messages: AtomicU32,
    bytes: AtomicU64,
    operation: AtomicU64,
    site: AtomicCell<Site>,
    thread: AtomicU64,
    task: AtomicCell<Option<Task>>,
    /// It is a finding: its end is to be noted.
    is_told: AtomicBool,
    was_dropped: AtomicBool,
    /// The stream did not take all that it was last offered.
    is_full: AtomicBool,
    ahead: Ahead,
}

impl Queue {
    pub(crate) fn new(mark: Mark) -> Self {
        Queue {
            mark,
            since: AtomicU64::new(0),
            noticed: AtomicU64::new(0),
            messages: AtomicU32::new(0),
            bytes: AtomicU64::new(0),
            operation: AtomicU64::new(0),
            site: AtomicCell::new(Site::IN_BACKTRACE),
            thread: AtomicU64::new(0),
            task: AtomicCell::new(None),
            is_told: AtomicBool::new(false),
            was_dropped: AtomicBool::new(false),
            is_full: AtomicBool::new(false),
            ahead: Ahead::default(),
        }
    }

    #[inline]
    pub(crate) fn add(&self, operation: Operation, site: Site) {
        if self.is_full.load(Relaxed) {
            return;
        }
        if self.since.load(Relaxed) != 0 {
            self.messages
                .store(self.messages.load(Relaxed).saturating_add(1), Relaxed);
            self.bytes.store(
                self.bytes.load(Relaxed).saturating_add(operation.length()),
                Relaxed,
            );
            return;
        }
        self.noticed.store(0, Relaxed);
        // The last one may have been told of just when it ended.
        self.is_told.store(false, Relaxed);
        self.messages.store(1, Relaxed);
        self.bytes.store(operation.length(), Relaxed);
        self.operation.store(operation.to_bits(), Relaxed);
        self.site.store(site);
        self.thread.store(current_thread(), Relaxed);
        self.task.store(current_task());
        let recent = Stamp::recent_bits();
        self.since.store(
            if recent != 0 {
                recent
            } else {
                Stamp::now().to_bits()
            },
            Relaxed,
        );
        self.mark.set();
    }

    /// Its bit among those of all handles.
    pub(crate) fn mark(&self) -> &Mark {
        &self.mark
    }

    /// Whether something is queued, as far as this thread can see.
    pub(crate) fn has_queued(&self) -> bool {
        self.since.load(Relaxed) != 0
    }

    /// Whether something may be queued: this was not told otherwise, or the stream did not take what it was last offered.
    pub(crate) fn may_have_any(&self) -> bool {
        self.has_queued() || self.is_full.load(Relaxed)
    }

    /// How many bytes its frames have at most, if that is known.
    pub(crate) fn at_most(&self) -> Option<u64> {
        let headers = u64::from(self.messages.load(Relaxed)).saturating_mul(Header::MAX as u64);
        let bytes = self.bytes.load(Relaxed).saturating_add(headers);
        let is_known = !self.is_full.load(Relaxed);
        is_known.then_some(if self.has_queued() { bytes } else { 0 })
    }

    /// What of it matters to messages. Known under the policies that refuse.
    pub(crate) fn ahead(&self) -> &Ahead {
        &self.ahead
    }

    pub(crate) fn take_back(&self, operation: Operation) {
        if self.since.load(Relaxed) == 0 {
            return;
        }
        match self.messages.load(Relaxed) {
            0 | 1 => self.since.store(0, Relaxed),
            messages => {
                self.messages.store(messages.saturating_sub(1), Relaxed);
                self.bytes.store(
                    self.bytes.load(Relaxed).saturating_sub(operation.length()),
                    Relaxed,
                );
            }
        }
    }

    /// A handle tries to write it.
    #[inline(always)]
    pub(crate) fn end(&self) {
        if self.since.load(Relaxed) != 0 {
            self.end_with(false);
        }
    }

    #[cold]
    pub(crate) fn end_with(&self, was_dropped: bool) {
        // Hardly any is told, and an exchange would cost every message that is queued.
        if self.is_told.load(Relaxed) {
            self.is_told.store(false, Relaxed);
            self.was_dropped.store(was_dropped, Relaxed);
            self.noticed.store(Stamp::now().to_bits(), Relaxed);
        }
        self.since.store(0, Relaxed);
    }

    pub(crate) fn backlog(&self) -> Backlog {
        Backlog {
            messages: self.messages.load(Relaxed).into(),
            bytes: self.bytes.load(Relaxed),
        }
    }

    /// The time until now does not count: the process stood still.
    pub(crate) fn notice_anew(&self, now: Stamp) {
        // Of what is told, this is when it ended.
        if !self.is_told.load(Relaxed) && self.noticed.load(Relaxed) != 0 {
            self.noticed.store(now.to_bits(), Relaxed);
        }
    }

    /// Since when there is a backlog that is late, and not told of.
    pub(crate) fn late_since(&self, now: Stamp, patience: Duration) -> Option<u64> {
        let since = self.since.load(Relaxed);
        if since == 0 || self.is_told.load(Relaxed) {
            return None;
        }
        match self.noticed.load(Relaxed) {
            0 => {
                self.noticed.store(now.to_bits(), Relaxed);
                None
            }
            noticed => {
                let is_late =
                    now.micros_since(Stamp::from_bits(noticed)) >= patience.as_secs_f64() * 1e6;
                is_late.then_some(since)
            }
        }
    }

    /// Whether what was queued then is all still there.
    pub(crate) fn is_since(&self, since: u64) -> bool {
        self.since.load(Relaxed) == since
    }

    /// What is queued is told as a finding from now on, with who began it. `None` if it was written meanwhile.
    pub(crate) fn tell(&self, handle: u64, since: u64) -> Option<(Half, Backlog)> {
        self.is_told.store(true, Relaxed);
        let mut half = Half {
            handle,
            made: None,
            operation: Operation::from_bits(self.operation.load(Relaxed)),
            site: self.site.load(),
            thread: self.thread.load(Relaxed),
            thread_name: None,
            task: self.task.load(),
            began: Stamp::from_bits(since),
            ended: None,
            stack: None,
            dropped: None,
            is_queued: true,
            held: Duration::ZERO,
        };
        half.name_thread();
        let backlog = self.backlog();
        if !self.is_since(since) {
            self.is_told.store(false, Relaxed);
            return None;
        }
        Some((half, backlog))
    }

    /// When what was told ended, and how.
    pub(crate) fn end_of_told(&self) -> (Stamp, Outcome) {
        let outcome = if self.was_dropped.load(Relaxed) {
            Outcome::Dropped
        } else {
            Outcome::Flushed
        };
        // The next one may have begun already.
        let ended = match self.noticed.load(Relaxed) {
            0 => Stamp::now(),
            ended => Stamp::from_bits(ended),
        };
        (ended, outcome)
    }

    /// Whether there would be nothing to note of an attempt that takes everything.
    #[inline(always)]
    pub(crate) fn has_nothing_left(&self) -> bool {
        !self.is_full.load(Relaxed) && self.ahead.is_nothing()
    }

    /// The stream was offered bytes, or flushed: with whether it took everything.
    #[inline(always)]
    pub(crate) fn note_attempt(&self, took_all: bool) {
        if self.is_full.load(Relaxed) == took_all {
            self.is_full.store(!took_all, Relaxed);
        }
        if took_all && !self.ahead.is_nothing() {
            self.ahead.clear();
        }
    }
}
