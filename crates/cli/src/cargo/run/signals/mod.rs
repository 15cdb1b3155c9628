//! Signals that end a command: they are told to the run, which puts things right first.

#[cfg(not(unix))]
mod absent;
#[cfg(unix)]
mod unix;
#[cfg(not(unix))]
use absent as system;
#[cfg(unix)]
use unix as system;

pub(super) use system::{end, forward, listen, of_status};

/// When a signal that has come is sent on to cargo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Forward {
    Now,
    /// If cargo is still there after a while. The sender may have sent it to cargo, too, and a second one would ask a program
    /// to end without tidying up.
    Later,
    /// A terminal sends Ctrl-C to cargo by itself.
    Never,
}
