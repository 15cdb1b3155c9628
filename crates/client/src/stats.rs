//! Backpressure and trouble, made visible as numbers.

use std::time::Duration;

/// What a client, or a split connection, has done so far and has to do still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Whether the connection stands.
    pub is_connected: bool,
    /// Messages that wait to be taken by the thread that writes, of both kinds.
    pub queued_messages: usize,
    /// Their bytes of payload.
    pub queued_bytes: usize,
    /// Guaranteed messages that it has taken and that are not confirmed: written, on the point of being written for as long
    /// as the peer takes no bytes, or to be sent again.
    pub in_flight_messages: usize,
    /// Their bytes of payload.
    pub in_flight_bytes: usize,
    /// Droppable messages that were dropped.
    pub dropped: u64,
    /// Messages that have arrived and were dropped because nobody took them, and reports of connections likewise.
    pub missed: u64,
    /// Guaranteed messages that are confirmed.
    pub delivered: u64,
    /// How often a guaranteed message was sent again.
    pub resent: u64,
    /// Messages that have arrived.
    pub received: u64,
    /// Connections behind the first.
    pub reconnects: u64,
    /// The time from the last answered ping to its pong; `None` before the first.
    pub round_trip: Option<Duration>,
}
