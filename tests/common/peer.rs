//! The peer. It reads only on command. So a program is stuck in a send for as long as the test needs.

use redhanded::raw::tungstenite::{Message, WebSocket, protocol::Role};
use std::io::{self, Cursor, Read, Write};

/// The payload of a message that no socket here takes at once.
pub(crate) const BIG: usize = 2 << 20;

/// A message that no socket here takes at once.
pub(crate) fn big_message() -> Message {
    Message::binary(vec![7; BIG])
}

/// A plain peer, and every byte that it has read.
#[derive(Debug)]
pub(crate) struct Peer<S> {
    pub(crate) stream: S,
    seen: Vec<u8>,
}

impl<S: Read + Write> Peer<S> {
    pub(crate) fn new(stream: S) -> Self {
        Peer {
            stream,
            seen: Vec::new(),
        }
    }

    /// Waits until a first byte is there. Its writer is then inside its write, and is stuck there if the write is large.
    #[track_caller]
    pub(crate) fn sees_a_byte(&mut self) {
        self.takes(self.seen.len() + 1);
    }

    /// Reads until it has seen this many bytes in all.
    #[track_caller]
    pub(crate) fn takes(&mut self, total: usize) {
        let start = self.seen.len();
        self.seen.resize(total, 0);
        self.stream
            .read_exact(&mut self.seen[start..])
            .expect("more bytes");
    }

    /// Every byte that it has read.
    pub(crate) fn into_seen(self) -> Vec<u8> {
        self.seen
    }

    /// Sends a message to the program, in a frame of its own.
    #[track_caller]
    pub(crate) fn sends(&mut self, as_role: Role, message: Message) {
        let mut outgoing = WebSocket::from_raw_socket(Outgoing(&mut self.stream), as_role, None);
        outgoing.send(message).expect("the program is there");
    }

    /// Reads messages until the program closes or ends the connection. Checks only the protocol.
    #[track_caller]
    pub(crate) fn takes_messages(self, as_role: Role) -> Vec<Message> {
        let mut messages = Vec::new();
        let mut incoming = WebSocket::from_partially_read(self.stream, self.seen, as_role, None);
        loop {
            match incoming.read() {
                Ok(message @ Message::Close(_)) => {
                    messages.push(message);
                    return messages;
                }
                Ok(message) => messages.push(message),
                Err(error) => panic!("after {} intact messages: {error}", messages.len()),
            }
        }
    }
}

/// Writes to a stream, and never reads from it.
struct Outgoing<'s, S>(&'s mut S);

impl<S: Write> Write for Outgoing<'_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl<S> Read for Outgoing<'_, S> {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        unreachable!("sending reads nothing")
    }
}

mod tests {
    use super::*;

    fn frame(message: Message) -> Vec<u8> {
        let mut writer = WebSocket::from_raw_socket(Cursor::new(Vec::new()), Role::Server, None);
        writer.send(message).expect("memory takes everything");
        writer.into_inner().into_inner()
    }

    #[test]
    fn messages_are_taken_up_to_the_close_frame() {
        let messages = [Message::text("one"), big_message(), Message::Close(None)];
        let bytes: Vec<u8> = messages.iter().cloned().flat_map(frame).collect();
        let mut peer = Peer::new(Cursor::new(bytes));
        peer.sees_a_byte();
        assert_eq!(peer.takes_messages(Role::Client), messages);
    }
}
