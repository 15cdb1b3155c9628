//! One WebSocket that stands: what is written to it and read from it, in turn, without ever waiting.

use crate::client::error::ConnectionError;
use crate::client::hooks::{Acknowledge, Incoming, Unconfirmed};
use crate::client::in_flight::InFlight;
use crate::client::inbox::Inbox;
use crate::client::keepalive::Keepalive;
use crate::client::options::Options;
use crate::client::queue::{Amount, Outgoing, Queue, Taken};
use crate::client::reactor::Ready;
use crate::client::transport::Transport;
use crate::tungstenite::protocol::CloseFrame;
use crate::tungstenite::protocol::frame::coding::CloseCode;
use crate::tungstenite::{Error, Message, WebSocket};
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How much is written before it is flushed and before anything is read: enough to make system calls rare, little enough
/// that a droppable message does not sit in a write buffer for long.
const BATCH: Amount = Amount {
    messages: 1_024,
    bytes: 64 << 10,
};

/// How much is read before it is handed on and anything is written.
const READS: Amount = Amount {
    messages: 256,
    bytes: 1 << 20,
};

/// How many pings are answered while the peer takes no bytes, before nothing is read until it does: the answers wait in the
/// WebSocket's buffer.
const UNTAKEN_PONGS: usize = 1_024;

/// How long a peer that has closed may take to end the connection. It is this side's courtesy only (RFC 6455, 7.1.1).
const LINGER: Duration = Duration::from_secs(1);

/// What a connection works for.
pub(super) struct Around<'d> {
    pub(super) queue: &'d Queue,
    pub(super) inbox: &'d Inbox,
    pub(super) in_flight: &'d mut InFlight,
    pub(super) acknowledge: Option<&'d mut Acknowledge>,
}

/// The connection.
pub(super) struct Connection<S> {
    websocket: WebSocket<S>,
    keepalive: Keepalive,
    pong_timeout: Duration,
    began: Instant,
    /// Taken out of the queue, to be written next.
    taken: Taken,
    /// How many of the messages in flight are to be written between the greetings and what was taken out.
    to_write: usize,
    arrived: Vec<Message>,
    /// Whether there may be something to read: readiness is told once, and then it is read until there is nothing.
    is_readable: bool,
    /// Whether bytes have come since it was read last.
    has_arrived: bool,
    /// Since when the socket has taken no byte of what is to be written.
    blocked_since: Option<Instant>,
    /// Whether something is written that may not have gone out.
    is_unflushed: bool,
    /// How many pings have come since everything that was written had gone out.
    pongs: usize,
    /// Whether nothing is read because nobody takes what arrives.
    is_held_back: bool,
    closing: Closing,
}

