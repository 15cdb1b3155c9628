//! How many entries and pairs the writers of this thread have looked at, for the tests: under the lock of the contest, so that others
//! wait meanwhile.

use std::cell::Cell;

thread_local! {
    static STEPS: Cell<usize> = const { Cell::new(0) };
}

/// Notes that a writer has looked at so many entries or pairs.
pub(super) fn note(looked_at: usize) {
    STEPS.set(STEPS.get().saturating_add(looked_at));
}

/// How many there were so far.
pub(crate) fn so_far() -> usize {
    STEPS.get()
}
