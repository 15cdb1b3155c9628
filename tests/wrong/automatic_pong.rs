//! A reader object on a clone of the socket, beside the writer object.
//!
//! `read` blocks and `send` needs `&mut self`. So people read through a second `WebSocket`, and are sure that only one thread
//! sends. But `read` answers pings by itself: with a pong in the middle of the writer's frame.

use crate::accusation::{Pair, addresses};
use crate::common::connection::{is_full, make_room, tighten};
use crate::common::peer::BIG;
use crate::common::{PATIENCE, Peer, Running, big_message, start};
use crate::evidence::Seen;
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use redhanded::raw;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::stream::MaybeTlsStream;
use redhanded::tungstenite::{Message, WebSocket, connect};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

type Client = WebSocket<MaybeTlsStream<TcpStream>>;

fn upload(writer: &mut Client) -> Site {
    let (sent, site) = (writer.send(big_message()), here!());
    sent.expect("the writer gets no error");
    site
}

/// "It only reads."
fn read_loop(reader: &mut WebSocket<TcpStream>) -> Site {
    loop {
        let (message, site) = (reader.read(), here!());
        if message.expect("a message") == Message::text("after the ping") {
            return site;
        }
    }
}

fn second_object_on_the_same_socket(writer: &Client) -> WebSocket<TcpStream> {
    let MaybeTlsStream::Plain(socket) = writer.get_ref() else {
        unreachable!("ws:// is plain")
    };
    WebSocket::from_raw_socket(socket.try_clone().expect("a clone"), Role::Client, None)
}

fn accept_one(listener: TcpListener) -> Running<Peer<TcpStream>> {
    start("peer", move || {
        let (socket, _) = listener.accept().expect("the program connects");
        let peer = raw::tungstenite::accept(socket)
            .expect("the program speaks WebSocket")
            .into_inner();
        peer.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        Peer::new(peer)
    })
}

/// The result of a thread that writes a little, for which room was made. On a busy machine the one that is stuck may have woken up late, and
/// have taken it: then there is more.
fn result_with_room<T>(mut running: Running<T>, socket: &TcpStream) -> T {
    for _ in 0..PATIENCE.as_secs() {
        match running.result_if_within(Duration::from_secs(1)) {
            Ok(result) => return result,
            Err(waits) => running = waits,
        }
        make_room(socket);
    }
    running.result()
}

fn program(run: &Run) -> Vec<Pair> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    tighten(&listener);
    let url = format!("ws://{}/feed", listener.local_addr().expect("an address"));
    let peer = accept_one(listener);
    let (mut writer, _response) = connect(url).expect("the peer is in this process");
    let mut reader = second_object_on_the_same_socket(&writer);
    let MaybeTlsStream::Plain(socket) = writer.get_ref() else {
        unreachable!("ws:// is plain")
    };
    tighten(socket);
    let (clone, addresses) = (socket.try_clone().expect("a clone"), addresses(socket));
    let mut peer = peer.result();

    let writer = start("writer", move || upload(&mut writer));
    peer.sees_a_byte();
    peer.sends(Role::Server, Message::Ping(vec![1, 2].into()));
    peer.sends(Role::Server, Message::text("after the ping"));
    is_full(&clone);
    writer.sleeps();
    make_room(&clone);
    let reader = start("reader", move || read_loop(&mut reader));
    let read = result_with_room(reader, &clone);
    run.sees_open_findings(1);
    // Each header has the four bytes of a client's mask.
    peer.takes(14 + BIG + 6 + 2);
    let sent = writer.result();

    let first = sent.did("send Binary 2 MiB");
    let second = read.did("automatic pong 2 B");
    let seen = Seen {
        bytes: peer.into_seen(),
        inserted: 6 + 2,
        peer: Role::Server,
        before: None,
    };
    vec![Pair::torn(first, second, addresses, seen)]
}

#[test]
fn the_reader_that_answers_pings_beside_a_writer_is_named() {
    caught_in_every_run(file!(), program);
}
