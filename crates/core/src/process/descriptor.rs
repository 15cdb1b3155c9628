//! A descriptor of our own for standard error, made when the first connection is watched.
//!
//! A program may close its standard error later, and the next file or socket that it opens then has the number 2. What is
//! written through a descriptor of our own cannot get into that one.
//!
//! A program that leaves its terminal puts `/dev/null` in the place of standard error. It would not be left if we kept the
//! descriptor: the reader of the pipe waits for its end. So the descriptor is given up then.
//!
//! A program that becomes a daemon may close all descriptors, ours as well. The number is then that of the next file that it opens.
//! So before each use it is looked whether the descriptor is still ours. One that is not is neither written to nor closed.

use crate::forks::{PerProcess, STANDARD_ERROR};
use rustix::fs::{Stat, fstat, stat};
use rustix::io::{Errno, fcntl_dupfd_cloexec, write as write_to};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{io, thread};

/// How long to wait where the application has made standard error non-blocking and its reader is slow.
const PAUSE: Duration = Duration::from_millis(10);

// Standard error of a child is what it is when the child watches its first connection.
static OWN: PerProcess<Mutex<State>> = PerProcess::new(|_| Mutex::new(State::NotOpen));

enum State {
    NotOpen,
    Open(Arc<Own>),
    /// Standard error as it was. There was no descriptor left for one of our own.
    OnlyTheirs(Identity),
    GivenUp,
}

/// The descriptor of our own. `None` only while it is dropped.
struct Own(Option<OwnedFd>, Identity);

impl Own {
    /// The descriptor, if the program has not closed it.
    fn still(&self) -> Option<BorrowedFd<'_>> {
        let Own(own, before) = self;
        own.as_ref()
            .map(AsFd::as_fd)
            .filter(|own| is_still(*own, before))
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if self.still().is_none()
            && let Some(own) = self.0.take()
        {
            // The number is that of a file of the program's.
            let _ = own.into_raw_fd();
        }
    }
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
            State::Open(Arc::new(Own(Some(own), Identity::of(&stat))))
        }
        Err(_) => State::OnlyTheirs(Identity::of(&stat)),
    })
}

/// Gives the descriptor up if the program has closed it, or has left its terminal.
pub(super) fn on_tick() {
    let mut own = own();
    if matches!(&*own, State::Open(ours) if has_left(ours)) {
        STANDARD_ERROR.clear();
        *own = State::GivenUp;
    }
}

/// Whether the descriptor is closed, or `/dev/null` is in the place of standard error and was not from the beginning.
fn has_left(ours: &Own) -> bool {
    if ours.still().is_none() {
        return true;
    }
    let Ok(now) = fstat(theirs()) else {
        return false;
    };
    Identity::of(&now) != ours.1
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
        if matches!(&*own, State::OnlyTheirs(before) if is_still(theirs(), before)) {
            *own = opened().unwrap_or(State::GivenUp);
        }
        match &*own {
            State::Open(ours) => Some(ours.clone()),
            State::OnlyTheirs(before) if is_still(theirs(), before) => None,
            State::OnlyTheirs(_) | State::NotOpen | State::GivenUp => return Err(Errno::BADF),
        }
    };
    match ours {
        Some(ours) => write_to(ours.still().ok_or(Errno::BADF)?, bytes),
        None => write_to(theirs(), bytes),
    }
}

fn is_still(descriptor: BorrowedFd<'_>, before: &Identity) -> bool {
    fstat(descriptor).is_ok_and(|now| Identity::of(&now) == *before)
}

/// The program's own standard error. Its lock is not taken.
fn theirs() -> BorrowedFd<'static> {
    rustix::stdio::stderr()
}

fn own() -> std::sync::MutexGuard<'static, State> {
    OWN.get().lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(all(test, target_os = "linux", not(redhanded_loom)))]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;
    use std::path::PathBuf;

    fn target(number: i32) -> Option<PathBuf> {
        std::fs::read_link(format!("/proc/self/fd/{number}")).ok()
    }

    #[test]
    fn a_number_that_the_program_has_taken_is_neither_written_to_nor_closed() {
        let (before, theirs) = UnixStream::pair().expect("two sockets");
        let identity = Identity::of(&fstat(&before).expect("it is open"));
        let mut own = fcntl_dupfd_cloexec(&before, 3).expect("a descriptor");
        let number = own.as_raw_fd();
        assert!(
            Own(Some(own.try_clone().expect("a descriptor")), identity)
                .still()
                .is_some()
        );
        rustix::io::dup2(&theirs, &mut own).expect("a descriptor");
        let taken = Own(Some(own), identity);
        assert!(taken.still().is_none());
        assert!(has_left(&taken));
        drop(taken);
        assert_eq!(target(number), target(theirs.as_raw_fd()));
    }
}
