//! A message is written into the buffer under the lock, and flushed after the lock is released.
//!
//! "The lock is around the write." But `write` only fills a buffer. The bytes reach the socket in `flush`, and that comes after
//! the block in which the lock was held.

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
use std::sync::{Arc, Mutex};

fn upload(writer: &mut WebSocket<TcpStream>, wire: &Mutex<()>) -> Site {
    let turn = wire.lock().unwrap();
    let (sent, site) = (writer.send(big_message()), here!());
    drop(turn);
    sent.expect("the uploader gets no error");
    site
}

fn write_under_the_lock(writer: &mut WebSocket<TcpStream>, wire: &Mutex<()>) {
    let _turn = wire.lock().unwrap();
    writer
        .write(Message::text("hello"))
        .expect("it fits into the buffer");
}

fn flush_without(writer: &mut WebSocket<TcpStream>) -> Site {
    let (flushed, site) = (writer.flush(), here!());
    flushed.expect("the notifier gets no error");
    site
}

fn program(run: &Run) -> Vec<Pair> {
    let (socket, mut peer) = connection();
    let addresses = addresses(&socket);
    let wire = Arc::new(Mutex::new(()));
    let clone = socket.try_clone().expect("a clone");
    let mut notices =
        WebSocket::from_raw_socket(socket.try_clone().expect("a clone"), Role::Server, None);
    let mut uploads = WebSocket::from_raw_socket(socket, Role::Server, None);

    write_under_the_lock(&mut notices, &wire);
    let uploader = start("uploader", move || upload(&mut uploads, &wire));
    peer.sees_a_byte();
    is_full(&clone);
    uploader.sleeps();
    make_room(&clone);
    let flushed = start("notifier", move || flush_without(&mut notices)).result();
    run.sees_open_findings(1);
    let inserted = 2 + "hello".len();
    peer.takes(10 + BIG + inserted);
    let uploaded = uploader.result();

    let first = uploaded.did("send Binary 2 MiB");
    let second = flushed.did("flush");
    let seen = Seen {
        bytes: peer.into_seen(),
        inserted,
        peer: Role::Client,
        before: Some(0),
    };
    vec![Pair::torn(first, second, addresses, seen)]
}

#[test]
fn a_flush_outside_the_lock_beside_a_writer_is_caught() {
    caught_in_every_run(file!(), program);
}
