//! Two objects on a stream type that takes turns by itself: a lock inside `write`, around all the bytes of it.
//!
//! tungstenite gives a whole frame to `write` at once. So a stream that takes all of it under its lock keeps frames whole.
//! Both objects are in `send` at the same time, and only one is on the wire. The type has not been made known.

use crate::common::{big_message, connection, start};
use crate::{assert_all_arrived, never_accused, notices, receive};
use redhanded::tungstenite::WebSocket;
use redhanded::tungstenite::protocol::Role;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

#[derive(Debug, Clone)]
struct InTurn {
    socket: Arc<Mutex<TcpStream>>,
    waits: Sender<()>,
}

impl Write for InTurn {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.socket.try_lock().is_err() {
            self.waits.send(()).unwrap();
        }
        self.socket.lock().unwrap().write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for InTurn {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.lock().unwrap().read(buffer)
    }
}

fn program() {
    let (socket, mut peer) = connection();
    let (waits, waiting) = channel();
    let stream = InTurn {
        socket: Arc::new(Mutex::new(socket)),
        waits,
    };
    let mut one = WebSocket::from_raw_socket(stream.clone(), Role::Server, None);
    let mut other = WebSocket::from_raw_socket(stream, Role::Server, None);

    let uploader = start("uploader", move || {
        one.send(big_message()).unwrap();
        notices("uploader").for_each(|notice| one.send(notice).unwrap());
    });
    peer.sees_a_byte();
    let notifier = start("notifier", move || {
        notices("notifier").for_each(|notice| other.send(notice).unwrap());
        uploader.result();
        other.close(None).unwrap();
    });
    receive("notifier inside its send", &waiting);
    assert_all_arrived(
        &peer.takes_messages(Role::Client),
        &["uploader", "notifier"],
    );
    notifier.result();
}

#[test]
fn two_objects_on_a_stream_that_takes_turns_by_itself_are_not_accused() {
    never_accused(program);
}
