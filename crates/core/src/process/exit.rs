//! The end of the process: what is still on its way is finished and written, and the exit code is set.
//!
//! `unsafe` is needed twice here. Registering a function for the end of the process is `atexit`, which the standard
//! library does not offer; the function has no parameters, touches no thread-local storage that could be gone, and
//! never unwinds into C (`catch_unwind`). Ending with another code is `_exit`, as ThreadSanitizer does it: a normal
//! `exit` from inside an exit handler is undefined (C11 7.22.4.4). By then the standard library has flushed its own
//! output. What C code left in its buffers is lost, but only if an exit code is asked for and there were findings:
//! flushing it could wait for ever for a thread that holds a stream's lock.
//!
//! A process that is killed, aborts, or calls `_exit` itself never comes here.
#![allow(unsafe_code)]

use std::panic::catch_unwind;
use std::sync::OnceLock;

/// What is done at the end, and by the process that registered it: a forked child has no worker to wait for.
static REGISTERED: OnceLock<Registered> = OnceLock::new();

struct Registered {
    by: u32,
    /// Gives the exit code of the process, if it is to have another one.
    end: fn() -> Option<u8>,
}

/// Has the end of the process call `end`. Once is enough.
pub(super) fn register(end: fn() -> Option<u8>) {
    REGISTERED.get_or_init(|| {
        // SAFETY: `at_exit` has the signature that atexit takes and does not unwind. A full table is reported by the
        // result; then reports that are on their way at the very end are lost, and nothing else.
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
        // SAFETY: has no preconditions, and does not come back.
        unsafe { libc::_exit(code.into()) }
    }
}
