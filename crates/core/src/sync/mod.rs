//! The watched locks: each knows its holder and its waiters by call site.
//!
//! Everything else is what `std::sync` has, so that a program changes one `use` line. Nothing is detected here: a lock
//! writes its record in `witness`, and `locks` makes a finding of a wait that takes too long.

mod condvar;
mod exclusive;
mod guard_traits;
mod mutex;
#[cfg(feature = "tokio")]
pub mod tokio;

pub use condvar::{Condvar, WaitTimeoutResult};
pub use exclusive::{Entering, Exclusive, ExclusiveGuard};
pub use mutex::{Mutex, MutexGuard};
#[doc(no_inline)]
pub use std::sync::*;

use crate::error::ConcurrentUse;
use crate::process;
use crate::wire::Outcome;
use crate::witness::LockRecord;
use guard_traits::guard_traits;

/// To be called when the holder of a mutex is about to release it.
#[inline]
fn on_release(record: &LockRecord) {
    if record.is_awaited() {
        note_holder_only(record);
    }
    record.note_release();
}

/// The same as [`note_holder`], for locks that have no overlaps. To drop the error here keeps `on_release` small.
#[cold]
#[inline(never)]
fn note_holder_only(record: &LockRecord) {
    let _ = note_holder(record);
}

/// Notes where the holder is, for the conflicts that it has with waiters. Returns its error, if one of them is an overlap.
#[cold]
#[inline(never)]
fn note_holder(record: &LockRecord) -> Option<ConcurrentUse> {
    let outcome = if std::thread::panicking() {
        Outcome::Panicked
    } else {
        Outcome::Released
    };
    process::locks().on_release(record, outcome)
}
