//! One open WebSocket: what is written to it and read from it, in turn, without ever
//! waiting.

mod batch;
mod closing;
mod context;
mod reading;
mod writing;

use self::batch::Batch;
use self::closing::Closing;
pub(super) use self::context::Context;
use crate::error::ConnectionError;
use crate::keepalive::Keepalive;
use crate::options::Options;
use crate::reactor::Ready;
use crate::transport::Transport;
use crate::tungstenite::protocol::CloseFrame;
use crate::tungstenite::protocol::frame::coding::CloseCode;
use crate::tungstenite::{Error, Message, WebSocket};
use std::io::ErrorKind;
use std::time::{Duration, Instant};

/// How long a peer that has closed may take to end the connection. RFC 6455, 7.1.1 leaves that end
/// to the server; this side waits for it, but not for ever.
const LINGER: Duration = Duration::from_secs(1);

/// The connection.
pub(super) struct Connection<S> {
    websocket: WebSocket<S>,
    keepalive: Keepalive,
    pong_timeout: Duration,
    began: Instant,
    /// What is written next.
    batch: Batch,
    /// What was read in this turn.
    arrived: Vec<Message>,
    /// Whether there may be something to read. The system tells it once, and then the socket is
    /// read until it is empty.
    is_readable: bool,
    /// Whether bytes have come since the last read.
    has_arrived: bool,
    /// Since when the socket has taken no byte of what is to be written.
    blocked_since: Option<Instant>,
    /// Whether something is written that may not have gone out.
    is_unflushed: bool,
    /// How many pings have come since everything that was written had gone out.
    pongs: usize,
    /// Whether nothing is read because the inbox is full.
    is_held_back: bool,
    closing: Closing,
}

impl<S: Transport> Connection<S> {
    pub(super) fn new(
        mut websocket: WebSocket<S>,
        number: u64,
        options: &Options,
        now: Instant,
    ) -> Self {
        websocket.get_mut().prepare();
        Connection {
            websocket,
            keepalive: Keepalive::new(number, options.keepalive, options.pong_timeout, now),
            pong_timeout: options.pong_timeout,
            began: now,
            batch: Batch::default(),
            arrived: Vec::new(),
            is_readable: true,
            has_arrived: false,
            blocked_since: None,
            // The WebSocket may come with something in its buffer.
            is_unflushed: true,
            pongs: 0,
            is_held_back: false,
            closing: Closing::No,
        }
    }

    /// Sets what goes out before everything else: the hook's messages, then those that earlier
    /// connections have not confirmed.
    pub(super) fn begin_with(&mut self, first: Vec<Message>, to_resend: usize) {
        self.batch.begin_with(first, to_resend);
    }

    /// How long the connection has stood.
    pub(super) fn lasted(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.began)
    }

    /// The socket has become readable or writable.
    pub(super) fn on_ready(&mut self, ready: Ready, now: Instant) {
        self.is_readable |= ready.readable;
        self.has_arrived |= ready.readable;
        if ready.writable && self.blocked_since.take().is_some() {
            self.is_unflushed = true;
            self.keepalive.restart_timeout(now);
        }
    }

    /// Writes what is to be written, and reads what there is to read.
    pub(super) fn turn(
        &mut self,
        context: &mut Context<'_>,
        now: Instant,
    ) -> Result<(), ConnectionError> {
        let written = self.write(context, now).and_then(|()| self.flush(now));
        if let Err(error) = written {
            // The peer may have said why it is gone. The time limit is for a peer that takes
            // nothing and sends on.
            self.is_readable = true;
            let until = Instant::now() + LINGER;
            while self.is_readable && self.reads() && Instant::now() < until {
                self.read(context, now)?;
            }
            return Err(error);
        }
        self.read(context, now)?;
        self.check(context, now)
    }

    /// Whether another turn would do something at once.
    pub(super) fn has_more(&self, context: &Context<'_>, now: Instant) -> bool {
        let reads = self.is_readable && self.reads();
        let flushes = self.is_unflushed && self.blocked_since.is_none();
        let writes = || !self.batch.is_empty() || self.has_to_ping(context, now);
        reads || flushes || (self.writes() && writes())
    }

    /// When there is something to do although nothing happens.
    pub(super) fn next_at(&self) -> Option<Instant> {
        let reads = !self.is_held_back;
        let unblocks = self
            .blocked_since
            .filter(|_| reads)
            .and_then(|since| since.checked_add(self.pong_timeout));
        // A ping that is due while the socket takes no bytes waits until it does.
        let pings = if self.writes() {
            self.keepalive.next_at(reads)
        } else {
            None
        };
        let lingers = self.closing.lingers_until();
        [lingers, unblocks, pings, self.batch.next_expiry()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Begins to close from this side. Nothing else is written any more.
    pub(super) fn close(&mut self) -> Result<(), ConnectionError> {
        if !matches!(self.closing, Closing::No) {
            return Ok(());
        }
        self.closing = Closing::ByUs;
        self.is_unflushed = true;
        let frame = CloseFrame {
            code: CloseCode::Normal,
            reason: "".into(),
        };
        self.write_or_block(|websocket| websocket.close(Some(frame)))
    }

    /// Drops what was taken out and not written, and gives the WebSocket back.
    pub(super) fn end(self, context: &Context<'_>) -> WebSocket<S> {
        context.queue.count_dropped(self.batch.droppable());
        self.websocket
    }

    /// Ends the connection if the peer is dead, or has had its time to close. Drops messages whose
    /// time is over.
    fn check(&mut self, context: &Context<'_>, now: Instant) -> Result<(), ConnectionError> {
        if let Closing::ByPeer { frame, until } = &self.closing
            && *until <= now
        {
            return Err(ConnectionError::PeerClosed(frame.clone()));
        }
        if !self.is_held_back {
            let unanswered = self.keepalive.overdue(now);
            let stuck = self
                .blocked_since
                .map(|since| now.saturating_duration_since(since));
            let stuck = stuck.filter(|stuck| *stuck >= self.pong_timeout);
            if let Some(silent_for) = unanswered.or(stuck) {
                return Err(ConnectionError::Dead { silent_for });
            }
        }
        context.queue.count_dropped(self.batch.drop_expired(now));
        Ok(())
    }
}

fn is_would_block(error: &Error) -> bool {
    matches!(error, Error::Io(error) if error.kind() == ErrorKind::WouldBlock)
}
