//! Threads of ours: each takes no signal that is for the application.
//!
//! All of them begin with [`spawn`], in the detector and in the client. A thread inherits the mask of the one that starts it.
//! So the threads that a thread of ours starts need no more. Those of the page begin in [`without_signals`].

#[cfg(unix)]
mod signals;
#[cfg(not(unix))]
#[path = "no_signals.rs"]
mod signals;
#[cfg(all(feature = "detect", target_os = "linux"))]
mod used;
#[cfg(all(feature = "detect", not(target_os = "linux")))]
#[path = "no_used.rs"]
mod used;

#[cfg(feature = "detect")]
pub(crate) use used::UsedTime;

use signals::Blocked;
use std::thread::{Builder, JoinHandle};
use std::{fmt, io};

/// Starts a thread with this name. From its first instruction on it blocks every signal that is no fault of its own.
///
/// # Errors
/// If the system starts no thread.
pub fn spawn<T: Send + 'static>(
    name: impl fmt::Display,
    run: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    without_signals(|| Builder::new().name(name.to_string()).spawn(run))
}

/// Blocks in the calling thread, until `run` has returned, every signal that is no fault of its own. Threads that it starts
/// meanwhile go on like that.
pub fn without_signals<R>(run: impl FnOnce() -> R) -> R {
    let _blocked = Blocked::all_but_faults();
    run()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::fs;

    /// The signals that the calling thread blocks: signal n is bit n - 1.
    fn blocked() -> u64 {
        let status = fs::read_to_string("/proc/thread-self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("SigBlk:"));
        u64::from_str_radix(line.unwrap().trim(), 16).unwrap()
    }

    #[test]
    fn a_thread_of_ours_blocks_what_is_no_fault_and_its_parent_blocks_what_it_did() {
        let before = blocked();
        let theirs = spawn("ours", blocked).unwrap().join().unwrap();
        assert_eq!(blocked(), before);
        let bit = |signal: libc::c_int| 1_u64 << (signal - 1);
        for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGPIPE, libc::SIGCHLD] {
            assert_ne!(theirs & bit(signal), 0, "{signal}");
        }
        for fault in [
            libc::SIGSEGV,
            libc::SIGBUS,
            libc::SIGFPE,
            libc::SIGILL,
            libc::SIGABRT,
        ] {
            assert_eq!(theirs & bit(fault), before & bit(fault), "{fault}");
        }
    }

    #[test]
    fn signals_come_again_after_a_panic() {
        let before = blocked();
        let panicked = std::panic::catch_unwind(|| without_signals(|| panic!("on purpose")));
        assert!(panicked.is_err());
        assert_eq!(blocked(), before);
    }
}
