//! The progress of a handle: how many bytes a handle got accepted, and whether it is inside a call to its stream right now.
//!
//! One word, so that a reader sees a state that was once true. Only the handle's current user writes to it; no lock is
//! needed for reading. A reader that wants several handles at one instant reads them all,
//! then what it came for, then all again.
//!
//! | bits    | meaning                                                                    |
//! |---------|----------------------------------------------------------------------------|
//! | 0..47   | bytes accepted since the handle was made; 128 TiB until it comes round     |
//! | 47      | inside a call                                                              |
//! | 48..64  | grows with every beginning and every end of a call                         |

// std's under loom, too: a reader compares two readings and stays silent if they differ, so that nothing in
// the protocol of claims hangs on it, and the models need not try every order of it.
use std::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

const INSIDE: u64 = 1 << 47;
const ACCEPTED: u64 = INSIDE - 1;
/// One step of the sequence. It comes round at the top, where nothing is above it.
const STEP: u64 = 1 << 48;
const SEQUENCE: u64 = !(STEP - 1);

/// One reading of a progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State(u64);

impl State {
    pub(crate) fn accepted(self) -> u64 {
        self.0 & ACCEPTED
    }

    /// Whether the handle is inside a call.
    pub(crate) fn is_inside(self) -> bool {
        self.0 & INSIDE != 0
    }

    /// A number that is another one for every other state of the handle.
    pub(crate) fn bits(self) -> u64 {
        self.0
    }
}

#[derive(Debug)]
pub(crate) struct Progress {
    word: AtomicU64,
    /// The length of what the call under way has offered.
    offered: AtomicU64,
    /// How many messages have had their last frame begun. Only a page shows it.
    messages: AtomicU64,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Progress {
            word: AtomicU64::new(0),
            offered: AtomicU64::new(0),
            messages: AtomicU64::new(0),
        }
    }

    /// To be said before bytes are offered to the stream. Release: a reader that sees the call sees its length.
    #[inline(always)]
    pub(crate) fn begin_call(&self, offered: u64) {
        self.offered.store(offered, Relaxed);
        let word = self.word.load(Relaxed);
        self.word.store((word | INSIDE).wrapping_add(STEP), Release);
    }

    /// To be said when the stream came back, with how many bytes it took.
    #[inline(always)]
    pub(crate) fn end_call(&self, accepted: u64) {
        self.word.store(self.after_call(accepted).0, Release);
    }

    /// The state as it will be when the call under way has ended.
    #[inline(always)]
    pub(crate) fn after_call(&self, accepted: u64) -> State {
        let word = self.word.load(Relaxed);
        let sequence = word.wrapping_add(STEP) & SEQUENCE;
        State(sequence | (word.wrapping_add(accepted) & ACCEPTED))
    }

    /// To be said when a call may have ended without saying so. Gives whether it had: what it wrote, if anything, is
    /// not known.
    #[cold]
    pub(crate) fn end_call_if_inside(&self) -> bool {
        let is_inside = self.read().is_inside();
        if is_inside {
            self.end_call(0);
        }
        is_inside
    }

    /// Acquire pairs with the release of either end of a call.
    #[inline(always)]
    pub(crate) fn read(&self) -> State {
        State(self.word.load(Acquire))
    }

    /// Counts messages. Only the handle's current user does, so that a load and a store are enough.
    #[inline(always)]
    pub(crate) fn add_messages(&self, messages: u64) {
        self.messages
            .store(self.messages.load(Relaxed).wrapping_add(messages), Relaxed);
    }

    pub(crate) fn messages(&self) -> u64 {
        self.messages.load(Relaxed)
    }

    /// What the call under way has offered.
    pub(crate) fn offered(&self) -> u64 {
        self.offered.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_add_up_and_every_state_is_another_one() {
        let progress = Progress::new();
        let mut seen = std::collections::HashSet::from([progress.read().bits()]);
        let mut total = 0;
        for accepted in (0..70_000u64).map(|call| call % 3 * 1_000_000) {
            progress.begin_call(accepted + 1);
            assert!(
                progress.read().is_inside()
                    && progress.read().accepted() == total
                    && progress.offered() == accepted + 1
            );
            let is_new = seen.insert(progress.read().bits());
            progress.end_call(accepted);
            total += accepted;
            assert!(!progress.read().is_inside() && progress.read().accepted() == total);
            assert!(is_new && seen.insert(progress.read().bits()));
        }
    }
}
