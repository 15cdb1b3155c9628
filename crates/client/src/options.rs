//! What is the same for a client and for a split connection: the bounds of the queues, and the timings of a connection.

use std::time::Duration;

/// What is dropped when the queue of droppable messages is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Discard {
    /// The message that waits longest, as for prices: the newest counts. By default, it is this one.
    #[default]
    Oldest,
    /// The message that comes last, as for samples: what began is completed.
    Newest,
}

/// What happens when messages arrive and nobody takes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overflow {
    /// The message that waits longest is dropped and counted ([`Event::Missed`](super::Event::Missed)). The connection is
    /// read all the time, so that confirmations and answers to pings go on.
    DropOldest,
    /// Nothing is dropped: the connection is not read any more until somebody takes messages, and the peer's sends get
    /// stuck in the end, as with a plain socket. Sending and keepalive pings go on meanwhile; what the peer confirms
    /// cannot be seen, its pings are not answered, and it is not taken for dead. While it is being closed, it is read to its
    /// end, and what is too much is dropped as above.
    Wait,
}

/// Bounds and timings of a client, or of a split connection.
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
    /// How many messages are kept, of each kind: droppable ones that wait, and guaranteed ones that wait or are not
    /// confirmed. By default, this is 65,536. At least 1.
    #[must_use]
    pub fn queue_messages(mut self, messages: usize) -> Self {
        self.queue_messages = messages.max(1);
        self
    }

    /// How many bytes of payload are kept, of each kind. By default, this is 16 MiB. No single message can be larger.
    #[must_use]
    pub fn queue_bytes(mut self, bytes: usize) -> Self {
        self.queue_bytes = bytes;
        self
    }

    /// How long a [`Droppable`](super::Delivery::Droppable) message may wait until it is written. By default, this is
    /// 50 ms.
    #[must_use]
    pub fn droppable_within(mut self, within: Duration) -> Self {
        self.droppable_within = within;
        self
    }

    /// What is dropped when the queue of droppable messages is full. By default, this is [`Discard::Oldest`].
    #[must_use]
    pub fn discard(mut self, discard: Discard) -> Self {
        self.discard = discard;
        self
    }

    /// How long `send` waits for room for a guaranteed message before it gives the message back. By default, this is
    /// 5 s; zero gives it back at once.
    #[must_use]
    pub fn send_timeout(mut self, timeout: Duration) -> Self {
        self.send_timeout = timeout;
        self
    }

    /// How many messages are kept that have arrived and that nobody has taken yet. By default, this is 65,536. At
    /// least 1.
    #[must_use]
    pub fn inbox_messages(mut self, messages: usize) -> Self {
        self.inbox_messages = messages.max(1);
        self
    }

    /// How many bytes of payload are kept that nobody has taken yet. By default, this is 16 MiB. One message more than
    /// that may be kept, however large it is (tungstenite takes 64 MiB by default).
    #[must_use]
    pub fn inbox_bytes(mut self, bytes: usize) -> Self {
        self.inbox_bytes = bytes.max(1);
        self
    }

    /// What happens when messages arrive and nobody takes them. By default, this is [`Overflow::DropOldest`] for a client
    /// and [`Overflow::Wait`] for a split connection.
    #[must_use]
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// How long a connection may be without an answered ping before the next one is sent. By default, this is 30 s;
    /// `None` sends none, and then only what is to be confirmed tells a dead peer.
    #[must_use]
    pub fn keepalive(mut self, every: Option<Duration>) -> Self {
        self.keepalive = every;
        self
    }

    /// How long a ping may stay unanswered, counted from when its last byte was written or the peer last took some, and
    /// how long the peer may take no byte at all of what is to be written. After that the peer is dead and the
    /// connection is given up. By default, this is 20 s. A peer in the middle of a message cannot answer, so that the
    /// time begins anew with each of its bytes that comes, up to the end of the first message behind the ping. Ask for more
    /// where a slow network has a lot in the buffers between this side and the peer: the ping waits there behind
    /// everything else.
    #[must_use]
    pub fn pong_timeout(mut self, timeout: Duration) -> Self {
        self.pong_timeout = timeout;
        self
    }
}
