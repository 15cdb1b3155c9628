//! The half that receives.

use super::Halves;
use crate::driver::Remainder;
use crate::error::{CloseError, ConnectionError, TakeError};
use crate::event::Event;
use crate::queue::Stage;
use crate::shared::{IoThread, Receiving};
use crate::stats::Stats;
use crate::tungstenite::Message;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The half of a split connection that receives. When it is dropped, what arrives is dropped too;
/// the senders go on.
///
/// As an iterator, it gives the messages until the connection ends.
pub struct Receiver<S> {
    pub(super) halves: Arc<Halves>,
    thread: IoThread<Remainder<S>>,
    why: Option<ConnectionError>,
}

impl<S: Send + 'static> Receiver<S> {
    pub(super) fn new(halves: Arc<Halves>, thread: IoThread<Remainder<S>>) -> Self {
        Receiver {
            halves,
            thread,
            why: None,
        }
    }

    /// Waits for the next message.
    ///
    /// # Errors
    /// Why the connection has ended.
    pub fn recv(&mut self) -> Result<Message, ConnectionError> {
        loop {
            let event = self.halves.shared.inbox.take(None).ok();
            if let Some(received) = self.received(event) {
                return received;
            }
        }
    }

    /// Waits for the next message, for at most this time. `None` if there was none.
    ///
    /// # Errors
    /// Why the connection has ended.
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Option<Message>, ConnectionError> {
        let deadline = Instant::now().checked_add(timeout);
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let event = match self.halves.shared.inbox.take(left) {
                Err(TakeError::TimedOut) => return Ok(None),
                taken => taken.ok(),
            };
            if let Some(received) = self.received(event) {
                return received.map(Some);
            }
        }
    }

    /// The next message in async code, on any executor. If the future is dropped before it is done,
    /// it has taken nothing.
    ///
    /// # Errors
    /// Why the connection has ended.
    pub async fn recv_async(&mut self) -> Result<Message, ConnectionError> {
        loop {
            let event = Receiving::new(&self.halves.shared).await;
            if let Some(received) = self.received(event) {
                return received;
            }
        }
    }

    /// What an event means to the receiver: a message, or the end. `None` for other events.
    fn received(&mut self, event: Option<Event>) -> Option<Result<Message, ConnectionError>> {
        match event {
            Some(Event::Message(message)) => Some(Ok(message)),
            Some(Event::Disconnected { why, .. }) => Some(Err(self.why.insert(why).clone())),
            Some(_) => None,
            None if self.halves.shared.queue.is_of_parent() => {
                Some(Err(ConnectionError::ForkedChild))
            }
            None => Some(Err(self.why.clone().unwrap_or(ConnectionError::Closed))),
        }
    }

    /// Closes as [`Client::close`](crate::Client::close) does. Gives back the guaranteed
    /// messages whose delivery is not confirmed, in order.
    ///
    /// # Errors
    /// [`CloseError`].
    pub fn close(self, timeout: Duration) -> Result<Vec<Message>, CloseError> {
        self.join(Stage::closing_within(timeout))
            .map(|left| left.undelivered)
    }

    pub(super) fn join(&self, stage: Stage) -> Result<Remainder<S>, CloseError> {
        self.thread.join(|| self.halves.shared.queue.close(stage))
    }

    /// What is queued, in flight, dropped and so on.
    pub fn stats(&self) -> Stats {
        self.halves.shared.queue.stats()
    }
}

impl<S: Send + 'static> Iterator for Receiver<S> {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        self.recv().ok()
    }
}

impl<S> Drop for Receiver<S> {
    fn drop(&mut self) {
        self.halves.shared.inbox.abandon();
    }
}

impl<S> fmt::Debug for Receiver<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("halves", &self.halves)
            .finish_non_exhaustive()
    }
}
