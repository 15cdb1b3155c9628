//! The locks round a connection, watched: they know who holds them and who waits, by call site.
//!
//! Everything else is what `std::sync` has, so that one `use` line is changed. No detection here: locks leave their
//! records in `witness`, and when somebody waits too long, `locks` makes a finding of it.

mod condvar;
mod exclusive;
mod mutex;
#[cfg(feature = "tokio")]
pub mod tokio;

pub use condvar::{Condvar, WaitTimeoutResult};
pub use exclusive::{Entering, Exclusive, ExclusiveGuard};
pub use mutex::{Mutex, MutexGuard};
#[doc(no_inline)]
pub use std::sync::*;

use crate::process;
use crate::wire::Outcome;
use crate::witness::LockRecord;

/// To be called when the holder of a lock is about to let go.
#[inline]
fn let_go(record: &LockRecord) {
    if record.is_awaited() {
        say_where(record);
    }
    record.let_go();
}

#[cold]
fn say_where(record: &LockRecord) {
    let outcome = if std::thread::panicking() {
        Outcome::Panicked
    } else {
        Outcome::Released
    };
    let _ = process::locks().holder_leaves(record, outcome);
}
