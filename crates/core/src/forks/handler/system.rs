//! Has the system call a function in each child that is forked.
//!
//! `unsafe` is needed because the standard library does not offer `pthread_atfork`. Nothing of this runs in the parent, so that
//! a fork never waits.
#![allow(unsafe_code)]

/// Closes the descriptors that a child does not keep.
pub(super) fn close_descriptors() {
    crate::forks::descriptors::close_all();
}

/// Has the system call this in each child from now on. It may do no more than a signal handler may.
pub(super) fn call_in_child(function: unsafe extern "C" fn()) {
    // SAFETY: the function has the signature that is asked for, does not unwind, and is there as long as this code is. Without
    // memory for it the result says so. A child is then taken for its parent.
    let _ = unsafe { libc::pthread_atfork(None, None, Some(function)) };
}
