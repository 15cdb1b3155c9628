//! Sleeps until a number is another one, by the system call below std's own locks.

use crate::sync::raw::until::Until;
use rustix::io::Errno;
use rustix::thread::futex::{Flags, Timespec, wait, wake};
use std::sync::atomic::AtomicU32;

/// Sleeps if the number is the expected one, until it is woken or the limit is over. Gives whether it was the limit: then it has
/// taken no wake from another one. It may come back for no reason.
pub(in crate::sync) fn sleep(number: &AtomicU32, expected: u32, until: Until) -> bool {
    loop {
        // A limit that the system cannot tell is none.
        let left = until.left().and_then(|left| Timespec::try_from(left).ok());
        match wait(number, Flags::PRIVATE, expected, left.as_ref()) {
            // A thread with a signal handler came back from it. std goes on with its sleep, too.
            Err(Errno::INTR) => {}
            end => return end == Err(Errno::TIMEDOUT),
        }
    }
}

/// Wakes one that sleeps.
pub(in crate::sync) fn wake_one(number: &AtomicU32) {
    let _ = wake(number, Flags::PRIVATE, 1);
}

/// Wakes all that sleep.
pub(in crate::sync) fn wake_all(number: &AtomicU32) {
    let _ = wake(number, Flags::PRIVATE, i32::MAX.unsigned_abs());
}
