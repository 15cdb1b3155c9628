//! Outside tests, the steps of the contest are not counted.

/// Notes that a writer has looked at so many entries or pairs.
#[inline]
pub(super) fn note(_looked_at: usize) {}
