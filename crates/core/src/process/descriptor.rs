//! A descriptor of our own for standard error, made when the first connection is watched.
//!
//! A program may close its standard error later, and the next file or socket that it opens then has the number 2. What is
//! written through a descriptor of our own cannot get into that one.
//!
//! A program that leaves its terminal puts `/dev/null` in the place of standard error. It would not be left if we kept the
//! descriptor: the reader of the pipe waits for its end. So the descriptor is given up then.

use crate::forks::{PerProcess, STANDARD_ERROR};
use rustix::fs::{Stat, fstat, stat};
use rustix::io::{Errno, fcntl_dupfd_cloexec, write as write_to};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{io, thread};

/// How long to wait where the application has made standard error non-blocking and its reader is slow.
const PAUSE: Duration = Duration::from_millis(10);

// Standard error of a child is what it is when the child watches its first connection.
static OWN: PerProcess<Mutex<State>> = PerProcess::new(|_| Mutex::new(State::NotOpen));

enum State {
    NotOpen,
    Open(Arc<OwnedFd>),
    /// Standard error as it was. There was no descriptor left for one of our own.
    OnlyTheirs(Identity),
    GivenUp,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    // The types of these numbers differ from system to system.
    #[allow(clippy::unnecessary_cast)]
    fn of(stat: &Stat) -> Identity {
        Identity {
            device: stat.st_dev as u64,
            inode: stat.st_ino as u64,
        }
    }
}

/// Makes the descriptor. Standard error is from now on what it is now.
pub(super) fn open() {
    let mut own = own();
    if matches!(*own, State::NotOpen) {
        *own = opened().unwrap_or(State::GivenUp);
    }
}

fn opened() -> Option<State> {
    let stat = fstat(theirs()).ok()?;
    // Not below 3: the standard descriptors are the program's.
    Some(match fcntl_dupfd_cloexec(theirs(), 3) {
        Ok(own) => {
            STANDARD_ERROR.set(own.as_raw_fd());
            State::Open(Arc::new(own))
        }
        Err(_) => State::OnlyTheirs(Identity::of(&stat)),
    })
}

/// Gives the descriptor up if the program has left its terminal.
pub(super) fn on_tick() {
    let mut own = own();
    if matches!(&*own, State::Open(ours) if has_left(ours)) {
        STANDARD_ERROR.clear();
        *own = State::GivenUp;
    }
}

/// Whether `/dev/null` is in the place of standard error, and was not from the beginning.
fn has_left(ours: &OwnedFd) -> bool {
    let (Ok(now), Ok(before)) = (fstat(theirs()), fstat(ours)) else {
        return false;
    };
    Identity::of(&now) != Identity::of(&before)
        && stat("/dev/null").is_ok_and(|null| Identity::of(&null) == Identity::of(&now))
}

/// Writes all of it, and waits for a reader that is slow. Without a reader, nothing is written.
pub(super) fn write(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match write_some(bytes) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => thread::sleep(PAUSE),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn write_some(bytes: &[u8]) -> Result<usize, Errno> {
    let ours = {
        // A write may last. Nothing waits for this lock meanwhile.
        let mut own = own();
        if matches!(&*own, State::OnlyTheirs(before) if is_still(before)) {
            *own = opened().unwrap_or(State::GivenUp);
        }
        match &*own {
            State::Open(ours) => Some(ours.clone()),
            State::OnlyTheirs(before) if is_still(before) => None,
            State::OnlyTheirs(_) | State::NotOpen | State::GivenUp => return Err(Errno::BADF),
        }
    };
    match ours {
        Some(ours) => write_to(ours, bytes),
        None => write_to(theirs(), bytes),
    }
}

fn is_still(before: &Identity) -> bool {
    fstat(theirs()).is_ok_and(|now| Identity::of(&now) == *before)
}

/// The program's own standard error. Its lock is not taken.
fn theirs() -> BorrowedFd<'static> {
    rustix::stdio::stderr()
}

fn own() -> std::sync::MutexGuard<'static, State> {
    OWN.get().lock().unwrap_or_else(PoisonError::into_inner)
}
