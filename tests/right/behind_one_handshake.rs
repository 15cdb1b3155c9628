//! Two taps on one socket. One has written the answer of the handshake, and the other one sends the first frames.

use crate::common::{Peer, connection};
use crate::never_accused;
use crate::turns_by_write::HEAD;
use redhanded::Tap;
use std::io::Write;
use std::net::TcpStream;

/// The tap that has answered, the other one, and their peer.
fn taps() -> (Tap<TcpStream>, Tap<TcpStream>, Peer<TcpStream>) {
    let (socket, peer) = connection();
    let mut answering = Tap::new(socket.try_clone().expect("a clone"));
    answering.write_all(HEAD).expect("the peer is there");
    (answering, Tap::new(socket), peer)
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
