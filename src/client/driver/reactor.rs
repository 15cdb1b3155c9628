//! Readiness: what the thread sleeps on.

use crate::client::queue::{Asleep, Queue, Stage};
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Registry, Token, Waker};
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

const WAKER: Token = Token(0);

/// The socket of the connection, or those that may become it.
pub(in crate::client) const SOCKET: Token = Token(1);

/// Where the thread sleeps.
pub(in crate::client) struct Reactor {
    poll: Poll,
    events: Events,
}

/// What the socket has become.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ready {
    pub(super) readable: bool,
    pub(super) writable: bool,
}

impl Reactor {
    pub(in crate::client) fn new() -> io::Result<(Self, Arc<Waker>)> {
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

    pub(in crate::client) fn registry(&self) -> &Registry {
        self.poll.registry()
    }

    /// Sleeps, unless there is something to do already, and tells what the socket has become.
    pub(super) fn sleep(
        &mut self,
        queue: &Queue,
        asleep: Option<Asleep>,
        stage: Stage,
    ) -> io::Result<Ready> {
        let sleeps = asleep.and_then(|asleep| queue.fall_asleep(asleep, stage));
        let timeout = match sleeps {
            Some(asleep) => asleep
                .until
                .map(|until| until.saturating_duration_since(Instant::now())),
            None => Some(Duration::ZERO),
        };
        let polled = self.poll.poll(&mut self.events, timeout);
        if sleeps.is_some() {
            queue.wake_up();
        }
        match polled {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        let mut ready = Ready::default();
        for event in self.events.iter().filter(|event| event.token() == SOCKET) {
            // An error is found by whatever is tried next.
            ready.readable |= event.is_readable() || event.is_read_closed() || event.is_error();
            ready.writable |= event.is_writable() || event.is_write_closed() || event.is_error();
        }
        Ok(ready)
    }
}

/// Has the thread woken whenever the socket becomes readable or writable.
pub(in crate::client) fn register(registry: &Registry, socket: &impl AsFd) -> io::Result<()> {
    let descriptor = socket.as_fd().as_raw_fd();
    registry.register(
        &mut SourceFd(&descriptor),
        SOCKET,
        Interest::READABLE | Interest::WRITABLE,
    )
}

/// Has the thread woken no more.
pub(super) fn deregister(registry: &Registry, socket: &impl AsFd) -> io::Result<()> {
    let descriptor = socket.as_fd().as_raw_fd();
    registry.deregister(&mut SourceFd(&descriptor))
}
