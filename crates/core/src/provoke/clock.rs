//! The clock of the rule: nanoseconds since it was first read. Zero is never read.

use std::sync::OnceLock;
use std::time::Instant;

pub(super) const MILLISECOND: u64 = 1_000_000;

pub(super) fn now() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let since = START.get_or_init(Instant::now).elapsed().as_nanos();
    u64::try_from(since).unwrap_or(u64::MAX).saturating_add(1)
}
