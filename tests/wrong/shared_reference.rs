//! Two objects over one `&TcpStream`, in scoped threads.
//!
//! `&TcpStream` can read and write, so not even a clone is needed. Two objects borrow one socket, and each has its own
//! `&mut self`. The borrow checker accepts this, but the wire has two writers.

use crate::accusation::{Pair, addresses};
use crate::common::connection::{is_full, make_room};
use crate::common::peer::BIG;
use crate::common::{big_message, connection, start_scoped};
use crate::evidence::Seen;
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, WebSocket};
use std::net::TcpStream;
use std::thread;

fn upload(socket: &TcpStream) -> Site {
    let mut writer = WebSocket::from_raw_socket(socket, Role::Server, None);
    let (sent, site) = (writer.send(big_message()), here!());
    sent.expect("the uploader gets no error");
    site
}

fn keep_alive(socket: &TcpStream) -> Site {
    let mut writer = WebSocket::from_raw_socket(socket, Role::Server, None);
    let (sent, site) = (writer.send(Message::Ping(vec![1, 2, 3].into())), here!());
    sent.expect("the pinger gets no error");
    site
}

fn program(run: &Run) -> Vec<Pair> {
    let (socket, mut peer) = connection();
    let (uploaded, pinged) = thread::scope(|scope| {
        let uploader = start_scoped(scope, "uploader", || upload(&socket));
        peer.sees_a_byte();
        is_full(&socket);
        uploader.sleeps();
        make_room(&socket);
        let pinged = start_scoped(scope, "pinger", || keep_alive(&socket)).result();
        run.sees_open_findings(1);
        peer.takes(10 + BIG + 2 + 3);
        (uploader.result(), pinged)
    });

    let first = uploaded.did("send Binary 2 MiB");
    let second = pinged.did("send Ping 3 B");
    let seen = Seen {
        bytes: peer.into_seen(),
        inserted: 2 + 3,
        peer: Role::Client,
        before: Some(0),
    };
    vec![Pair::torn(first, second, addresses(&socket), seen)]
}

#[test]
fn two_objects_that_borrow_one_socket_are_caught() {
    caught_in_every_run(file!(), program);
}
