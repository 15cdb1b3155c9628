//! How many children this process has forked while it watched.
//!
//! `unsafe` is needed once: `pthread_atfork` has the system call a function in the parent behind each `fork`, and one in the
//! child. These functions set numbers and do nothing else, so that they may run in any state of the process. `posix_spawn`, which
//! starts most commands, calls them not.
#![allow(unsafe_code)]

use crate::wire;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

static FORKS: AtomicU64 = AtomicU64::new(0);
static ARE_COUNTED: AtomicBool = AtomicBool::new(false);

/// Counts from now on, in this process and in its children. To be called once at a time.
pub(super) fn count() {
    if !ARE_COUNTED.load(Relaxed) {
        // SAFETY: both have the signature that is asked for, do not unwind, and are there as long as this code is. Without
        // memory for them the result says so, and forks are not counted.
        let _ = unsafe { libc::pthread_atfork(None, Some(in_parent), Some(in_child)) };
        ARE_COUNTED.store(true, Relaxed);
    }
}

/// How many children were forked.
pub(super) fn so_far() -> u64 {
    FORKS.load(Relaxed)
}

extern "C" fn in_parent() {
    if wire::has_wires() {
        FORKS.fetch_add(1, Relaxed);
    }
}

extern "C" fn in_child() {
    FORKS.store(0, Relaxed);
    wire::forget_in_child();
}
