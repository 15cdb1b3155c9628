//! The stream of an object is replaced by a clone of a socket that another object writes to.
//!
//! A program that reconnects puts the new socket into the object it has, through `get_mut`. Here the new connection has
//! a writer already. The wire of an object can change after it was made.

use crate::accusation::{Pair, addresses};
use crate::common::connection::{is_full, make_room};
use crate::common::peer::BIG;
use crate::common::{big_message, connection, start};
use crate::evidence::Seen;
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, WebSocket};
use std::net::TcpStream;

fn upload(writer: &mut WebSocket<TcpStream>) -> Site {
    let (sent, site) = (writer.send(big_message()), here!());
    sent.expect("the uploader gets no error");
    site
}

fn notify_over(writer: &mut WebSocket<TcpStream>, new: TcpStream) -> Site {
    *writer.get_mut() = new;
    let (sent, site) = (writer.send(Message::text("hello")), here!());
    sent.expect("the notifier gets no error");
    site
}

fn program(run: &Run) -> Vec<Pair> {
    let (old, _old_peer) = connection();
    let (new, mut peer) = connection();
    let addresses = addresses(&new);
    let mut notices = WebSocket::from_raw_socket(old, Role::Server, None);
    let mut uploads =
        WebSocket::from_raw_socket(new.try_clone().expect("a clone"), Role::Server, None);

    let uploader = start("uploader", move || upload(&mut uploads));
    peer.sees_a_byte();
    is_full(&new);
    uploader.sleeps();
    make_room(&new);
    let notified = start("notifier", move || notify_over(&mut notices, new)).result();
    run.sees_open_findings(1);
    let inserted = 2 + "hello".len();
    peer.takes(10 + BIG + inserted);
    let uploaded = uploader.result();

    let first = uploaded.did("send Binary 2 MiB");
    let second = notified.did("send Text 5 B");
    let seen = Seen {
        bytes: peer.into_seen(),
        inserted,
        peer: Role::Client,
        before: Some(0),
    };
    vec![Pair::torn(first, second, addresses, seen)]
}

#[test]
fn an_object_that_was_given_a_busy_socket_is_caught() {
    caught_in_every_run(file!(), program);
}
