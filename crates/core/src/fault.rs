//! Has a hook of the detector fail, for tests of what becomes of the program then.
//!
//! It is always compiled in, so that the tests run what users run. It is asked where a hook has left the quiet path of a send.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// A hook that can be told to fail.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A claim that finds the wire held.
    Claim = 1,
    /// What is seen before a call to the stream.
    Look,
    /// What is made of a call to the stream, after it.
    Judge,
    /// A contested claim that is given back.
    GiveBack,
    /// A handle that comes.
    Attach,
    /// A handle that goes.
    Detach,
    /// A claim that may be held for another writer.
    Provoke,
    /// The system, when it is asked to fence all threads for a second handle. It refuses, and nothing panics.
    Fence,
}

/// The place that fails next. Zero for none.
static NEXT: AtomicU8 = AtomicU8::new(0);

/// Has the next hook that comes to this place panic, on whatever thread.
#[doc(hidden)]
pub fn fail_at(place: Place) {
    NEXT.store(place as u8, Relaxed);
}

/// Whether the fault is still to come.
#[doc(hidden)]
pub fn is_pending() -> bool {
    NEXT.load(Relaxed) != 0
}

/// Panics if this place is to fail.
#[cfg_attr(not(debug_assertions), inline)]
pub(crate) fn point(place: Place) {
    if NEXT.load(Relaxed) == place as u8 {
        fail(place);
    }
}

#[cold]
fn fail(place: Place) {
    assert!(
        !comes_to(place),
        "a test has asked for this fault, at {place:?}"
    );
}

/// Whether this place is to fail, of one that does so without a panic. Said once.
pub(crate) fn comes_to(place: Place) -> bool {
    NEXT.compare_exchange(place as u8, 0, Relaxed, Relaxed)
        .is_ok()
}
