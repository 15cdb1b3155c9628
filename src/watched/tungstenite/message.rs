//! What an operation on a message is called, and how it came back.

use crate::wire::Outcome;
use crate::witness::{Act, Operation};
use ::tungstenite::{Error, Message, Result};

#[inline]
pub(in crate::watched) fn sending(message: &Message) -> Operation {
    let act = match message {
        Message::Text(_) => Act::SendText,
        Message::Binary(_) => Act::SendBinary,
        Message::Ping(_) => Act::SendPing,
        Message::Pong(_) => Act::SendPong,
        Message::Close(_) => Act::SendClose,
        Message::Frame(_) => Act::SendFrame,
    };
    Operation::new(act, length(message))
}

/// Of the payload, whatever the message is.
#[inline]
fn length(message: &Message) -> usize {
    match message {
        Message::Frame(frame) => frame.payload().len(),
        message => message.len(),
    }
}

#[inline]
pub(super) fn writing(message: &Message) -> Operation {
    let act = match message {
        Message::Text(_) => Act::WriteText,
        Message::Binary(_) => Act::WriteBinary,
        Message::Ping(_) => Act::WritePing,
        Message::Pong(_) => Act::WritePong,
        Message::Close(_) => Act::WriteClose,
        Message::Frame(_) => Act::WriteFrame,
    };
    Operation::new(act, length(message))
}

/// `ConnectionClosed` says that closing has come to its end: everything was written.
#[inline]
pub(in crate::watched) fn outcome<T>(result: &Result<T>) -> Outcome {
    match result {
        Ok(_) | Err(Error::ConnectionClosed) => Outcome::Returned,
        Err(_) => Outcome::Failed,
    }
}