enum Closing {
    No,
    ByUs,
    ByPeer {
        frame: Option<CloseFrame>,
        until: Instant,
    },
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
            taken: Taken::default(),
            to_write: 0,
            arrived: Vec::new(),
            is_readable: true,
            has_arrived: false,
            blocked_since: None,
            // What its maker has left in it.
            is_unflushed: true,
            pongs: 0,
            is_held_back: false,
            closing: Closing::No,
        }
    }

    /// What goes out before everything else: greetings, then what earlier connections have not confirmed.
    pub(super) fn begin_with(&mut self, greetings: Vec<Message>, to_resend: usize) {
        self.taken
            .batch
            .extend(greetings.into_iter().map(Outgoing::Greeting));
        self.to_write = to_resend;
    }

    pub(super) fn stood_for(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.began)
    }

    /// The socket has become readable or writable.
    pub(super) fn ready(&mut self, ready: Ready, now: Instant) {
        self.is_readable |= ready.readable;
        self.has_arrived |= ready.readable;
        if ready.writable && self.blocked_since.take().is_some() {
            self.is_unflushed = true;
            self.keepalive.extend(now);
        }
    }

    /// Writes what is to be written, and reads what there is to read.
    pub(super) fn turn(
        &mut self,
        around: &mut Around<'_>,
        now: Instant,
    ) -> Result<(), ConnectionError> {
        let written = self.write(around, now).and_then(|()| self.flush(now));
        if let Err(error) = written {
            // The peer may have said why it is gone. One that takes nothing and talks on would be listened to for ever.
            self.is_readable = true;
            let until = Instant::now() + LINGER;
            while self.is_readable && self.reads() && Instant::now() < until {
                self.read(around, now)?;
            }
            return Err(error);
        }
        self.read(around, now)?;
        self.check(around, now)
    }

    /// Whether another turn would do something at once.
    pub(super) fn has_more(&self, around: &Around<'_>, now: Instant) -> bool {
        let reads = self.is_readable && self.reads();
        let flushes = self.is_unflushed && self.blocked_since.is_none();
        let writes = || !self.is_taken_written() || self.has_to_ping(around, now);
        reads || flushes || (self.writes() && writes())
    }

    /// Whether messages would be written if they came.
    pub(super) fn writes(&self) -> bool {
        self.blocked_since.is_none() && self.websocket.can_write()
    }

    /// Whether what arrives is read.
    fn reads(&self) -> bool {
        !self.is_held_back && !self.is_flooded()
    }

    fn is_flooded(&self) -> bool {
        self.blocked_since.is_some() && self.pongs >= UNTAKEN_PONGS
    }

    /// When there is something to do though nothing happens.
    pub(super) fn next_at(&self) -> Option<Instant> {
        let reads = !self.is_held_back;
        let lingers = if let Closing::ByPeer { until, .. } = self.closing {
            Some(until)
        } else {
            None
        };
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
        let expires = self.taken.batch.iter().filter_map(Outgoing::until).min();
        [lingers, unblocks, pings, expires]
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
        self.blocks(|websocket| websocket.close(Some(frame)))
    }

    /// Whether everything that was taken out has been written.
    pub(super) fn is_written(&self) -> bool {
        self.is_taken_written() && !self.is_unflushed
    }

    fn is_taken_written(&self) -> bool {
        self.taken.batch.is_empty() && self.to_write == 0
    }

    /// Drops what was taken out and not written, and gives the WebSocket back.
    pub(super) fn end(self, around: &Around<'_>) -> WebSocket<S> {
        let dropped = self
            .taken
            .batch
            .iter()
            .filter(|outgoing| matches!(outgoing, Outgoing::Droppable(..)))
            .count();
        around.queue.count_dropped(dropped as u64);
        self.websocket
    }

    /// Writes what was taken out whether the socket takes it or not: it is then in the WebSocket's own buffer.
    pub(super) fn write_all(
        &mut self,
        around: &mut Around<'_>,
        now: Instant,
    ) -> Result<(), ConnectionError> {
        loop {
            self.blocked_since = None;
            self.fill(around, now);
            let before = self.to_write + self.taken.batch.len();
            self.write_batch(around, now)?;
            if self.to_write + self.taken.batch.len() == before {
                return Ok(());
            }
        }
    }

    fn write(&mut self, around: &mut Around<'_>, now: Instant) -> Result<(), ConnectionError> {
        if !self.writes() {
            return Ok(());
        }
        if !self.is_taken_written() {
            // Each message of the rest may get stuck: what is written already does not wait for it to be confirmed.
            self.ping(around, now)?;
        }
        self.fill(around, now);
        self.write_batch(around, now)?;
        self.ping(around, now)
    }

    /// Pings, if that is to be done and can be.
    fn ping(&mut self, around: &Around<'_>, now: Instant) -> Result<(), ConnectionError> {
        if !self.has_to_ping(around, now) {
            return Ok(());
        }
        if self.websocket.get_config().max_write_buffer_size < usize::MAX {
            // A ping that finds no room cannot be told from a connection that is lost.
            self.flush(now)?;
        }
        if self.blocked_since.is_none() {
            let ping = self.keepalive.ping(around.in_flight.written_in_all(), now);
            self.is_unflushed = true;
            self.blocks(|websocket| websocket.write(ping))?;
        }
        Ok(())
    }

    /// Whether there is something to confirm, or the peer has been silent for long enough.
    fn has_to_ping(&self, around: &Around<'_>, now: Instant) -> bool {
        let confirms = around.acknowledge.is_none()
            && !around.in_flight.is_confirmed()
            && self.keepalive.may_ping();
        self.websocket.can_write() && (confirms || self.keepalive.is_due(now, !self.is_held_back))
    }

    /// Takes the next messages out, if the last ones are written.
    fn fill(&mut self, around: &mut Around<'_>, now: Instant) {
        if self.is_taken_written() {
            self.to_write = around
                .queue
                .take(&mut self.taken, around.in_flight, BATCH, now);
        }
    }

    /// Writes what was taken out: greetings, then what is to be written of the messages in flight, then the rest.
    fn write_batch(
        &mut self,
        around: &mut Around<'_>,
        now: Instant,
    ) -> Result<(), ConnectionError> {
        let (mut written, mut resent, mut dropped) = (
            Amount {
                messages: 0,
                bytes: 0,
            },
            0,
            0,
        );
        let mut result = Ok(());
        while result.is_ok() && self.blocked_since.is_none() && written.messages < BATCH.messages {
            let Some(outgoing) = self.next_outgoing() else {
                break;
            };
            let message = match &outgoing {
                Outgoing::Droppable(_, until) if *until <= now => {
                    dropped += 1;
                    continue;
                }
                Outgoing::Greeting(message) | Outgoing::Droppable(message, _) => message.clone(),
                Outgoing::Guaranteed => around
                    .in_flight
                    .next()
                    .expect("one for each that was taken out")
                    .clone(),
            };
            written = Amount {
                messages: written.messages + 1,
                bytes: written.bytes + message.len(),
            };
            let had_all_room = !std::mem::replace(&mut self.is_unflushed, true);
            match self.websocket.write(message) {
                Err(Error::WriteBufferFull(_)) if !had_all_room => {
                    self.taken.batch.push_front(outgoing);
                    result = self.flush(now);
                    continue;
                }
                Err(error) if is_would_block(&error) => self.blocked_since = Some(now),
                Err(error) => result = Err(self.ended_by(error)),
                Ok(()) => {}
            }
            if matches!(outgoing, Outgoing::Guaranteed) {
                resent += u64::from(around.in_flight.next_is_written());
            }
            if written.bytes >= BATCH.bytes {
                break;
            }
        }
        self.is_readable |= written.messages > 0 && self.websocket.get_ref().reads_ahead();
        around.queue.count_dropped(dropped);
        if resent > 0 {
            around.queue.note(|stats| stats.resent += resent);
        }
        result
    }

    /// The next thing to write.
    fn next_outgoing(&mut self) -> Option<Outgoing> {
        if self.to_write > 0 && !matches!(self.taken.batch.front(), Some(Outgoing::Greeting(_))) {
            self.to_write -= 1;
            return Some(Outgoing::Guaranteed);
        }
        self.taken.batch.pop_front()
    }

    fn flush(&mut self, now: Instant) -> Result<(), ConnectionError> {
        if !self.is_unflushed || self.blocked_since.is_some() {
            return Ok(());
        }
        self.blocks_at(now, WebSocket::flush)?;
        if self.blocked_since.is_none() {
            self.is_unflushed = false;
            self.pongs = 0;
            self.keepalive.flushed(now);
        }
        Ok(())
    }

    fn blocks(
        &mut self,
        write: impl FnOnce(&mut WebSocket<S>) -> Result<(), Error>,
    ) -> Result<(), ConnectionError> {
        self.blocks_at(Instant::now(), write)
    }

    /// Writes, and remembers if the socket takes no more.
    fn blocks_at(
        &mut self,
        now: Instant,
        write: impl FnOnce(&mut WebSocket<S>) -> Result<(), Error>,
    ) -> Result<(), ConnectionError> {
        let written = write(&mut self.websocket);
        self.is_readable |= self.websocket.get_ref().reads_ahead();
        match written {
            Ok(()) => Ok(()),
            Err(error) if is_would_block(&error) => {
                self.blocked_since = Some(now);
                Ok(())
            }
            Err(error) => Err(self.ended_by(error)),
        }
    }

    fn read(&mut self, around: &mut Around<'_>, now: Instant) -> Result<(), ConnectionError> {
        if !self.is_readable || self.is_flooded() {
            return Ok(());
        }
        let mut room = around.inbox.room();
        if self.is_held_back || room.is_none() {
            // The answer may be among what was not read, and a peer that is stuck itself takes nothing.
            self.keepalive.extend(now);
            self.blocked_since = self.blocked_since.map(|_| now);
        }
        self.is_held_back = room.is_none();
        let (mut result, mut read) = (
            Ok(()),
            Amount {
                messages: 0,
                bytes: 0,
            },
        );
        while read.messages < READS.messages && read.bytes < READS.bytes {
            if room.is_none() || !self.is_readable || result.is_err() {
                break;
            }
            match self.websocket.read() {
                Ok(message) => {
                    read = Amount {
                        messages: read.messages + 1,
                        bytes: read.bytes + message.len(),
                    };
                    room.spend(&message);
                    result = self.received(message, around, now);
                }
                Err(error) if is_would_block(&error) => self.is_readable = false,
                Err(error) => result = Err(self.ended_by(error)),
            }
        }
        if read.messages > 0 {
            self.keepalive.wholly_read();
        } else if self.has_arrived && !self.is_readable {
            self.keepalive.partly_read(now);
        }
        self.has_arrived &= self.is_readable;
        around.inbox.add_messages(&mut self.arrived);
        result
    }

    fn received(
        &mut self,
        message: Message,
        around: &mut Around<'_>,
        now: Instant,
    ) -> Result<(), ConnectionError> {
        match message {
            // The WebSocket has its pong ready.
            Message::Ping(_) => {
                self.is_unflushed = true;
                self.pongs += 1;
            }
            Message::Pong(payload) => {
                if let Some(answered) = self.keepalive.pong(&payload, now) {
                    let counts = around.acknowledge.is_none();
                    let confirmed = if counts {
                        around.in_flight.confirm(answered.covers)
                    } else {
                        Default::default()
                    };
                    around.queue.confirm(confirmed, Some(answered.round_trip));
                }
            }
            Message::Close(_) if matches!(self.closing, Closing::ByUs) => {
                return Err(ConnectionError::Closed);
            }
            Message::Close(frame) => {
                self.is_unflushed = true;
                self.closing = Closing::ByPeer {
                    frame,
                    until: now + LINGER,
                };
            }
            Message::Text(_) | Message::Binary(_) => {
                if acknowledge(&message, around) == Incoming::Delivered {
                    self.arrived.push(message);
                }
            }
            Message::Frame(_) => {}
        }
        Ok(())
    }

    /// Whether the peer is dead, or has had its time.
    fn check(&mut self, around: &Around<'_>, now: Instant) -> Result<(), ConnectionError> {
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
        let before = self.taken.batch.len();
        self.taken
            .batch
            .retain(|outgoing| outgoing.until().is_none_or(|until| until > now));
        around
            .queue
            .count_dropped((before - self.taken.batch.len()) as u64);
        Ok(())
    }

    /// Why there is no connection any more.
    fn ended_by(&mut self, error: Error) -> ConnectionError {
        match (&mut self.closing, error) {
            (Closing::ByPeer { frame, .. }, _) => ConnectionError::PeerClosed(frame.take()),
            (Closing::ByUs, _) => ConnectionError::Closed,
            (Closing::No, error) => lost(error),
        }
    }
}

fn acknowledge(message: &Message, around: &mut Around<'_>) -> Incoming {
    let Some(acknowledge) = &mut around.acknowledge else {
        return Incoming::Delivered;
    };
    let mut unconfirmed = Unconfirmed::new(around.in_flight);
    let incoming = acknowledge(message, &mut unconfirmed);
    let confirmed = unconfirmed.confirmed;
    if confirmed.messages > 0 {
        around.queue.confirm(confirmed, None);
    }
    incoming
}

fn is_would_block(error: &Error) -> bool {
    matches!(error, Error::Io(error) if error.kind() == ErrorKind::WouldBlock)
}

fn lost(error: Error) -> ConnectionError {
    ConnectionError::Lost(Arc::new(error))
}
