//! Waiting for an event, with a time limit.

use std::thread;
use std::time::{Duration, Instant};

/// The time after which a test that hangs fails. No test waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Looks again and again until there is a result.
#[track_caller]
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            Instant::now() < deadline,
            "{what} does not come: {:#?}",
            redhanded::reports()
        );
        thread::yield_now();
    }
}
