//! The operation of a method that takes a message, and the outcome of its result.

use ::tungstenite::protocol::WebSocketConfig;
use ::tungstenite::protocol::frame::Frame;
use ::tungstenite::{Error, Message, Result};
use redhanded_core::wrap::{Act, Operation, Outcome, Watcher};

#[cfg_attr(not(debug_assertions), inline)]
pub(in crate::watched) fn sending(message: &Message) -> Operation {
    let act = match message {
        Message::Text(_) => Act::SendText,
        Message::Binary(_) => Act::SendBinary,
        Message::Ping(_) => Act::SendPing,
        Message::Pong(_) => Act::SendPong,
        Message::Close(_) => Act::SendClose,
        Message::Frame(frame) => return of_frame(Act::SendFrame, frame),
    };
    Operation::new(act, length(message))
}

/// The length of the payload of any message.
#[cfg_attr(not(debug_assertions), inline)]
pub(in crate::watched) fn length(message: &Message) -> usize {
    match message {
        Message::Frame(frame) => frame.payload().len(),
        message => message.len(),
    }
}

/// An operation of this class with this frame, which is of the user's own making.
#[cfg_attr(not(debug_assertions), inline)]
pub(in crate::watched) fn of_frame(act: Act, frame: &Frame) -> Operation {
    let header = frame.header();
    let first = u8::from(header.opcode) | if header.is_final { 0x80 } else { 0 };
    Operation::of_frame(act, first, frame.payload().len())
}

/// The bytes of a frame at most, with a payload of this length.
pub(in crate::watched) fn frame_size(payload: usize) -> usize {
    payload.saturating_add(14)
}

/// Whether a bounded buffer is sure to have room for a message with a payload of this length.
#[cfg_attr(not(debug_assertions), inline)]
pub(in crate::watched) fn has_room(
    watcher: &Watcher,
    config: &WebSocketConfig,
    payload: usize,
) -> bool {
    let room = config.max_write_buffer_size;
    let frame = frame_size(payload) as u64;
    let fits = |queued: u64| queued.saturating_add(frame) <= room as u64;
    room == usize::MAX || watcher.queued_at_most().is_some_and(fits)
}

#[cfg_attr(not(debug_assertions), inline)]
pub(super) fn writing(message: &Message) -> Operation {
    let act = match message {
        Message::Text(_) => Act::WriteText,
        Message::Binary(_) => Act::WriteBinary,
        Message::Ping(_) => Act::WritePing,
        Message::Pong(_) => Act::WritePong,
        Message::Close(_) => Act::WriteClose,
        Message::Frame(frame) => return of_frame(Act::WriteFrame, frame),
    };
    Operation::new(act, length(message))
}

/// The reply that the library queues by itself when this message was read.
#[cfg_attr(not(debug_assertions), inline)]
pub(in crate::watched) fn reply(read: &Message) -> Option<Operation> {
    match read {
        Message::Ping(payload) => Some(Operation::new(Act::AutomaticPong, payload.len())),
        Message::Close(_) => Some(Operation::new(Act::AutomaticCloseReply, 0)),
        _ => None,
    }
}

/// Whether a message was not queued: there was no room, or it may not be sent any more.
#[cfg_attr(not(debug_assertions), inline)]
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
