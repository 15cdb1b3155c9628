//! A reader object on a clone of the socket answers the peer's close frame by itself, beside the writer object.
//!
//! The reader is a hidden writer, but it writes only once in a connection's life. So the corrupt frame appears only when a
//! client leaves in the middle of a download.

use crate::accusation::{Pair, addresses};
use crate::common::connection::{is_full, make_room};
use crate::common::peer::BIG;
use crate::common::{big_message, connection, start};
use crate::entering::Announcing;
use crate::evidence::Seen;
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Error, Message, WebSocket};
use std::net::TcpStream;

fn download(writer: &mut WebSocket<TcpStream>) -> Site {
    let (sent, site) = (writer.send(big_message()), here!());
    sent.expect("the writer gets no error");
    site
}

/// "It only reads."
fn read_loop(reader: &mut WebSocket<Announcing>) -> Site {
    loop {
        let (message, site) = (reader.read(), here!());
        match message {
            Ok(_) => {}
            Err(Error::ConnectionClosed) => return site,
            Err(error) => panic!("{error}"),
        }
    }
}

fn program(run: &Run) -> Vec<Pair> {
    let (socket, mut peer) = connection();
    let addresses = addresses(&socket);
    let clone = socket.try_clone().expect("a clone");
    let (stream, entry) = Announcing::new(socket.try_clone().expect("a clone"));
    let mut reader = WebSocket::from_raw_socket(stream, Role::Server, None);
    let mut writer = WebSocket::from_raw_socket(socket, Role::Server, None);

    let writer = start("writer", move || download(&mut writer));
    peer.sees_a_byte();
    peer.sends(Role::Client, Message::Close(None));
    is_full(&clone);
    writer.sleeps();
    make_room(&clone);
    let reader = start("reader", move || read_loop(&mut reader));
    entry.waits();
    // After its reply, a server's reader waits for the peer to end the connection.
    run.sees_open_findings(1);
    peer.takes(10 + BIG + 2);
    let sent = writer.result();
    let seen = Seen {
        bytes: peer.into_seen(),
        inserted: 2,
        peer: Role::Client,
        before: Some(0),
    };
    let read = reader.result();

    let first = sent.did("send Binary 2 MiB");
    let second = read.did("automatic close reply");
    vec![Pair::torn(first, second, addresses, seen)]
}

#[test]
fn the_reader_that_answers_a_close_frame_beside_a_writer_is_named() {
    caught_in_every_run(file!(), program);
}
