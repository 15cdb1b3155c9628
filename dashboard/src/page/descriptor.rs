//! What the descriptor of a socket leads to.

use rustix::fs::fstat;
use std::os::fd::{AsFd, AsRawFd, IntoRawFd};

/// A socket with a descriptor.
pub(super) trait Socket: AsFd + AsRawFd + IntoRawFd {}

impl<S: AsFd + AsRawFd + IntoRawFd> Socket for S {}

/// Which socket it is, whatever number its descriptor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    /// `None` if the descriptor is closed.
    // The types of these numbers differ from system to system.
    #[allow(clippy::unnecessary_cast)]
    pub(super) fn of(socket: &impl Socket) -> Option<Identity> {
        let stat = fstat(socket).ok()?;
        Some(Identity {
            device: stat.st_dev as u64,
            inode: stat.st_ino as u64,
        })
    }
}

/// Its number.
pub(super) fn number(socket: &impl Socket) -> Option<i32> {
    Some(socket.as_raw_fd())
}

/// Drops the object, and does not close what its number leads to.
pub(super) fn leave_open(socket: impl Socket) {
    let _ = socket.into_raw_fd();
}
