//! Descriptors of ours that a forked child closes at once.
//!
//! A child that kept the page's socket would keep its port taken when the parent has ended, and a copy of standard error would keep the
//! reader of that pipe waiting.
//!
//! `unsafe` is needed because the descriptors belong to objects of the parent's threads, which are not in the child. Each is closed
//! only if it is still the file that it was. `fstat` and `close` may be called in a signal handler.
#![allow(unsafe_code)]

use rustix::fs::{Stat, fstat};
use std::os::fd::{BorrowedFd, RawFd};
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering::Relaxed};

const NONE: RawFd = -1;

/// One descriptor. It is set in one thread, and read in a child, where the fork has ordered it.
#[derive(Debug)]
pub(crate) struct ClosedInChild {
    number: AtomicI32,
    device: AtomicU64,
    inode: AtomicU64,
}

/// The socket of the page.
pub(crate) static PAGE: ClosedInChild = ClosedInChild::none();

/// Our copy of standard error.
pub(crate) static STANDARD_ERROR: ClosedInChild = ClosedInChild::none();

impl ClosedInChild {
    const fn none() -> Self {
        ClosedInChild {
            number: AtomicI32::new(NONE),
            device: AtomicU64::new(0),
            inode: AtomicU64::new(0),
        }
    }

    /// A child closes this one from now on.
    pub(crate) fn set(&self, number: RawFd) {
        self.clear();
        let Some(stat) = stat(number) else { return };
        let (device, inode) = identity(&stat);
        self.device.store(device, Relaxed);
        self.inode.store(inode, Relaxed);
        self.number.store(number, Relaxed);
    }

    /// To be called before the descriptor is closed.
    pub(crate) fn clear(&self) {
        self.number.store(NONE, Relaxed);
    }

    /// Runs in the child, as a signal handler does.
    fn close(&self) {
        let number = self.number.swap(NONE, Relaxed);
        if number == NONE {
            return;
        }
        let was = (self.device.load(Relaxed), self.inode.load(Relaxed));
        if stat(number).is_some_and(|stat| identity(&stat) == was) {
            // SAFETY: its owner is an object of a thread that is not in this process, or is never dropped.
            unsafe { libc::close(number) };
        }
    }
}

/// Runs in the child, as a signal handler does.
pub(super) fn close_all() {
    PAGE.close();
    STANDARD_ERROR.close();
}

fn stat(number: RawFd) -> Option<Stat> {
    // SAFETY: `fstat` says if no descriptor has the number, and it is used for this one call.
    fstat(unsafe { BorrowedFd::borrow_raw(number) }).ok()
}

// The types of these numbers differ from system to system.
#[allow(clippy::unnecessary_cast)]
fn identity(stat: &Stat) -> (u64, u64) {
    (stat.st_dev as u64, stat.st_ino as u64)
}
