//! Two taps on one socket. One has made the handshake, and the other one sends the first frames.

use crate::common::{PATIENCE, Peer, connection};
use crate::never_accused;
use crate::turns_by_write::HEAD;
use redhanded::Tap;
use std::io::{Read, Write};
use std::net::TcpStream;

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// A frame of a client, whose payload is masked with zeros.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    [
        &[first, 0x80 | payload.len() as u8, 0, 0, 0, 0][..],
        payload,
    ]
    .concat()
}

/// The tap that has answered, the other one, and their peer.
fn taps() -> (Tap<TcpStream>, Tap<TcpStream>, Peer<TcpStream>) {
    let (socket, peer) = connection();
    let mut answering = Tap::new(socket.try_clone().expect("a clone"));
    answering.write_all(HEAD).expect("the peer is there");
    (answering, Tap::new(socket), peer)
}

/// How a client comes behind its handshake.
#[derive(Debug, Clone, Copy)]
struct Asking {
    /// So many bytes of the request go out in each call.
    piece: usize,
    /// The tap that asks reads the answer, too. Otherwise it is read past both taps.
    reads: bool,
    /// The other tap is made before the request goes out.
    comes_first: bool,
}

impl Asking {
    fn all() -> impl Iterator<Item = Asking> {
        [1, 7, REQUEST.len()].into_iter().flat_map(|piece| {
            (0..4).map(move |bits| Asking {
                piece,
                reads: bits & 1 == 0,
                comes_first: bits & 2 == 0,
            })
        })
    }

    /// The tap that has asked, the other one, and their peer.
    fn taps(self) -> (Tap<TcpStream>, Tap<TcpStream>, Peer<TcpStream>) {
        let (mut socket, mut peer) = connection();
        socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let clone = || socket.try_clone().expect("a clone");
        let early = self.comes_first.then(|| Tap::new(clone()));
        let mut asking = Tap::new(clone());
        for piece in REQUEST.chunks(self.piece) {
            asking.write_all(piece).expect("the peer is there");
        }
        peer.stream.write_all(HEAD).expect("the client is there");
        let mut answer = vec![0; HEAD.len()];
        match self.reads {
            true => asking.read_exact(&mut answer),
            false => socket.read_exact(&mut answer),
        }
        .expect("an answer");
        (asking, early.unwrap_or_else(|| Tap::new(socket)), peer)
    }
}

#[test]
fn a_ping_inside_the_first_message_of_another_tap_is_not_accused() {
    never_accused(|| {
        let (mut answering, mut other, _peer) = taps();
        other.write_all(b"\x02\x02ab").expect("the peer is there");
        answering.write_all(b"\x89\x00").expect("the peer is there");
        other.write_all(b"\x80\x02cd").expect("the peer is there");
    });
}

#[test]
fn a_first_message_that_another_tap_ends_is_not_accused() {
    never_accused(|| {
        let (mut answering, mut other, _peer) = taps();
        other.write_all(b"\x02\x02ab").expect("the peer is there");
        answering
            .write_all(b"\x80\x02cd")
            .expect("the peer is there");
    });
}

#[test]
fn a_ping_of_the_tap_that_has_asked_inside_the_first_message_of_another_is_not_accused() {
    never_accused(|| {
        for asking in Asking::all() {
            let (mut asking, mut other, _peer) = asking.taps();
            for (tap, first) in [(1, 0x02), (0, 0x89), (1, 0x00), (0, 0x8a), (1, 0x80)] {
                let tap = [&mut asking, &mut other].into_iter().nth(tap);
                let written = tap.map(|tap| tap.write_all(&masked(first, b"abcd")));
                written.expect("a tap").expect("the peer is there");
            }
        }
    });
}

#[test]
fn a_first_message_that_the_tap_that_has_asked_ends_is_not_accused() {
    never_accused(|| {
        for asking in Asking::all() {
            let (mut asking, mut other, _peer) = asking.taps();
            other.write_all(&masked(0x02, b"ab")).expect("the peer");
            asking.write_all(&masked(0x80, b"cd")).expect("the peer");
            other.write_all(&masked(0x82, b"ef")).expect("the peer");
        }
    });
}

#[test]
fn a_first_message_in_pieces_that_goes_out_before_the_answer_is_read_is_not_accused() {
    never_accused(|| {
        let (mut socket, mut peer) = connection();
        let clone = || socket.try_clone().expect("a clone");
        let (mut asking, mut other) = (Tap::new(clone()), Tap::new(clone()));
        asking.write_all(REQUEST).expect("the peer is there");
        other.write_all(&masked(0x02, b"ab")).expect("the peer");
        peer.stream.write_all(HEAD).expect("the client is there");
        socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        asking
            .read_exact(&mut vec![0; HEAD.len()])
            .expect("an answer");
        asking.write_all(&masked(0x89, b"")).expect("the peer");
        other.write_all(&masked(0x80, b"cd")).expect("the peer");
        socket.flush().expect("nothing is kept");
    });
}
