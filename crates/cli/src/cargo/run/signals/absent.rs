//! Where there are no signals, Ctrl-C ends the command, and the next one puts things right.

use super::Forward;
use std::io;
use std::process::ExitStatus;

pub(in crate::run) fn listen(_tell: impl Fn(i32) + Send + 'static) -> io::Result<()> {
    Ok(())
}

pub(in crate::run) fn forward(_signal: i32) -> Forward {
    Forward::Never
}

pub(in crate::run) fn end(_pid: u32, _signal: i32) {}

pub(in crate::run) fn of_status(_status: ExitStatus) -> Option<i32> {
    None
}
