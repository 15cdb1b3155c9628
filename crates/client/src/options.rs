//! The options of a client and of a split connection: the bounds of the queues, and the time limits
//! of a connection.

use std::time::Duration;

/// What is dropped when the queue of droppable messages is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Discard {
    /// The message that waits longest. This is right for prices, where the newest counts. It is the
    /// default.
    #[default]
    Oldest,
    /// The message that comes last. This is right for samples, where what began is to be completed.
    Newest,
}

/// What happens when messages arrive and are not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// The message that waits longest is dropped and counted
    /// ([`Event::Missed`](super::Event::Missed)). The connection is always read. So messages are
    /// confirmed, and pings are answered.
    DropOldest,
    /// Nothing is dropped. The connection is not read until there is room again. In the end the
    /// peer's sends get stuck, as with a plain socket.
    ///
    /// Meanwhile, messages and keepalive pings are sent. Confirmations are not seen, the peer's
    /// pings are not answered, and the peer is not taken for dead. A connection that is being
    /// closed is read to its end; then messages are dropped as with `DropOldest`.
    Wait,
}

/// Bounds and time limits of a client, or of a split connection.
///
/// ```
/// use redhanded_client::Options;
/// use std::time::Duration;
///
/// let options = Options::default().queue_messages(1_000).droppable_within(Duration::from_millis(20));
/// # let _ = options;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    pub(super) queue_messages: usize,
    pub(super) queue_bytes: usize,
    pub(super) droppable_within: Duration,
    pub(super) discard: Discard,
    pub(super) send_timeout: Duration,
    pub(super) inbox_messages: usize,
    pub(super) inbox_bytes: usize,
    pub(super) overflow: Overflow,
    pub(super) keepalive: Option<Duration>,
    pub(super) pong_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            queue_messages: 65_536,
            queue_bytes: 16 << 20,
            droppable_within: Duration::from_millis(50),
            discard: Discard::Oldest,
            send_timeout: Duration::from_secs(5),
            inbox_messages: 65_536,
            inbox_bytes: 16 << 20,
            overflow: Overflow::DropOldest,
            keepalive: Some(Duration::from_secs(30)),
            pong_timeout: Duration::from_secs(20),
        }
    }
}

impl Options {
    /// How many messages are kept, of each kind. A droppable message counts while it waits. A
    /// guaranteed one counts until it is confirmed. By default, this is 65,536. At least 1.
    #[must_use]
    pub fn queue_messages(mut self, messages: usize) -> Self {
        self.queue_messages = messages.max(1);
        self
    }

    /// How many bytes of payload are kept, of each kind. By default, this is 16 MiB. No single
    /// message can be larger.
    #[must_use]
    pub fn queue_bytes(mut self, bytes: usize) -> Self {
        self.queue_bytes = bytes;
        self
    }

    /// How long a [`Droppable`](super::Delivery::Droppable) message may wait to be written. By
    /// default, this is 50 ms.
    #[must_use]
    pub fn droppable_within(mut self, within: Duration) -> Self {
        self.droppable_within = within;
        self
    }

    /// What is dropped when the queue of droppable messages is full. By default, this is
    /// [`Discard::Oldest`].
    #[must_use]
    pub fn discard(mut self, discard: Discard) -> Self {
        self.discard = discard;
        self
    }

    /// How long `send` waits for room for a guaranteed message. Then it gives the message back. By
    /// default, this is 5 s. With zero, it never waits.
    #[must_use]
    pub fn send_timeout(mut self, timeout: Duration) -> Self {
        self.send_timeout = timeout;
        self
    }

    /// How many messages are kept that have arrived and are not taken yet. By default, this is
    /// 65,536. At least 1.
    #[must_use]
    pub fn inbox_messages(mut self, messages: usize) -> Self {
        self.inbox_messages = messages.max(1);
        self
    }

    /// How many bytes of payload are kept that have arrived and are not taken yet. By default, this
    /// is 16 MiB. One message is kept even if it is larger than this (tungstenite's own limit is 64
    /// MiB by default).
    #[must_use]
    pub fn inbox_bytes(mut self, bytes: usize) -> Self {
        self.inbox_bytes = bytes.max(1);
        self
    }

    /// What happens when messages arrive and are not taken. By default, this is
    /// [`Overflow::DropOldest`] for a client and [`Overflow::Wait`] for a split connection.
    #[must_use]
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// How long after an answered ping the next one is sent. By default, this is 30 s. With `None`,
    /// pings are sent only to confirm messages, and a dead peer is found only when something is
    /// sent.
    #[must_use]
    pub fn keepalive(mut self, every: Option<Duration>) -> Self {
        self.keepalive = every;
        self
    }

    /// How long the peer may take to answer a ping, and how long it may take no byte of what is to
    /// be written. After that the peer counts as dead, and the connection is given up. By default,
    /// this is 20 s.
    ///
    /// The time to answer begins when the last byte of the ping was written, and again whenever the
    /// peer takes bytes. A peer in the middle of a message cannot answer. So the time also begins
    /// again with each byte that comes from it, until the first message after the ping is complete.
    ///
    /// On a slow network, the ping waits in buffers after everything that was sent before it. Set a
    /// longer time there.
    #[must_use]
    pub fn pong_timeout(mut self, timeout: Duration) -> Self {
        self.pong_timeout = timeout;
        self
    }
}
