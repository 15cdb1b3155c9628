//! Puts a recorded stream on a connection, and reads what the peer sends back.

use crate::common::start;
use crate::program::Recording;
use redhanded::raw::tungstenite::protocol::Role;
use redhanded::raw::tungstenite::{Error, Message, WebSocket};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};

/// Sends a stream to a peer after the handshake, and returns the code of the peer's close frame. If the peer is
/// expected to send one, the stream does not end before that.
#[track_caller]
pub(crate) fn replay(socket: TcpStream, recording: &Recording, is_to_close: bool) -> Option<u16> {
    let (mut outgoing, stream) = (
        socket.try_clone().expect("a clone"),
        recording.stream.clone(),
    );
    let sent = start("replay", move || {
        // After an error, a peer need not read on.
        let _ = outgoing.write_all(&stream);
        if !is_to_close {
            end(&outgoing);
        }
    });
    let role = if recording.reader == Role::Client {
        Role::Server
    } else {
        Role::Client
    };
    let mut incoming = WebSocket::from_raw_socket(Incoming(&socket), role, None);
    let mut close_code = None;
    loop {
        match incoming.read() {
            Ok(Message::Close(frame)) => {
                close_code = Some(frame.map_or(1005, |frame| frame.code.into()));
                break;
            }
            Ok(_) => {}
            Err(Error::Io(error))
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
            {
                panic!("the peer neither closes nor hangs up")
            }
            Err(_) => break,
        }
    }
    sent.result();
    end(&socket);
    close_code
}

/// Ends the stream. The peer may have closed the connection already.
fn end(socket: &TcpStream) {
    let _ = socket.shutdown(Shutdown::Write);
}

/// Only reads. Answers are not sent, because the peer must get nothing but the stream.
struct Incoming<'s>(&'s TcpStream);

impl Read for Incoming<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Incoming<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
