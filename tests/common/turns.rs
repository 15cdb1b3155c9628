//! The tests of a process take turns, so that every report is theirs.

#[path = "quiet.rs"]
mod quiet;

use quiet::quiet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// To be called first, and kept until the test ends.
pub(crate) fn my_turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    quiet();
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}
