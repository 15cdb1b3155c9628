//! Points in time that limit a wait.

use std::time::{Duration, Instant};

/// The time after this duration from now. If the clock does not reach that far, it is more than a
/// hundred years from now.
pub(super) fn after(duration: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(duration)
        .unwrap_or(now + Duration::from_secs(u32::MAX.into()))
}
