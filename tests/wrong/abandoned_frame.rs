//! An object is dropped in the middle of its frame, and a new one is made on the same socket.
//!
//! "The send failed, so I start afresh." `WouldBlock` has left half a frame on the wire, and the other half went with the
//! object's buffer, so it cannot be finished. All that the new object sends is payload to the peer.

use crate::accusation::{Pair, addresses};
use crate::common::connection::make_room;
use crate::common::{big_message, connection, start};
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use redhanded::report::Kind;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Error, Message, WebSocket};
use std::io::ErrorKind;
use std::net::TcpStream;

fn give_up(socket: &TcpStream) -> Site {
    let mut uploads = WebSocket::from_raw_socket(socket, Role::Server, None);
    let (sent, site) = (uploads.send(big_message()), here!());
    assert!(matches!(sent, Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock));
    site
}

fn start_afresh(socket: &TcpStream) -> Site {
    let mut afresh = WebSocket::from_raw_socket(socket, Role::Server, None);
    let (sent, site) = (afresh.send(Message::text("hello again")), here!());
    sent.expect("there is room");
    // There is one finding for each abandoned frame, however much is sent after it.
    afresh
        .send(Message::text("still here"))
        .expect("there is room");
    site
}

fn program(_run: &Run) -> Vec<Pair> {
    let (socket, peer) = connection();
    let addresses = addresses(&socket);
    socket.set_nonblocking(true).expect("a socket");
    let both = start("only thread", move || {
        // Between the two, there is no object on the wire at all.
        let gave_up = give_up(&socket);
        make_room(&socket);
        (gave_up, start_afresh(&socket))
    });
    let (gave_up, started) = both.result();
    drop(peer);

    let first = gave_up
        .did_and_failed("send Binary 2 MiB")
        .dropped_with("abandoned_frame::give_up");
    let second = started.did("send Text 11 B");
    vec![Pair::in_turn(
        &[Kind::AbandonedWrite],
        first,
        second,
        addresses,
    )]
}

#[test]
fn a_new_object_that_writes_after_half_a_frame_is_caught() {
    caught_in_every_run(file!(), program);
}
