//! The half that sends.

use super::Halves;
use crate::delivery::Delivery;
use crate::error::SendError;
use crate::queue::Stage;
use crate::receipt::Receipt;
use crate::shared::Sending;
use crate::stats::Stats;
use crate::tungstenite::Message;
use std::sync::Arc;
use std::time::Duration;

/// The half of a split connection that sends. Clones send on the same connection, from any thread or task.
#[derive(Debug, Clone)]
pub struct Sender {
    pub(super) halves: Arc<Halves>,
}

impl Sender {
    /// Sends a message. A droppable one never waits; a guaranteed one waits for room in the queue, as long as
    /// [`send_timeout`](crate::Options::send_timeout) says, and is confirmed as a client's is. There is no other
    /// connection to send it on again: what was not confirmed when the connection ended is
    /// [handed back](super::Receiver::close).
    ///
    /// # Errors
    /// The message comes back in the error if it was not taken.
    pub fn send(
        &self,
        message: impl Into<Message>,
        delivery: Delivery,
    ) -> Result<Receipt, SendError> {
        self.halves.shared.queue.send(message.into(), delivery)
    }

    /// Sends a message from async code, on any executor.
    pub fn send_async(&self, message: impl Into<Message>, delivery: Delivery) -> Sending {
        Sending::new(&self.halves.shared, message.into(), delivery)
    }

    /// Begins to close: no message is taken any more, what is queued is written, and the peer is told. Does not wait; the
    /// connection ends within the timeout.
    pub fn close(&self, timeout: Duration) {
        self.halves
            .shared
            .queue
            .close(Stage::closing_within(timeout));
    }

    /// What is queued, in flight, dropped and so on.
    pub fn stats(&self) -> Stats {
        self.halves.shared.queue.stats()
    }
}
