//! Half a frame on a Unix socket, which has no counters. The bytes that each call accepted are proof enough.

use crate::accusation::Pair;
use crate::common::{big_message, start};
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use redhanded::report::Kind;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Error, Message, WebSocket};
use std::io::{ErrorKind, Read};
use std::os::unix::net::UnixStream;

type Object = WebSocket<UnixStream>;

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

fn program(_run: &Run) -> Vec<Pair> {
    let (socket, mut peer) = UnixStream::pair().expect("a pair");
    socket.set_nonblocking(true).expect("a socket");
    let mut notices =
        WebSocket::from_raw_socket(socket.try_clone().expect("a clone"), Role::Server, None);
    let mut uploads = WebSocket::from_raw_socket(socket, Role::Server, None);

    let both = start("only thread", move || {
        let stopped = stop_half_way(&mut uploads);
        // When the peer has read what the socket had taken, there is room for more.
        peer.set_nonblocking(true).expect("a socket");
        let mut taken = vec![0; 1 << 20];
        while peer.read(&mut taken).is_ok() {}
        let notified = notify(&mut notices);
        (stopped, notified, taken)
    });
    let (stopped, notified, _taken) = both.result();

    let first = stopped.did_and_failed("send Binary 2 MiB");
    let second = notified.did("send Text 5 B");
    let unnamed = || Some("unix".to_owned());
    vec![Pair::in_turn(
        &[Kind::TornFrame],
        first,
        second,
        (unnamed(), unnamed()),
    )]
}

#[test]
fn half_a_frame_on_a_unix_socket_is_caught_too() {
    caught_in_every_run(file!(), program);
}
