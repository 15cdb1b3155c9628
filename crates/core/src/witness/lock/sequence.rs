//! A sequence lock: one writer at a time writes some fields without waiting; a reader gets a consistent set, or none.

use super::primitives::{AtomicU64, fence};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// Fields that are written when a hold begins. Each field is atomic. The sequence tells whether they belong together.
#[derive(Debug)]
pub(super) struct Sequenced<F> {
    /// Even: not held. Odd: held. Each hold adds two.
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

    /// A hold begins. The caller has the lock, so that no two calls of this run at once.
    #[inline(always)]
    pub(super) fn begin(&self, write: impl FnOnce(&F)) {
        let sequence = self.sequence.load(Relaxed);
        // Pairs with the fence in `read`: a reader of what is written below also sees the end of the last hold.
        fence(Release);
        write(&self.fields);
        // Publishes the fields to the acquire in `read`.
        self.sequence.store(sequence.wrapping_add(1), Release);
    }

    /// The hold is about to end.
    #[inline(always)]
    pub(super) fn end(&self) {
        let sequence = self.sequence.load(Relaxed);
        self.sequence.store(sequence.wrapping_add(1), Relaxed);
    }

    /// What the present hold wrote, with its sequence. `None` without a hold, or if the hold changed while this read.
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
    #[inline(always)]
    pub(super) fn is_held(&self) -> bool {
        is_hold(self.sequence.load(Relaxed))
    }

    /// The sequence, if there is no hold.
    #[cfg(any(feature = "tokio", feature = "parking_lot"))]
    pub(super) fn unheld_at(&self) -> Option<u64> {
        let sequence = self.sequence.load(Relaxed);
        (!is_hold(sequence)).then_some(sequence)
    }

    /// Whether the sequence is still this one.
    pub(super) fn is_at(&self, sequence: u64) -> bool {
        self.sequence.load(Relaxed) == sequence
    }
}

fn is_hold(sequence: u64) -> bool {
    sequence & 1 == 1
}
