//! How a program reports that its second writer is inside its write, so that the peer may read on.
//!
//! A second writer that is inside cannot simply be waited for: the system may block it until the first is through.
#![allow(unsafe_code)]

use crate::common::PATIENCE;
use redhanded::Socket;
use redhanded::tungstenite::{Bytes, Utf8Bytes};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Once;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Waits for the message that a writer has entered.
#[derive(Debug)]
pub(crate) struct Entry(Receiver<()>);

impl Entry {
    #[track_caller]
    pub(crate) fn waits(self) {
        self.0
            .recv_timeout(PATIENCE)
            .expect("the second writer enters");
    }
}

/// A payload, with a message that is sent when it is dropped. This is inside `send`: the frame is about to be written.
pub(crate) fn payload(bytes: Vec<u8>) -> (Bytes, Entry) {
    let (entered, entry) = channel();
    (Bytes::from_owner(Payload { bytes, entered }), Entry(entry))
}

/// The same for text.
pub(crate) fn text(text: &str) -> (Utf8Bytes, Entry) {
    let (payload, entry) = payload(text.into());
    (payload.try_into().expect("it was text"), entry)
}

struct Payload {
    bytes: Vec<u8>,
    entered: Sender<()>,
}

impl AsRef<[u8]> for Payload {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        let _ = self.entered.send(());
    }
}

/// A stream of the program's own that says when it is written to. For writes that carry no payload of the program.
#[derive(Debug)]
pub(crate) struct Announcing {
    socket: TcpStream,
    entered: Sender<()>,
}

impl Announcing {
    pub(crate) fn new(socket: TcpStream) -> (Self, Entry) {
        static KNOWN: Once = Once::new();
        // SAFETY: `Announcing` has no lifetime parameters, nor has anything in it.
        KNOWN.call_once(|| unsafe {
            redhanded::know::<Announcing>(|stream| Socket::of_tcp(&stream.socket))
        });
        let (entered, entry) = channel();
        (Announcing { socket, entered }, Entry(entry))
    }
}

impl Write for Announcing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // After the first time, the receiver may be dropped.
        let _ = self.entered.send(());
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

impl Read for Announcing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.read(buffer)
    }
}

mod tests {
    use super::*;
    use redhanded::raw::tungstenite::{Message, WebSocket, protocol::Role};
    use std::sync::mpsc::TryRecvError;

    /// Notes whether the message was there before the first byte was written.
    struct Witness {
        entry: Entry,
        announced_before: Option<bool>,
    }

    impl Write for Witness {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let announced = self.entry.0.try_recv().is_ok();
            self.announced_before.get_or_insert(announced);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Read for Witness {
        fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
            unreachable!("sending reads nothing")
        }
    }

    #[test]
    fn a_payload_is_dropped_inside_send_before_the_frame_is_written() {
        for role in [Role::Client, Role::Server] {
            let (payload, entry) = text("hello");
            let mut object = WebSocket::from_raw_socket(
                Witness {
                    entry,
                    announced_before: None,
                },
                role,
                None,
            );
            let message = Message::Text(payload);
            assert_eq!(
                object.get_ref().entry.0.try_recv(),
                Err(TryRecvError::Empty)
            );
            object.send(message).unwrap();
            assert_eq!(object.get_ref().announced_before, Some(true));
        }
    }
}
