//! Blocks signals in the calling thread for a while.
//!
//! A program may block SIGTERM in all of its threads and wait for it in one. A thread of ours with another mask would take the
//! signal, and the process would be killed. SIGPIPE, which comes to the thread that writes to a pipe without a reader, would
//! kill the process as well.
//!
//! `unsafe` is needed because the standard library sets no masks. `pthread_sigmask` reads one set and writes another, both
//! on this stack. The mask is set before a thread begins, because a new thread inherits it, and put back afterwards.
#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr;

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

/// While this lives, the calling thread takes no signals but its own faults, and those that it took before are put back
/// afterwards.
pub(super) struct Blocked {
    /// `None` if the system did not set the mask.
    before: Option<libc::sigset_t>,
    /// The mask is that of the thread, so that this stays on it.
    _of_this_thread: PhantomData<*const ()>,
}

impl Blocked {
    pub(super) fn all_but_faults() -> Blocked {
        let (mut all, mut before) = (MaybeUninit::uninit(), MaybeUninit::uninit());
        // SAFETY: `sigfillset` initializes the set, and `sigdelset` takes signals that there are out of it.
        let all = unsafe {
            libc::sigfillset(all.as_mut_ptr());
            for fault in FAULTS {
                libc::sigdelset(all.as_mut_ptr(), fault);
            }
            all.assume_init()
        };
        // SAFETY: both point to sets on this stack. The second is written if the call succeeds, and read only then. A fault
        // that the application has blocked stays blocked.
        let before = unsafe {
            let result = libc::pthread_sigmask(libc::SIG_BLOCK, &all, before.as_mut_ptr());
            (result == 0).then(|| before.assume_init())
        };
        Blocked {
            before,
            _of_this_thread: PhantomData,
        }
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            // SAFETY: `before` is a set that the system gave. Without a place for the old mask none is written.
            unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before, ptr::null_mut()) };
        }
    }
}
