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

/// The half of a split connection that sends. Clones send on the same connection, from any thread
/// or task.
#[derive(Debug, Clone)]
pub struct Sender {
    pub(super) halves: Arc<Halves>,
}

impl Sender {
    /// Sends a message. A droppable one never waits. A guaranteed one waits for room in the queue,
    /// for at most the [`send_timeout`](crate::Options::send_timeout), and is confirmed as
    /// a client's is.
    ///
    /// There is no other connection on which it could be sent again. What is not confirmed when the
    /// connection ends is [given back](super::Receiver::close).
    ///
    /// # Errors
    /// A message that is not accepted comes back in the error.
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

    /// Begins to close, and does not wait. No message is accepted any more, what is queued is
    /// written, and a close frame is sent. The connection ends within the timeout.
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
