//! Threads of ours take no signal that is for the application.
//!
//! A program may block SIGTERM in all of its threads and wait for it in one. A thread of ours with another mask would take the
//! signal, and the process would be killed. SIGPIPE, which comes to the thread that writes to a pipe without a reader, would
//! kill the process as well.
//!
//! `unsafe` is needed because the standard library sets no masks. `pthread_sigmask` reads one set and writes another, both
//! on this stack. The mask is set before the thread begins, because a new thread inherits it, and put back afterwards.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::{io, ptr, thread};

/// Signals that a thread causes itself, by a fault. To block these is undefined, or hides the fault.
const FAULTS: [libc::c_int; 7] = [
    libc::SIGABRT,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGILL,
    libc::SIGSEGV,
    libc::SIGSYS,
    libc::SIGTRAP,
];

/// Starts a thread that takes no signals but its own faults.
pub(super) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let before = block_all_but_faults();
    let spawned = thread::Builder::new().name(name.into()).spawn(run);
    if let Some(before) = before {
        // SAFETY: `before` is a set that the system gave. Without a place for the old mask none is written.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &before, ptr::null_mut()) };
    }
    spawned.map(drop)
}

/// Blocks signals in the calling thread. Gives the mask that it had.
fn block_all_but_faults() -> Option<libc::sigset_t> {
    let (mut all, mut before) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: `sigfillset` initializes the set, and `sigdelset` takes signals that there are out of it.
    let all = unsafe {
        libc::sigfillset(all.as_mut_ptr());
        for fault in FAULTS {
            libc::sigdelset(all.as_mut_ptr(), fault);
        }
        all.assume_init()
    };
    // SAFETY: both point to sets on this stack. The second is written if the call succeeds, and read only then.
    unsafe {
        let result = libc::pthread_sigmask(libc::SIG_SETMASK, &all, before.as_mut_ptr());
        (result == 0).then(|| before.assume_init())
    }
}
