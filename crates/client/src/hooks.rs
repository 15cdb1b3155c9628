//! The hooks of a client. They run on its own thread, so they must neither block nor wait for it.

use super::in_flight::{Confirmed, InFlight};
use crate::tungstenite::Message;
use crate::tungstenite::handshake::client::{Request, Response};
use std::fmt;

/// Called before each attempt to connect, with the request as it will be sent.
pub(super) type BeforeConnect = Box<dyn FnMut(&mut Request) + Send>;

/// Called after each connect.
pub(super) type OnConnect = Box<dyn FnMut(&mut NewConnection<'_>) + Send>;

/// Called for each message that arrives.
pub(super) type Acknowledge = Box<dyn FnMut(&Message, &mut Unconfirmed<'_>) -> Incoming + Send>;

/// A connection that has just been made. What is sent here goes out before all messages that wait.
#[derive(Debug)]
pub struct NewConnection<'c> {
    pub(super) response: &'c Response,
    pub(super) number: u64,
    pub(super) messages: Vec<Message>,
}

impl NewConnection<'_> {
    /// Sends a message on this connection, and on no other: for the next connection, the hook is
    /// called again. Only text and binary messages are sent; others are ignored.
    pub fn send(&mut self, message: impl Into<Message>) {
        let message = message.into();
        if message.is_text() || message.is_binary() {
            self.messages.push(message);
        }
    }

    /// The server's answer to the handshake.
    pub fn response(&self) -> &Response {
        self.response
    }

    /// The number of the connection, counted from 1.
    pub fn number(&self) -> u64 {
        self.number
    }
}

/// The guaranteed messages that have been written on this connection and are not confirmed, the
/// oldest first.
pub struct Unconfirmed<'c> {
    in_flight: &'c mut InFlight,
    pub(super) confirmed: Confirmed,
}

impl<'c> Unconfirmed<'c> {
    pub(super) fn new(in_flight: &'c mut InFlight) -> Self {
        Unconfirmed {
            in_flight,
            confirmed: Confirmed::default(),
        }
    }

    /// The messages, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Message> {
        self.in_flight.written()
    }

    /// Confirms this many messages, from the oldest on.
    pub fn confirm(&mut self, oldest: usize) {
        let confirmed = self.in_flight.confirm_next(oldest);
        self.confirmed.messages += confirmed.messages;
        self.confirmed.bytes += confirmed.bytes;
    }

    /// Confirms the first message for which `is_it` returns `true`, and all before it. Returns
    /// `false` if there is none.
    pub fn confirm_through(&mut self, is_it: impl FnMut(&Message) -> bool) -> bool {
        let Some(index) = self.iter().position(is_it) else {
            return false;
        };
        self.confirm(index + 1);
        true
    }
}

impl fmt::Debug for Unconfirmed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// What happens with a message that the hook has looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incoming {
    /// It was only an acknowledgement. It does not become an event.
    Consumed,
    /// It becomes an event.
    Delivered,
}
