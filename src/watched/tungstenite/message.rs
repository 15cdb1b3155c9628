//! The operation of a method that takes a message, and the outcome of its result.

use ::tungstenite::{Error, Message, Result};
use redhanded_core::wrap::{Act, Operation, Outcome};

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

/// The length of the payload of any message.
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

/// The reply that the library queues by itself when this message was read.
#[inline]
pub(in crate::watched) fn reply(read: &Message) -> Option<Operation> {
    match read {
        Message::Ping(payload) => Some(Operation::new(Act::AutomaticPong, payload.len())),
        Message::Close(_) => Some(Operation::new(Act::AutomaticCloseReply, 0)),
        _ => None,
    }
}

/// Whether a message was not queued: there was no room, or it may not be sent any more.
#[inline]
pub(in crate::watched) fn is_refusal(error: &Error) -> bool {
    !matches!(error, Error::Io(_))
}

/// `ConnectionClosed` says that the closing handshake is complete: everything was written.
#[inline]
pub(in crate::watched) fn outcome<T>(result: &Result<T>) -> Outcome {
    match result {
        Ok(_) | Err(Error::ConnectionClosed) => Outcome::Returned,
        Err(_) => Outcome::Failed,
    }
}
