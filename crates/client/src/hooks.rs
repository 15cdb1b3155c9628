//! What a user can plug in. Hooks run on the client's own thread: they must not block, nor wait for the client.

use super::in_flight::{Confirmed, InFlight};
use crate::tungstenite::Message;
use crate::tungstenite::handshake::client::{Request, Response};
use std::fmt;

/// Called before each attempt to connect, with the request as it will be sent.
pub(super) type BeforeConnect = Box<dyn FnMut(&mut Request) + Send>;

/// Called behind each connect.
pub(super) type OnConnect = Box<dyn FnMut(&mut NewConnection<'_>) + Send>;

/// Called for each message that arrives.
pub(super) type Acknowledge = Box<dyn FnMut(&Message, &mut Unconfirmed<'_>) -> Incoming + Send>;

/// A connection that has just been made: what is sent here goes out before everything that waits.
#[derive(Debug)]
pub struct NewConnection<'c> {
    pub(super) response: &'c Response,
    pub(super) connection: u64,
    pub(super) messages: Vec<Message>,
}

impl NewConnection<'_> {
    /// Sends a message on this connection, and on no other: the hook is called again for the next. Text and binary
    /// messages only; others are passed over.
    pub fn send(&mut self, message: impl Into<Message>) {
        let message = message.into();
        if message.is_text() || message.is_binary() {
            self.messages.push(message);
        }
    }

    /// What the server answered to the handshake.
    pub fn response(&self) -> &Response {
        self.response
    }

    /// Which connection of the client this is, counted from 1.
    pub fn connection(&self) -> u64 {
        self.connection
    }
}

/// The guaranteed messages that have been written on this connection and are not confirmed, the oldest first.
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

    /// The oldest of them have arrived, this many.
    pub fn confirm(&mut self, oldest: usize) {
        let confirmed = self.in_flight.confirm_next(oldest);
        self.confirmed.messages += confirmed.messages;
        self.confirmed.bytes += confirmed.bytes;
    }

    /// The first message of which this is true has arrived, and all before it. False if it is true of none.
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

/// What becomes of a message that an acknowledgement has looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incoming {
    /// It was an acknowledgement only: the user does not get it.
    Consumed,
    /// The user gets it as an event.
    Delivered,
}
