//! The watched locks: each knows its holder and its waiters by call site.
//!
//! Everything else is what `std::sync` has, so that a program changes one `use` line. Nothing is detected here: a lock
//! writes its record in `witness`, and `locks` makes a finding of a wait that takes too long.

mod condvar;
mod exclusive;
mod guard_traits;
mod mutex;
#[cfg(feature = "parking_lot")]
pub mod parking_lot;
mod raw;
mod rwlock;
#[cfg(feature = "tokio")]
pub mod tokio;

pub use condvar::{Condvar, WaitTimeoutResult};
pub use exclusive::{Entering, Exclusive, ExclusiveGuard};
pub use mutex::{Mutex, MutexGuard};
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
#[doc(no_inline)]
pub use std::sync::*;

use crate::error::ConcurrentUse;
use crate::process;
use crate::wire::Outcome;
use crate::witness::{LockRecord, ReaderSlot, Slot};
use guard_traits::{guard_traits, read_guard_traits};

/// To be called when the holder of a lock is about to release it.
#[cfg_attr(not(debug_assertions), inline(always))]
fn on_release(record: &LockRecord) {
    let slot = record.exclusive();
    if slot.is_awaited() {
        note_holder_only(record, slot);
    }
    slot.note_release();
}

/// To be called when a reader is about to release a lock. `None` is a reader that is not known.
#[cfg_attr(not(debug_assertions), inline(always))]
fn on_reader_release(record: &LockRecord, reader: Option<&ReaderSlot>) {
    let Some(reader) = reader else {
        return;
    };
    if reader.slot.is_awaited() {
        note_holder_only(record, &reader.slot);
    }
    reader.give_back();
}

/// The same as [`note_holder`], for locks that have no overlaps. To drop the error here keeps `on_release` small.
#[cold]
#[inline(never)]
fn note_holder_only(record: &LockRecord, slot: &Slot) {
    let _ = note_holder(record, slot);
}

/// Notes where the holder is, for the conflicts that it has with waiters. Returns its error, if one of them is an overlap.
#[cold]
#[inline(never)]
fn note_holder(record: &LockRecord, slot: &Slot) -> Option<ConcurrentUse> {
    let outcome = if std::thread::panicking() {
        Outcome::Panicked
    } else {
        Outcome::Released
    };
    process::locks().on_release(record, slot, outcome)
}

#[inline(always)]
fn poisoned_if<T>(is_poisoned: bool, value: T) -> LockResult<T> {
    if is_poisoned {
        Err(PoisonError::new(value))
    } else {
        Ok(value)
    }
}
