//! A sequence lock: what one at a time leaves in passing, anybody may read from aside, and finds whole or not at all.

use super::primitives::{AtomicU64, fence};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// Fields that are written where a hold begins. Each is atomic by itself; the sequence says whether they belong together.
#[derive(Debug)]
pub(super) struct Sequenced<F> {
    /// Twice the number of holds so far, less one while there is one.
    sequence: AtomicU64,
    fields: F,
}

impl<F> Sequenced<F> {
    pub(super) fn new(fields: F) -> Self {
        Sequenced {
            sequence: AtomicU64::new(0),
            fields,
        }
    }

    /// A hold begins. Called by whoever has the lock that is told of, so one at a time.
    #[inline]
    pub(super) fn begin(&self, write: impl FnOnce(&F)) {
        let sequence = self.sequence.load(Relaxed);
        // Pairs with the fence in `read`: who reads what is written below sees the last hold's end, too.
        fence(Release);
        write(&self.fields);
        // Publishes the fields to the acquire in `read`.
        self.sequence.store(sequence + 1, Release);
    }

    /// The hold is about to end.
    #[inline]
    pub(super) fn end(&self) {
        let sequence = self.sequence.load(Relaxed);
        self.sequence.store(sequence + 1, Relaxed);
    }

    /// What the present hold left, with its sequence, if there is a hold.
    pub(super) fn read<R>(&self, read: impl FnOnce(&F) -> R) -> Option<(u64, R)> {
        // Acquire pairs with the release in `begin`.
        let sequence = self.sequence.load(Acquire);
        let result = read(&self.fields);
        // Pairs with the fence in `begin`.
        fence(Acquire);
        let is_whole = is_hold(sequence) && self.is_at(sequence);
        is_whole.then_some((sequence, result))
    }

    /// Whether there is a hold.
    #[inline]
    pub(super) fn is_held(&self) -> bool {
        is_hold(self.sequence.load(Relaxed))
    }

    /// The sequence where there is no hold.
    pub(super) fn unheld_at(&self) -> Option<u64> {
        let sequence = self.sequence.load(Relaxed);
        (!is_hold(sequence)).then_some(sequence)
    }

    /// Whether that hold is still the one.
    pub(super) fn is_at(&self, sequence: u64) -> bool {
        self.sequence.load(Relaxed) == sequence
    }
}

fn is_hold(sequence: u64) -> bool {
    sequence & 1 == 1
}
