//! A tap is the first watched object of its process: the streams of the libraries are known to it all the same.

use crate::launch::{Launch, NO_PAGE};
use crate::link::only_report;
use redhanded::Tap;
use redhanded::raw::tungstenite::stream::MaybeTlsStream;
use redhanded::report::Kind;
use redhanded::tungstenite::{Message, WebSocket, protocol::Role};
use std::io::Write;
use std::net::{TcpListener, TcpStream};

fn socket() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (socket, listener.accept().unwrap().0)
}

/// Half a frame is no proof that these are frames. A handshake is.
const HEAD: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

#[test]
fn two_taps_round_streams_that_may_encrypt_are_on_one_wire() {
    Launch::of(taps).with(NO_PAGE).run().in_order();
}

pub fn taps() {
    let (socket, _peer) = socket();
    let tap = |socket: &TcpStream| Tap::new(MaybeTlsStream::Plain(socket.try_clone().unwrap()));
    let (mut one, mut other) = (tap(&socket), tap(&socket));
    one.write_all(HEAD).unwrap();
    one.write_all(&[0x82, 5, b'a']).unwrap();
    other.write_all(&[0x81, 1, b'x']).unwrap();
    assert_eq!(only_report().kind, Kind::TornFrame);
}

#[test]
fn a_tap_that_came_before_the_first_drop_in_is_on_its_wire() {
    Launch::of(tap_first).with(NO_PAGE).run().in_order();
}

pub fn tap_first() {
    let (socket, _peer) = socket();
    let mut tap = Tap::new(Box::new(MaybeTlsStream::Plain(socket.try_clone().unwrap())));
    tap.write_all(HEAD).unwrap();
    tap.write_all(&[0x82, 5, b'a']).unwrap();
    let mut websocket = WebSocket::from_raw_socket(socket, Role::Server, None);
    websocket.send(Message::text("x")).unwrap();
    assert_eq!(only_report().kind, Kind::TornFrame);
}
