//! Objects on one socket, of which the others send only after the handshake.
//!
//! The bytes of a handshake are writes of the wire, and a hub that registers a connection early and sends late is right.

use crate::common::{PATIENCE, start};
use crate::never_accused;
use redhanded::tungstenite::client::IntoClientRequest;
use redhanded::tungstenite::handshake::client::ClientHandshake;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{HandshakeError, Message, WebSocket, accept, client};
use redhanded::{Tap, raw};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

fn connection() -> [TcpStream; 2] {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let peer = TcpStream::connect(listener.local_addr().expect("an address")).expect("loopback");
    let (ours, _) = listener.accept().expect("a client connects");
    for end in [&ours, &peer] {
        end.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    }
    [ours, peer]
}

fn registered(socket: &TcpStream, role: Role) -> WebSocket<TcpStream> {
    WebSocket::from_raw_socket(socket.try_clone().expect("a clone"), role, None)
}

/// A peer that has asked for a WebSocket, an object that has its connection already, and the tap that has read the request.
fn asked_below_a_tap() -> (TcpStream, WebSocket<TcpStream>, Tap<TcpStream>) {
    let [ours, mut theirs] = connection();
    let member = registered(&ours, Role::Server);
    let mut tap = Tap::new(ours);
    let request = b"GET / HTTP/1.1\r\nSec-WebSocket-Key: a\r\n\r\n";
    theirs.write_all(request).expect("it is there");
    tap.read_exact(&mut vec![0; request.len()])
        .expect("a request");
    (theirs, member, tap)
}

#[test]
fn a_hub_that_sends_after_the_handshake_is_not_accused() {
    never_accused(|| {
        let [ours, theirs] = connection();
        let mut member = registered(&ours, Role::Server);
        let peer = start("peer", move || {
            let (mut peer, _) = client("ws://localhost/feed", theirs).expect("the hub answers");
            // It need not wait for anything: its first frame crosses what the hub sends.
            peer.send(Message::text("first")).expect("the hub is there");
            while !peer.read().expect("a message").is_binary() {}
        });
        let mut accepted = accept(ours).expect("the peer asks");
        member.send(Message::text("news")).expect("no error");
        assert!(accepted.read().expect("a message").is_text());
        accepted
            .send(Message::binary(vec![7; 300]))
            .expect("no error");
        peer.result();
    });
}

#[test]
fn a_client_whose_other_object_sends_at_once_behind_the_handshake_is_not_accused() {
    never_accused(|| {
        let [ours, theirs] = connection();
        let mut other = registered(&ours, Role::Client);
        let peer = start("peer", move || {
            let mut peer = raw::tungstenite::accept(theirs).expect("the program asks");
            peer.read().expect("a message");
        });
        let (_websocket, _) = client("ws://localhost/feed", ours).expect("the peer answers");
        other.send(Message::text("hello")).expect("no error");
        peer.result();
    });
}

#[test]
fn a_handshake_that_is_given_up_before_it_sends_is_no_writer() {
    never_accused(|| {
        let [ours, _peer] = connection();
        ours.set_nonblocking(true).expect("a socket");
        let mut member = registered(&ours, Role::Server);
        let Err(HandshakeError::Interrupted(waiting)) = accept(ours) else {
            panic!("no request has come")
        };
        member.send(Message::text("news")).expect("no error");
        drop(waiting);
        member.send(Message::text("more")).expect("no error");
    });
}

#[test]
fn frames_before_the_object_of_a_handshake_is_made_and_a_refused_request_are_no_tear() {
    never_accused(|| {
        let [ours, mut theirs] = connection();
        theirs
            .write_all(b"GET / HTTP/1.1\r\n\r\n")
            .expect("it is there");
        assert!(
            accept(ours.try_clone().expect("a clone")).is_err(),
            "no WebSocket"
        );
        let request = "ws://localhost/".into_client_request().expect("a request");
        drop(ClientHandshake::start(ours, request, None).expect("it begins"));
    });
}

#[test]
fn a_request_below_a_tap_that_is_declined_is_not_accused() {
    never_accused(|| {
        let (_peer, mut member, mut tap) = asked_below_a_tap();
        tap.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n")
            .expect("no error");
        tap.write_all(b"no").expect("no error");
        member.send(Message::text("news")).expect("no error");
    });
}

#[test]
fn an_answer_below_a_tap_that_is_out_before_another_object_sends_is_not_accused() {
    never_accused(|| {
        let (_peer, mut member, mut tap) = asked_below_a_tap();
        tap.write_all(b"HTTP/1.1 101 Switching Protocols\r\n")
            .expect("no error");
        tap.write_all(b"Sec-WebSocket-Accept: a\r\n\r\n")
            .expect("no error");
        member.send(Message::text("news")).expect("no error");
        tap.write_all(b"\x81\x02hi").expect("no error");
    });
}
