//! The numbers of a client: what waits, what was lost, what was delivered.

use std::time::Duration;

/// What a client, or a split connection, has done so far, and what it still has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Whether there is a connection.
    pub is_connected: bool,
    /// Messages that wait in the queues, droppable and guaranteed.
    pub queued_messages: usize,
    /// Their bytes of payload.
    pub queued_bytes: usize,
    /// Guaranteed messages that have left the queue and are not confirmed. They are written, or to
    /// be written next, or to be sent again.
    pub in_flight_messages: usize,
    /// Their bytes of payload.
    pub in_flight_bytes: usize,
    /// Droppable messages that were dropped.
    pub dropped: u64,
    /// Events that were lost because they were not taken in time. Messages that had arrived may be
    /// among them.
    pub missed: u64,
    /// Guaranteed messages that are confirmed.
    pub delivered: u64,
    /// How often a guaranteed message was sent again.
    pub resent: u64,
    /// Messages that have arrived.
    pub received: u64,
    /// Connections after the first.
    pub reconnects: u64,
    /// The time between the last answered ping and its pong. `None` before the first pong.
    pub round_trip: Option<Duration>,
}
