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
//! A process that is killed, aborts, or calls `_exit` itself does not run this.
#![allow(unsafe_code)]

use std::panic::catch_unwind;
use std::sync::OnceLock;

/// The function for the end, and the process that registered it. A forked child has no worker to wait for.
static REGISTERED: OnceLock<Registered> = OnceLock::new();

struct Registered {
    by: u32,
    /// Gives the exit code of the process, if it is to be another one.
    end: fn() -> Option<u8>,
}

/// Has the end of the process call `end`. Once is enough.
pub(super) fn register(end: fn() -> Option<u8>) {
    REGISTERED.get_or_init(|| {
        // SAFETY: `at_exit` has the signature that atexit takes and does not unwind. A full table is reported by the
        // result. Then findings that are not resolved at the very end are lost, and nothing else.
        let _ = unsafe { libc::atexit(at_exit) };
        Registered {
            by: std::process::id(),
            end,
        }
    });
}

extern "C" fn at_exit() {
    let Some(registered) = REGISTERED.get().filter(|it| it.by == std::process::id()) else {
        return;
    };
    let code = catch_unwind(registered.end);
    if let Ok(Some(code)) = code {
        // SAFETY: has no preconditions, and does not return.
        unsafe { libc::_exit(code.into()) }
    }
}
