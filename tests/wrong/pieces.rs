//! A stream that takes a part of what it is given at each call, and two objects with big messages on it.
//!
//! Each is often between two calls while the other takes its readings. So the readings come in any order.

// `know` is unsafe by design.
#![allow(unsafe_code)]

use crate::common::{connection, run_often, start};
use crate::runs::reports_of;
use redhanded::Socket;
use redhanded::report::Kind;
use redhanded::tungstenite::{Message, WebSocket, protocol::Role};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Once;

/// Takes at most this many bytes in one call.
struct Pieces {
    socket: TcpStream,
    most: usize,
}

impl Read for Pieces {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.socket.read(bytes)
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.write(&bytes[..bytes.len().min(self.most)])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn two_writers_of_big_pieces_are_caught_and_not_harmed() {
    send_at_once(64 << 10, 1 << 20);
}

#[test]
fn two_writers_of_small_pieces_are_caught_and_not_harmed() {
    send_at_once(7, 3_000);
}

fn send_at_once(most: usize, size: usize) {
    static KNOWN: Once = Once::new();
    // SAFETY: `Pieces` has no lifetime parameters.
    KNOWN.call_once(|| unsafe {
        redhanded::know::<Pieces>(|stream| Socket::of_tcp(&stream.socket))
    });
    run_often(move |_| {
        let (ours, theirs) = connection();
        let mut stream = theirs.stream;
        let peer = start("peer", move || io::copy(&mut stream, &mut io::sink()));
        let send_all = |name| {
            let stream = Pieces {
                socket: ours.try_clone().expect("a clone"),
                most,
            };
            let mut websocket = WebSocket::from_raw_socket(stream, Role::Server, None);
            start(name, move || {
                (0..20).try_for_each(|_| websocket.send(Message::binary(vec![7; size])))
            })
        };
        let writers = [send_all("one"), send_all("other")];
        drop(ours);
        for writer in writers {
            writer.result().expect("every message is sent");
        }
        peer.result().expect("the peer reads to the end");
    });
    let kinds: Vec<Kind> = reports_of(file!())
        .iter()
        .map(|report| report.kind)
        .collect();
    assert!(kinds.contains(&Kind::TornFrame), "{kinds:?}");
}
