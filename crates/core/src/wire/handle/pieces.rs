//! Pieces: on a wire on which two writers have overlapped, large writes are passed on in pieces.
//!
//! What happens inside one call of megabytes is only known where the kernel counts, and where no other writer is inside at
//! its end. Call by call it is always known what each writer has in the stream. So a call of a writer that found another
//! one, and every later call on that wire, offers so many bytes at most, as a short write of any socket would take them. A
//! wire on which no two writers have met is never touched.

use crate::settings::Policy;
use crate::wire::finding::Recorder;
// std's under loom, too: it is set once, and a writer that does not see it yet makes one call of the old length.
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// How many bytes are passed on at once: as many as TLS puts into one record (RFC 8446, section 5.1).
///
/// Of two writers of sixteen messages of 256 KiB, 19 runs of 20 were found torn with pieces of 16 KiB, 15 with 32 KiB and 12
/// with 64 KiB: a frame of few pieces is seldom met in its middle.
const PIECE: u64 = 16 << 10;

/// Whether the calls on a wire are cut into pieces.
#[derive(Debug)]
pub(in crate::wire) struct Pieces {
    is_wanted: bool,
    has_overlap: AtomicBool,
}

impl Pieces {
    /// Under the other policies the second of two writers is refused, so that nothing is left to be proved.
    pub(super) fn new(recorder: &dyn Recorder) -> Self {
        Pieces {
            is_wanted: recorder.proves() && recorder.policy() == Policy::Observe,
            has_overlap: AtomicBool::new(false),
        }
    }

    /// Whether an overlap would change anything.
    pub(super) fn await_overlap(&self) -> bool {
        self.is_wanted && !self.has_overlap.load(Relaxed)
    }

    /// Two writers have overlapped, and both have written.
    pub(super) fn note_overlap(&self) {
        self.has_overlap.store(true, Relaxed);
    }

    /// How many of so many bytes are passed on in one call.
    #[inline(always)]
    pub(super) fn length(&self, offered: u64) -> u64 {
        if offered > PIECE && self.has_overlap.load(Relaxed) {
            PIECE
        } else {
            offered
        }
    }
}

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;
    use crate::wire::test_recorder::TestRecorder;

    #[test]
    fn only_large_calls_behind_an_overlap_are_cut_and_only_under_observe() {
        for (proves, policy, is_cut) in [
            (true, Policy::Observe, true),
            (false, Policy::Observe, false),
            (true, Policy::Error, false),
            (true, Policy::Panic, false),
        ] {
            let mut recorder = TestRecorder::with_policy(policy);
            recorder.proves = proves;
            let pieces = Pieces::new(&recorder);
            assert_eq!(pieces.length(PIECE + 1), PIECE + 1);
            assert_eq!(pieces.await_overlap(), is_cut);
            if pieces.await_overlap() {
                pieces.note_overlap();
            }
            assert_eq!(pieces.length(PIECE), PIECE);
            let large = if is_cut { PIECE } else { PIECE + 1 };
            assert_eq!(pieces.length(PIECE + 1), large);
        }
    }
}
