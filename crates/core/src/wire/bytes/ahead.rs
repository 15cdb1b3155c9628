//! What is queued in a handle's object, as far as it matters to the message that is open on the wire.
//!
//! A library that has a message sends it with its next flush, whatever is refused meanwhile. So an operation that
//! begins is judged with all that would go out before it. Kept under the policies that refuse, by the handle's user, with plain stores.

use super::cursor::{Content, Header};
// std's under loom, too: only the handle's user reads and writes it.
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Zero if nothing is queued.
///
/// | bits   | meaning                                                                    |
/// |--------|----------------------------------------------------------------------------|
/// | 0..15  | frames that begin a message                                                |
/// | 15..30 | frames that end one of several fragments                                   |
/// | 30     | a frame of the user's own making, of which it is not known which it is     |
#[derive(Debug, Default)]
pub(crate) struct Ahead(AtomicU32);

/// What a number of frames does to messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Bounds {
    starts: u32,
    ends: u32,
}

impl Bounds {
    /// Of a frame with this first byte.
    pub(crate) fn of_frame(first: u8) -> Bounds {
        let mut bounds = Bounds::default();
        bounds.add(&Header::read([&[first][..]]));
        bounds
    }

    /// One more frame.
    pub(crate) fn add(&mut self, header: &Header) {
        match header.content() {
            Content::Start => self.starts = self.starts.saturating_add(1),
            Content::Continuation if header.is_final() => self.ends = self.ends.saturating_add(1),
            _ => {}
        }
    }
}

impl Ahead {
    const MOST: u32 = (1 << 15) - 1;
    const ENDS_SHIFT: u32 = 15;
    const UNKNOWN: u32 = 1 << 30;

    #[inline(always)]
    pub(crate) fn is_nothing(&self) -> bool {
        self.0.load(Relaxed) == 0
    }

    /// All of it has gone out.
    pub(crate) fn clear(&self) {
        self.0.store(0, Relaxed);
    }

    /// A frame is queued, or about to be written, with this first byte.
    pub(crate) fn add(&self, first: u8) {
        let more = Bounds::of_frame(first);
        self.change(|has| Bounds {
            starts: has.starts.saturating_add(more.starts),
            ends: has.ends.saturating_add(more.ends),
        });
    }

    /// A frame of the user's own making is, of which nothing is known.
    pub(crate) fn add_unknown(&self) {
        self.0.store(self.0.load(Relaxed) | Self::UNKNOWN, Relaxed);
    }

    /// These frames have gone out, or were not queued after all.
    pub(crate) fn take(&self, gone: Bounds) {
        self.change(|has| Bounds {
            starts: has.starts.saturating_sub(gone.starts),
            ends: has.ends.saturating_sub(gone.ends),
        });
    }

    /// Whether a message may come to its end with it.
    pub(crate) fn may_end_message(&self) -> bool {
        self.0.load(Relaxed) & Self::UNKNOWN != 0 || self.bounds().ends > 0
    }

    /// Whether a message begins with it.
    pub(crate) fn begins_message(&self) -> bool {
        self.bounds().starts > 0
    }

    fn bounds(&self) -> Bounds {
        let word = self.0.load(Relaxed);
        Bounds {
            starts: word & Self::MOST,
            ends: (word >> Self::ENDS_SHIFT) & Self::MOST,
        }
    }

    fn change(&self, change: impl FnOnce(Bounds) -> Bounds) {
        let unknown = self.0.load(Relaxed) & Self::UNKNOWN;
        let Bounds { starts, ends } = change(self.bounds());
        let ends = ends.min(Self::MOST) << Self::ENDS_SHIFT;
        self.0
            .store(unknown | ends | starts.min(Self::MOST), Relaxed);
    }
}

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_begins_and_what_ends_a_message_is_counted_until_it_has_gone_out() {
        let ahead = Ahead::default();
        let is = || (ahead.begins_message(), ahead.may_end_message());
        // Neither a control frame nor a fragment in the middle.
        for first in [0x89, 0x88, 0x00] {
            ahead.add(first);
        }
        assert!(ahead.is_nothing());
        for first in [0x82, 0x01, 0x80] {
            ahead.add(first);
        }
        assert_eq!(is(), (true, true));
        ahead.take(Bounds::of_frame(0x82));
        ahead.take(Bounds::of_frame(0x80));
        assert_eq!(is(), (true, false));
        ahead.take(Bounds::of_frame(0x01));
        ahead.take(Bounds::of_frame(0x01));
        assert!(ahead.is_nothing());
        ahead.add_unknown();
        ahead.add(0x81);
        assert_eq!(is(), (true, true));
        ahead.clear();
        assert!(ahead.is_nothing());
        (0..100_000).for_each(|_| ahead.add(0x82));
        assert_eq!(is(), (true, false));
    }
}
