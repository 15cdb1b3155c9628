//! The clock of the rule: nanoseconds since it was first read. Zero is never read.

use once_cell::race::OnceBox;
use std::time::Instant;

pub(super) const MILLISECOND: u64 = 1_000_000;

pub(super) fn now() -> u64 {
    // No thread waits for another one to set it: a forked child would do so for ever.
    static START: OnceBox<Instant> = OnceBox::new();
    let since = START
        .get_or_init(|| Box::new(Instant::now()))
        .elapsed()
        .as_nanos();
    u64::try_from(since).unwrap_or(u64::MAX).saturating_add(1)
}
