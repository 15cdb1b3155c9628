//! Two streams of a program's own type, with no socket below that could be known, written at the same time.
//!
//! Each is a connection of its own: a pipe, a simulation, a test. Being of one type does not make them one wire.

use crate::common::{Peer, big_message, start};
use crate::never_accused;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, WebSocket};
use std::io::{self, Cursor, Read, Write};
use std::sync::{Arc, Barrier};

/// Every write waits until the other stream is in a write, too.
#[derive(Debug)]
struct InStep {
    bytes: Vec<u8>,
    both_write: Arc<Barrier>,
}

impl Write for InStep {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.both_write.wait();
        self.bytes.extend_from_slice(bytes);
        self.both_write.wait();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for InStep {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}

fn program() {
    let both_write = Arc::new(Barrier::new(2));
    let writers = ["one", "other"].map(|name| {
        let stream = InStep {
            bytes: Vec::new(),
            both_write: both_write.clone(),
        };
        start(name, move || {
            let mut object = WebSocket::from_raw_socket(stream, Role::Server, None);
            object.send(big_message()).unwrap();
            object.send(Message::text(name)).unwrap();
            object.close(None).unwrap();
            (name, object.into_inner().bytes)
        })
    });
    for (name, bytes) in writers.map(|writer| writer.result()) {
        let messages = Peer::new(Cursor::new(bytes)).takes_messages(Role::Client);
        assert!(
            messages == [big_message(), Message::text(name), Message::Close(None)],
            "not what was sent"
        );
    }
}

#[test]
fn two_streams_without_a_socket_written_in_step_are_not_accused() {
    never_accused(program);
}
