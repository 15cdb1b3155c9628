//! How the thread of a connection falls asleep without overlooking a message.

use crate::queue::{Asleep, Queue, Stage};
use crate::reactor::{Reactor, Ready};
use std::io;
use std::time::{Duration, Instant};

/// Sleeps, unless there is something to do already. Returns what the socket has become ready for.
pub(super) fn sleep(
    reactor: &mut Reactor,
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
    let ready = reactor.sleep(timeout);
    if sleeps.is_some() {
        queue.wake_up();
    }
    ready
}
