//! How a connection reads: as much as the inbox has room for, and what each message means.

use super::closing::Closing;
use super::{Connection, Context, LINGER, is_would_block};
use crate::error::ConnectionError;
use crate::hooks::Incoming;
use crate::in_flight::Confirmed;
use crate::queue::Amount;
use crate::transport::Transport;
use crate::tungstenite::Message;
use std::time::Instant;

/// How much is read before it is handed on and anything is written.
const READS: Amount = Amount {
    messages: 256,
    bytes: 1 << 20,
};

/// How many pings are answered while the peer takes no bytes. The answers wait in the WebSocket's
/// buffer. After this many, nothing is read until the peer takes bytes again.
const UNTAKEN_PONGS: usize = 1_024;

impl<S: Transport> Connection<S> {
    /// Whether what arrives is read.
    pub(super) fn reads(&self) -> bool {
        !self.is_held_back && !self.is_flooded()
    }

    fn is_flooded(&self) -> bool {
        self.blocked_since.is_some() && self.pongs >= UNTAKEN_PONGS
    }

    pub(super) fn read(
        &mut self,
        context: &mut Context<'_>,
        now: Instant,
    ) -> Result<(), ConnectionError> {
        if !self.is_readable || self.is_flooded() {
            return Ok(());
        }
        let mut room = context.inbox.room();
        if self.is_held_back || room.is_none() {
            // The peer's answer may be among what was not read. And a peer whose own writes are
            // stuck takes nothing.
            self.keepalive.restart_timeout(now);
            self.blocked_since = self.blocked_since.map(|_| now);
        }
        self.is_held_back = room.is_none();
        let (mut result, mut read) = (Ok(()), Amount::default());
        self.websocket.get_ref().on_turn_begins();
        while read.messages < READS.messages && read.bytes < READS.bytes {
            if room.is_none() || !self.is_readable || result.is_err() {
                break;
            }
            match self.websocket.read() {
                Ok(message) => {
                    read.add(message.len());
                    room.spend(&message);
                    result = self.on_message(message, context, now);
                }
                Err(error) if is_would_block(&error) => self.is_readable = false,
                Err(error) => result = Err(self.closing.ended_by(error)),
            }
        }
        // What was refused may be there already, and the system does not tell it again.
        let is_over = self.websocket.get_ref().on_turn_ends();
        let was_emptied = !self.is_readable && !is_over;
        self.is_readable |= is_over;
        if read.messages > 0 {
            self.keepalive.on_message();
        } else if is_over || (self.has_arrived && was_emptied) {
            self.keepalive.on_partial_message(now);
        }
        self.has_arrived &= self.is_readable;
        context.inbox.add_messages(&mut self.arrived);
        result
    }

    fn on_message(
        &mut self,
        message: Message,
        context: &mut Context<'_>,
        now: Instant,
    ) -> Result<(), ConnectionError> {
        match message {
            // The WebSocket has its pong ready.
            Message::Ping(_) => {
                self.is_unflushed = true;
                self.pongs += 1;
            }
            Message::Pong(payload) => {
                if let Some(answered) = self.keepalive.on_pong(&payload, now) {
                    let confirmed = if context.pongs_confirm() {
                        context.in_flight.confirm(answered.covers)
                    } else {
                        Confirmed::default()
                    };
                    context.queue.confirm(confirmed, Some(answered.round_trip));
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
                if context.acknowledge(&message) == Incoming::Delivered {
                    self.arrived.push(message);
                }
            }
            Message::Frame(_) => {}
        }
        Ok(())
    }
}
