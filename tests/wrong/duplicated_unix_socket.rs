//! A Unix socket that was duplicated with `try_clone`, and an object on each.
//!
//! A local service speaks WebSocket over a Unix socket. Its duplicate has another descriptor, but is the same socket.
//! The socket may have no address. Then only the system's own identity of the socket shows that they are the same.
#![cfg(unix)]

use crate::accusation::Pair;
use crate::common::connection::tighten;
use crate::common::peer::BIG;
use crate::common::{PATIENCE, Peer, big_message, start};
use crate::entering;
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, Utf8Bytes, WebSocket};
use socket2::SockRef;
use std::os::unix::net::UnixStream;

fn upload(writer: &mut WebSocket<UnixStream>) -> Site {
    let (sent, site) = (writer.send(big_message()), here!());
    sent.expect("the uploader gets no error");
    site
}

fn notify(writer: &mut WebSocket<UnixStream>, text: Utf8Bytes) -> Site {
    let (sent, site) = (writer.send(Message::Text(text)), here!());
    sent.expect("the notifier gets no error");
    site
}

/// What is shown instead of the address of a Unix socket that has none.
fn unnamed() -> Option<String> {
    Some("unix".to_owned())
}

fn program(run: &Run) -> Vec<Pair> {
    let (socket, peer) = UnixStream::pair().expect("a pair of sockets");
    tighten(&SockRef::from(&socket));
    peer.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let mut peer = Peer::new(peer);
    let mut notices =
        WebSocket::from_raw_socket(socket.try_clone().expect("a clone"), Role::Server, None);
    let mut uploads = WebSocket::from_raw_socket(socket, Role::Server, None);

    let uploader = start("uploader", move || upload(&mut uploads));
    peer.sees_a_byte();
    let (text, entry) = entering::text("hello");
    let notifier = start("notifier", move || notify(&mut notices, text));
    entry.waits();
    run.sees_open_findings(1);
    peer.takes(10 + BIG + 2 + "hello".len());
    let (uploaded, notified) = (uploader.result(), notifier.result());

    let first = uploaded.did("send Binary 2 MiB");
    let second = notified.did("send Text 5 B");
    vec![Pair::overlap(first, second, (unnamed(), unnamed()))]
}

#[test]
fn two_objects_on_a_duplicated_unix_socket_are_caught() {
    caught_in_every_run(file!(), program);
}
