//! Compares the reader with tungstenite, and with itself where it does not know every byte.

mod protocol;
mod random;
mod sizes;
mod streams;
mod texts;
mod unknown;

use super::rules::FRAME_LIMIT;
use super::{Delivered, End, Endpoint, Piece, Reading, read};
use crate::wire::Header;
use std::io::{self, Read, Write};
use streams::Sent;
use tungstenite::Message;
use tungstenite::error::{Error, ProtocolError};
use tungstenite::protocol::{Role, WebSocket};

const MASK: Option<[u8; 4]> = Some([0x11, 0x22, 0x33, 0x44]);

/// A frame of a client.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    Sent::new(first, MASK, payload).bytes()
}

/// A frame of a server.
fn plain(first: u8, payload: &[u8]) -> Vec<u8> {
    Sent::new(first, None, payload).bytes()
}

/// The header of a frame whose payload does not come.
fn promise(first: u8, mask: Option<[u8; 4]>, promised: u64) -> Vec<u8> {
    Sent {
        promised,
        ..Sent::new(first, mask, &[])
    }
    .header()
}

fn read_known(endpoint: Endpoint, stream: &[u8]) -> Reading {
    read(endpoint, None, [Piece::Known(stream)])
}

fn error(words: &str, close_code: u16, at: usize) -> End {
    End::Error {
        words: words.into(),
        close_code,
        at: at as u64,
    }
}

/// What tungstenite makes of a stream that ends: the opcodes and lengths of what it gives to the application, and its
/// error. The error that the stream ends is left out. So is the length of a close frame, because tungstenite shows some
/// close codes as others.
fn by_tungstenite(endpoint: Endpoint, stream: Vec<u8>) -> (Vec<(u8, u64)>, Option<String>) {
    struct Stream(io::Cursor<Vec<u8>>);
    impl Read for Stream {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer)
        }
    }
    impl Write for Stream {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let role = if endpoint == Endpoint::Server {
        Role::Server
    } else {
        Role::Client
    };
    let mut socket = WebSocket::from_raw_socket(Stream(io::Cursor::new(stream)), role, None);
    let mut messages = Vec::new();
    loop {
        let opcode = match socket.read() {
            Ok(Message::Close(_)) => {
                messages.push((8, 0));
                return (messages, None);
            }
            Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => {
                return (messages, None);
            }
            Err(error) => return (messages, Some(error.to_string())),
            Ok(message @ Message::Text(_)) => (1, message.len() as u64),
            Ok(message @ Message::Binary(_)) => (2, message.len() as u64),
            Ok(message @ Message::Ping(_)) => (9, message.len() as u64),
            Ok(message @ Message::Pong(_)) => (10, message.len() as u64),
            Ok(message) => unreachable!("{message:?}"),
        };
        messages.push(opcode);
    }
}

/// The reading of a stream, in the terms of [`by_tungstenite`].
fn in_short(reading: &Reading) -> (Vec<(u8, u64)>, Option<String>) {
    let short = |message: &Delivered| {
        (
            message.opcode,
            if message.opcode == 8 {
                0
            } else {
                message.length
            },
        )
    };
    let error = match &reading.end {
        End::Error { words, .. } => Some(words.clone()),
        _ => None,
    };
    (reading.messages.iter().map(short).collect(), error)
}

/// Where the frame at fault ends, if the stream has an error. The end may lie behind the end of the stream.
fn end_of_fault(stream: &[u8], reading: &Reading) -> Option<usize> {
    let End::Error { at, .. } = reading.end else {
        return None;
    };
    let header = Header::read([&stream[at as usize..]]);
    Some(usize::try_from(at + header.frame_size().min(FRAME_LIMIT + 100)).unwrap())
}

/// Compares with tungstenite. The stream is filled up with the payload of the frame at fault, because tungstenite reads
/// it before it judges the frame.
fn agrees_with_tungstenite(endpoint: Endpoint, stream: &[u8]) -> Reading {
    let reading = read_known(endpoint, stream);
    let mut stream = stream.to_vec();
    let enough = end_of_fault(&stream, &reading).unwrap_or(0);
    stream.resize(stream.len().max(enough), 0);
    assert_eq!(in_short(&reading), by_tungstenite(endpoint, stream));
    reading
}

#[test]
fn a_message_is_delivered_with_its_place() {
    let stream = [
        plain(0x01, b"a"),
        plain(0x89, b"ping"),
        plain(0x80, "é".as_bytes()),
        plain(0x88, b"\x03\xe8bye"),
        vec![1],
    ];
    let reading = agrees_with_tungstenite(Endpoint::Client, &stream.concat());
    assert_eq!(
        reading,
        Reading {
            messages: vec![
                Delivered {
                    opcode: 9,
                    length: 4,
                    from: 3,
                    to: 9
                },
                Delivered {
                    opcode: 1,
                    length: 3,
                    from: 0,
                    to: 13
                },
                Delivered {
                    opcode: 8,
                    length: 5,
                    from: 13,
                    to: 20
                },
            ],
            end: End::Closed {
                at: 13,
                code: Some(1000)
            },
        }
    );
}

#[test]
fn what_is_laxer_than_the_standard_is_so_in_tungstenite_too() {
    let long_form = |first, extended| {
        Sent {
            extended,
            ..Sent::new(first, MASK, b"abc")
        }
        .bytes()
    };
    let stream = [
        long_form(0x82, 2),
        long_form(0x89, 8),
        masked(0x88, b"\x03\xed"),
    ]
    .concat();
    let reading = agrees_with_tungstenite(Endpoint::Server, &stream);
    assert_eq!(
        (reading.messages.len(), reading.end),
        (
            3,
            End::Closed {
                at: 28,
                code: Some(1005)
            }
        )
    );
}

#[test]
fn the_end_of_the_stream_leaves_the_peer_waiting() {
    let stream = [plain(0x01, b"abc"), plain(0x82, b"abc")].concat();
    let end = |endpoint, open, length| read(endpoint, open, [Piece::Known(&stream[..length])]).end;
    assert_eq!(
        end(Endpoint::Client, None, 0),
        End::BetweenFrames { open_message: None }
    );
    assert_eq!(end(Endpoint::Client, None, 1), End::InHeader { at: 0 });
    assert_eq!(
        end(Endpoint::Client, None, 2),
        End::Waits {
            at: 0,
            length: 3,
            missing: 3
        }
    );
    assert_eq!(
        end(Endpoint::Client, None, 4),
        End::Waits {
            at: 0,
            length: 3,
            missing: 1
        }
    );
    assert_eq!(
        end(Endpoint::Client, None, 5),
        End::BetweenFrames {
            open_message: Some(1)
        }
    );
    assert_eq!(
        end(Endpoint::Client, Some(2), 0),
        End::BetweenFrames {
            open_message: Some(2)
        }
    );
    assert_eq!(end(Endpoint::Client, None, 6), End::InHeader { at: 5 });
}
