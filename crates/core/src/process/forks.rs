//! How many children this process has forked while it watched.
//!
//! A child has a copy of every connection, and no worker: what it writes is not watched. The parent says so. `unsafe` is
//! needed once: `pthread_atfork` has the system call a function in the parent behind each `fork`. That function adds to a
//! number and does nothing else, so that it may run in any state of the process. `posix_spawn`, which starts most commands,
//! calls it not.
#![allow(unsafe_code)]

use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

static FORKS: AtomicU64 = AtomicU64::new(0);

/// Counts from now on.
pub(super) fn count() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // SAFETY: `in_parent` has the signature that is asked for, does not unwind, and is there as long as this code
        // is. Without memory for it the result says so, and forks are not counted.
        let _ = unsafe { libc::pthread_atfork(None, Some(in_parent), None) };
    });
}

/// How many children were forked.
pub(super) fn so_far() -> u64 {
    FORKS.load(Relaxed)
}

extern "C" fn in_parent() {
    if crate::wire::has_wires() {
        FORKS.fetch_add(1, Relaxed);
    }
}
