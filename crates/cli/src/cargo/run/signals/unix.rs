//! SIGINT, SIGTERM and SIGHUP.

use super::Forward;
pub(in crate::run) use crate::signals::end;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::io::{self, IsTerminal};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// Calls `tell` with each such signal, from a thread of its own. They end this process no more.
pub(in crate::run) fn listen(tell: impl Fn(i32) + Send + 'static) -> io::Result<()> {
    crate::signals::listen(&[SIGINT, SIGTERM, SIGHUP], tell)
}

/// When this signal is sent on to cargo.
pub(in crate::run) fn forward(signal: i32) -> Forward {
    match signal {
        SIGINT if io::stdin().is_terminal() => Forward::Never,
        SIGINT => Forward::Later,
        _ => Forward::Now,
    }
}

/// The signal that ended a process.
pub(in crate::run) fn of_status(status: ExitStatus) -> Option<i32> {
    status.signal()
}
