//! The operation of a method that takes a message, and the outcome of its result.

use ::tungstenite::protocol::WebSocketConfig;
use ::tungstenite::{Error, Message, Result};
use redhanded_core::wrap::{Act, Operating, Operation, Outcome, Site, Watcher};
use std::io;

#[cfg_attr(not(debug_assertions), inline)]
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
#[cfg_attr(not(debug_assertions), inline)]
pub(in crate::watched) fn length(message: &Message) -> usize {
    match message {
        Message::Frame(frame) => frame.payload().len(),
        message => message.len(),
    }
}

/// The first byte of a message that is a frame of its own making.
pub(in crate::watched) fn first_byte(message: &Message) -> Option<u8> {
    let Message::Frame(frame) = message else {
        return None;
    };
    let header = frame.header();
    Some(u8::from(header.opcode) | if header.is_final { 0x80 } else { 0 })
}

/// Begins an operation that is sure to write. If its message is a frame of its own making, it has this first byte.
#[cfg_attr(not(debug_assertions), inline)]
#[track_caller]
pub(in crate::watched) fn begin<'w>(
    watcher: &'w Watcher,
    operation: Operation,
    first: Option<u8>,
    site: Site,
) -> io::Result<Operating<'w>> {
    match first {
        Some(first) => watcher.begin_frame(operation, first, site),
        None => watcher.begin(operation, site),
    }
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
    room == usize::MAX || watcher.has_nothing_queued() && frame_size(payload) <= room
}

#[cfg_attr(not(debug_assertions), inline)]
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
