//! A message is written into the buffer under the lock, and flushed after the lock is gone.
//!
//! "The lock is around the write." But `write` only fills a buffer; what reaches the socket does so in `flush`, and that
//! stands behind the block in which the lock was held.

use crate::accusation::{Pair, Run, Site, addresses, caught_in_every_run};
use crate::common::peer::BIG;
use crate::common::{big_message, connection, start};
use crate::entering::Telling;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, WebSocket};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

fn upload(writer: &mut WebSocket<TcpStream>, wire: &Mutex<()>) -> Site {
    let turn = wire.lock().unwrap();
    let (sent, site) = (writer.send(big_message()), here!());
    drop(turn);
    sent.expect("nobody tells the uploader");
    site
}

fn write_under_the_lock(writer: &mut WebSocket<Telling>, wire: &Mutex<()>) {
    let _turn = wire.lock().unwrap();
    writer.write(Message::text("hello")).expect("it fits into the buffer");
}

fn flush_without(writer: &mut WebSocket<Telling>) -> Site {
    let (flushed, site) = (writer.flush(), here!());
    flushed.expect("nobody tells the notifier");
    site
}

fn program(run: &Run) -> Vec<Pair> {
    let (socket, mut peer) = connection();
    let addresses = addresses(&socket);
    let wire = Arc::new(Mutex::new(()));
    let (clone, entry) = Telling::new(socket.try_clone().expect("a clone"));
    let mut notices = WebSocket::from_raw_socket(clone, Role::Server, None);
    let mut uploads = WebSocket::from_raw_socket(socket, Role::Server, None);

    write_under_the_lock(&mut notices, &wire);
    let uploader = start("uploader", move || upload(&mut uploads, &wire));
    peer.sees_a_byte();
    let notifier = start("notifier", move || flush_without(&mut notices));
    entry.waits();
    run.sees_open_findings(1);
    peer.takes(10 + BIG + 2 + "hello".len());
    let (uploaded, flushed) = (uploader.result(), notifier.result());

    let first = uploaded.did("send Binary 2 MiB");
    let second = flushed.did("flush");
    vec![Pair { first, second, addresses }]
}

#[test]
fn a_flush_outside_the_lock_beside_a_writer_is_caught() {
    caught_in_every_run(file!(), program);
}
