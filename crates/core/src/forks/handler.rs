//! The number of a process in its line of forks.

#[cfg(not(unix))]
#[path = "handler/no_system.rs"]
mod system;
#[cfg(unix)]
mod system;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

// Relaxed, because only the child's handler writes it, when the child has one thread. Every later thread begins behind that.
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// Forks are noticed from now on.
static IS_NOTICED: AtomicBool = AtomicBool::new(false);

/// How many forks of a process that noticed forks led to this one.
#[inline]
pub fn generation() -> u64 {
    GENERATION.load(Relaxed)
}

/// Notices forks from now on.
#[inline]
pub fn notice() {
    if !IS_NOTICED.load(Relaxed) {
        begin();
    }
}

#[cold]
fn begin() {
    // Two threads may both come here. A child then adds two, which is as good as one.
    system::call_in_child(in_child);
    IS_NOTICED.store(true, Relaxed);
}

/// Runs in the child, before `fork` has returned there. It may do no more than a signal handler may.
extern "C" fn in_child() {
    GENERATION.fetch_add(1, Relaxed);
    system::close_descriptors();
}
