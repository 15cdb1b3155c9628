//! Signals that end the command: the program that runs ends first, and the folder of the runs is removed.

#[cfg(not(unix))]
mod absent;
#[cfg(unix)]
mod unix;
#[cfg(not(unix))]
use absent as system;
#[cfg(unix)]
use unix as system;

pub(super) use system::Signals;
