//! What the thread of a connection sleeps on, until its socket is ready or another thread wakes it.

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Registry, Token, Waker};
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;
use std::time::Duration;

const WAKER: Token = Token(0);

/// The socket of the connection, or a socket that may become it.
pub(super) const SOCKET: Token = Token(1);

/// Where the thread sleeps.
pub(super) struct Reactor {
    poll: Poll,
    events: Events,
}

/// What the socket has become ready for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ready {
    pub(super) readable: bool,
    pub(super) writable: bool,
}

impl Reactor {
    pub(super) fn new() -> io::Result<(Self, Arc<Waker>)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        Ok((
            Reactor {
                poll,
                events: Events::with_capacity(16),
            },
            Arc::new(waker),
        ))
    }

    pub(super) fn registry(&self) -> &Registry {
        self.poll.registry()
    }

    /// Sleeps until the socket is ready, another thread wakes this one, or the timeout is over.
    pub(super) fn sleep(&mut self, timeout: Option<Duration>) -> io::Result<Ready> {
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        let mut ready = Ready::default();
        for event in self.events.iter().filter(|event| event.token() == SOCKET) {
            // The next read or write returns the error.
            ready.readable |= event.is_readable() || event.is_read_closed() || event.is_error();
            ready.writable |= event.is_writable() || event.is_write_closed() || event.is_error();
        }
        Ok(ready)
    }
}

/// Wakes the thread that sleeps.
pub(super) fn wake(waker: &Waker) {
    // It fails only if the thread is being woken already (mio's `Waker::wake`, EAGAIN).
    let _ = waker.wake();
}

/// From here on, the thread wakes whenever the socket becomes readable or writable.
pub(super) fn register(registry: &Registry, socket: &impl AsFd) -> io::Result<()> {
    let descriptor = socket.as_fd().as_raw_fd();
    registry.register(
        &mut SourceFd(&descriptor),
        SOCKET,
        Interest::READABLE | Interest::WRITABLE,
    )
}

/// From here on, the thread does not wake for the socket.
pub(super) fn deregister(registry: &Registry, socket: &impl AsFd) -> io::Result<()> {
    let descriptor = socket.as_fd().as_raw_fd();
    registry.deregister(&mut SourceFd(&descriptor))
}
