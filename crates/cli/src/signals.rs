//! Signals that do not end the command: they are heard, and sent on to the program that it runs. Both commands do this.

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT};
use signal_hook::iterator::Signals;
use std::io;
use std::thread;

/// Calls `tell` with each of these signals, from a thread of its own. They end this process no more.
///
/// # Errors
/// If the system lets no handler or thread be made.
pub(crate) fn listen(signals: &[i32], tell: impl Fn(i32) + Send + 'static) -> io::Result<()> {
    let mut signals = Signals::new(signals)?;
    thread::Builder::new()
        .name("redhanded signals".to_owned())
        .spawn(move || signals.forever().for_each(tell))?;
    Ok(())
}

/// Sends SIGINT, SIGHUP or, for any other number, SIGTERM to a process.
pub(crate) fn end(pid: u32, signal: i32) {
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
