//! `membarrier(2)`, of Linux 4.14 and later. It touches no memory, so that `rustix` offers it as a safe function.

use rustix::thread::{MembarrierCommand, membarrier};
use std::io;

pub(super) fn register() -> io::Result<()> {
    Ok(membarrier(MembarrierCommand::RegisterPrivateExpedited)?)
}

/// Each running thread of the process has executed a full fence when this returns, and so has each one that did not run.
pub(super) fn fence_all() -> io::Result<()> {
    Ok(membarrier(MembarrierCommand::PrivateExpedited)?)
}
