//! A client's tap has asked for the WebSocket and read the answer. Another tap on the same socket sends the first fragment,
//! and the one that has asked begins a message inside it.
//!
//! "The other tap is new, and both are polite." It has sent nothing that looks like frames for certain, but the answer says
//! that frames follow.

use crate::accusation::{Pair, addresses};
use crate::common::{PATIENCE, Peer, connection, start};
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use redhanded::Tap;
use redhanded::report::Kind;
use std::io::{Read, Write};
use std::net::TcpStream;

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const ANSWER: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

fn begin_upload(tap: &mut Tap<TcpStream>) -> Site {
    let frame = b"\x02\x83\0\0\0\0abc";
    let (written, site) = (tap.write_all(frame), here!());
    written.expect("there is room");
    site
}

fn notify(tap: &mut Tap<TcpStream>) -> Site {
    let frame = b"\x81\x82\0\0\0\0hi";
    let (written, site) = (tap.write_all(frame), here!());
    written.expect("there is room");
    site
}

/// The tap that has asked and read the answer, its socket, and the peer.
pub(crate) fn answered() -> (Tap<TcpStream>, TcpStream, Peer<TcpStream>) {
    let (socket, mut peer) = connection();
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let mut asking = Tap::new(socket.try_clone().expect("a clone"));
    asking.write_all(REQUEST).expect("there is room");
    peer.stream.write_all(ANSWER).expect("the client is there");
    asking
        .read_exact(&mut vec![0; ANSWER.len()])
        .expect("an answer");
    (asking, socket, peer)
}

fn program(_run: &Run) -> Vec<Pair> {
    let (mut asking, socket, mut peer) = answered();
    let addresses = addresses(&socket);
    let mut other = Tap::new(socket);
    let turns = start("only thread", move || {
        let (uploaded, notified) = (begin_upload(&mut other), notify(&mut asking));
        other
            .write_all(b"\x80\x83\0\0\0\0def")
            .expect("there is room");
        (uploaded, notified)
    });
    let (uploaded, notified) = turns.result();
    peer.takes(REQUEST.len() + 9 + 8 + 9);
    let first = uploaded.did("write Binary 3 B");
    let second = notified.did("write Text 2 B");
    let kinds = &[Kind::TornMessage];
    vec![Pair::in_turn(kinds, first, second, addresses)]
}

#[test]
fn a_message_inside_the_first_one_behind_the_answer_is_caught() {
    caught_in_every_run(file!(), program);
}
