//! One thread, two objects, no overlap: a non-blocking send stops half-way, and the other object writes next.
//!
//! `WouldBlock` is no failure: the rest is in the object's buffer, and goes out with its next flush. Until then the wire is
//! inside its frame, and belongs to it.

use crate::accusation::{Pair, addresses};
use crate::common::connection::make_room;
use crate::common::peer::BIG;
use crate::common::{big_message, connection, start};
use crate::evidence::Seen;
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use redhanded::report::Kind;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Error, Message, WebSocket};
use std::io::ErrorKind;
use std::net::TcpStream;

type Object = WebSocket<TcpStream>;

/// The send that a full socket stops.
fn stop_half_way(uploads: &mut Object) -> Site {
    let (sent, site) = (uploads.send(big_message()), here!());
    assert!(matches!(sent, Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock));
    site
}

fn notify(notices: &mut Object) -> Site {
    let (sent, site) = (notices.send(Message::text("hello")), here!());
    sent.expect("there is room");
    site
}

fn finish(uploads: &mut Object) {
    while uploads.flush().is_err_and(
        |error| matches!(error, Error::Io(error) if error.kind() == ErrorKind::WouldBlock),
    ) {
        std::thread::yield_now();
    }
}

fn program(_run: &Run) -> Vec<Pair> {
    let (socket, mut peer) = connection();
    let addresses = addresses(&socket);
    socket.set_nonblocking(true).expect("a socket");
    let clone = socket.try_clone().expect("a clone");
    let mut notices =
        WebSocket::from_raw_socket(socket.try_clone().expect("a clone"), Role::Server, None);
    let mut uploads = WebSocket::from_raw_socket(socket, Role::Server, None);

    let both = start("only thread", move || {
        let stopped = stop_half_way(&mut uploads);
        make_room(&clone);
        let notified = notify(&mut notices);
        (
            stopped,
            notified,
            start("finisher", move || finish(&mut uploads)),
        )
    });
    let (stopped, notified, finisher) = both.result();
    let inserted = 2 + "hello".len();
    peer.takes(10 + BIG + inserted);
    finisher.result();

    let first = stopped.did_and_failed("send Binary 2 MiB");
    let second = notified.did("send Text 5 B");
    let seen = Seen {
        bytes: peer.into_seen(),
        inserted,
        peer: Role::Client,
        before: Some(0),
    };
    vec![Pair {
        seen: Some(seen),
        ..Pair::in_turn(&[Kind::TornFrame], first, second, addresses)
    }]
}

#[test]
fn a_writer_inside_a_frame_that_a_full_socket_stopped_is_caught() {
    caught_in_every_run(file!(), program);
}
