//! The end of the process: the last findings are resolved, reports are written, and the exit code is set.
//!
//! `unsafe` is needed twice here.
//! - `atexit` registers a function for the end of the process, which the standard library does not offer. The function
//!   has no parameters, touches no thread-local storage that could be gone, and never unwinds into C (`catch_unwind`).
//! - `_exit` ends the process with another code, as in ThreadSanitizer. A normal `exit` from inside an exit handler is
//!   undefined (C11 7.22.4.4). By then the standard library has flushed its own output. What C code left in its buffers
//!   is lost, but only if an exit code is asked for and there were findings. Flushing it could wait for ever for a thread
//!   that holds a stream's lock.
//!
//! A forked child has the functions that its parent has registered. So this one asks which process it is in.
//!
//! A process that is killed, aborts, or calls `_exit` itself does not run this.
#![allow(unsafe_code)]

use super::running;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

static IS_REGISTERED: AtomicBool = AtomicBool::new(false);

/// Has the end of the process, and that of its children, call [`running::end`].
pub(super) fn register() {
    if !IS_REGISTERED.load(Relaxed) {
        // SAFETY: `at_exit` has the signature that atexit takes and does not unwind. A full table is reported by the
        // result. Then findings that are not resolved at the very end are lost, and nothing else.
        let _ = unsafe { libc::atexit(at_exit) };
        // Behind it: a child that is forked meanwhile registers it once more, and the second call does nothing.
        IS_REGISTERED.store(true, Relaxed);
    }
}

extern "C" fn at_exit() {
    if let Ok(Some(code)) = catch_unwind(running::end) {
        // SAFETY: has no preconditions, and does not return.
        unsafe { libc::_exit(code.into()) }
    }
}
