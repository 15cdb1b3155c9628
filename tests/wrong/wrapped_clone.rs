//! Two objects on clones of one socket, each in the same newtype.
//!
//! A newtype round the socket is what people write to share it, to count bytes, or to name it in a log. It hides the socket
//! behind a type of the program. The program has named the field that has the socket.

use crate::accusation::{Pair, addresses};
use crate::common::connection::make_room_beside;
use crate::common::peer::BIG;
use crate::common::{big_message, connection, start};
use crate::evidence::Seen;
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, WebSocket};
use std::io::{self, Read, Write};
use std::net::TcpStream;

/// A socket with the name under which it is logged.
struct Named<S> {
    socket: S,
    name: &'static str,
}

impl<S: Read> Read for Named<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.read(buffer)
    }
}

impl<S: Write> Write for Named<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let named = |error: io::Error| io::Error::new(error.kind(), self.name);
        self.socket.write(bytes).map_err(named)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

fn named(socket: &TcpStream, name: &'static str) -> WebSocket<Named<TcpStream>> {
    let socket = socket.try_clone().expect("a clone");
    WebSocket::from_raw_socket(Named { socket, name }, Role::Server, None)
}

fn upload(mut writer: WebSocket<Named<TcpStream>>) -> Site {
    let (sent, site) = (writer.send(big_message()), here!());
    sent.expect("the uploader gets no error");
    site
}

fn keep_alive(mut writer: WebSocket<Named<TcpStream>>) -> Site {
    let (sent, site) = (writer.send(Message::Ping(vec![1, 2, 3].into())), here!());
    sent.expect("the pinger gets no error");
    site
}

fn program(run: &Run) -> Vec<Pair> {
    redhanded::know_field!(Named<TcpStream>, socket);
    let (socket, mut peer) = connection();
    let (uploads, pings) = (named(&socket, "uploads"), named(&socket, "pings"));
    let uploader = start("uploader", move || upload(uploads));
    make_room_beside(&uploader, &socket, &mut peer);
    let pinged = start("pinger", move || keep_alive(pings)).result();
    run.sees_open_findings(1);
    peer.takes(10 + BIG + 2 + 3);
    let uploaded = uploader.result();

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
fn two_objects_on_clones_in_a_newtype_are_caught() {
    caught_in_every_run(file!(), program);
}
