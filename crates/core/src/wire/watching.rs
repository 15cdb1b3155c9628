//! How much is watched now.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

static HANDLES: AtomicU64 = AtomicU64::new(0);
static WIRES: AtomicU64 = AtomicU64::new(0);

/// How much is watched.
#[cfg(feature = "dashboard")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Watching {
    /// Wires with at least one handle.
    pub(crate) wires: u64,
    pub(crate) handles: u64,
}

/// How much is watched now.
#[cfg(feature = "dashboard")]
pub(crate) fn watching() -> Watching {
    Watching {
        wires: WIRES.load(Relaxed),
        handles: HANDLES.load(Relaxed),
    }
}

/// Whether any wire has a handle now.
pub(crate) fn has_wires() -> bool {
    WIRES.load(Relaxed) > 0
}

/// Runs in a forked child, as a signal handler does. Its parent's handles are not its own.
pub(crate) fn forget_in_child() {
    HANDLES.store(0, Relaxed);
    WIRES.store(0, Relaxed);
}

/// A handle has come to a wire that now has so many.
pub(super) fn note_new(handles: usize) {
    HANDLES.fetch_add(1, Relaxed);
    if handles == 1 {
        WIRES.fetch_add(1, Relaxed);
    }
}

/// A handle has gone from a wire that now has so many.
pub(super) fn note_gone(handles: usize) {
    HANDLES.fetch_sub(1, Relaxed);
    if handles == 0 {
        WIRES.fetch_sub(1, Relaxed);
    }
}
