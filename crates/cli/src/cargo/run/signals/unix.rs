//! SIGINT, SIGTERM and SIGHUP.

use super::Forward;
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::{self, IsTerminal};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::thread;

/// Calls `tell` with each such signal, from a thread of its own. They end this process no more.
pub(in crate::run) fn listen(tell: impl Fn(i32) + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    thread::Builder::new()
        .name("redhanded signals".to_owned())
        .spawn(move || signals.forever().for_each(tell))?;
    Ok(())
}

/// When this signal is sent on to cargo.
pub(in crate::run) fn forward(signal: i32) -> Forward {
    match signal {
        SIGINT if io::stdin().is_terminal() => Forward::Never,
        SIGINT => Forward::Later,
        _ => Forward::Now,
    }
}

/// Sends the signal to a process.
pub(in crate::run) fn end(pid: u32, signal: i32) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let signal = match signal {
        SIGINT => Signal::INT,
        SIGHUP => Signal::HUP,
        _ => Signal::TERM,
    };
    if let Some(pid) = pid {
        // It may have ended.
        let _ = kill_process(pid, signal);
    }
}

/// The signal that ended a process.
pub(in crate::run) fn of_status(status: ExitStatus) -> Option<i32> {
    status.signal()
}
