//! Sleeps until a number is another one, by the system call below std's own locks.

use rustix::thread::futex::{Flags, Timespec, wait, wake};
use std::sync::atomic::AtomicU32;
use std::time::Duration;

/// Sleeps if the number is the expected one: until it is woken, or the limit is over. It may come back for no reason.
pub(in crate::sync) fn sleep(number: &AtomicU32, expected: u32, limit: Option<Duration>) {
    // A limit that the system cannot tell is none.
    let limit = limit.and_then(|limit| Timespec::try_from(limit).ok());
    let _ = wait(number, Flags::PRIVATE, expected, limit.as_ref());
}

/// Wakes one that sleeps.
pub(in crate::sync) fn wake_one(number: &AtomicU32) {
    let _ = wake(number, Flags::PRIVATE, 1);
}

/// Wakes all that sleep.
pub(in crate::sync) fn wake_all(number: &AtomicU32) {
    let _ = wake(number, Flags::PRIVATE, i32::MAX.unsigned_abs());
}
