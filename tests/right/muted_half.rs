//! A reader object that may not write, beside a writer that is stuck in a send: its stream swallows what it is given.
//!
//! `read` answers a ping. So people give the reader a clone of the socket in a newtype whose `write` says that it has written,
//! and drops the bytes. The pong never reaches the wire, and the kernel's count proves it. The newtype has been made known
//! the obvious way, by its socket.
#![cfg(target_os = "linux")]

use crate::common::connection::is_full;
use crate::common::{big_message, connection, start};
use crate::never_accused;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, WebSocket};
use std::io::{self, Read, Write};
use std::net::TcpStream;

const PINGS: u8 = 5;

struct Muted(TcpStream);

impl Read for Muted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Muted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn program() {
    redhanded::know_field!(Muted, 0);
    let (socket, mut peer) = connection();
    let (muted, clone) = [(); 2].map(|()| socket.try_clone().unwrap()).into();
    let mut reader = WebSocket::from_raw_socket(Muted(muted), Role::Server, None);
    let mut writer = WebSocket::from_raw_socket(socket, Role::Server, None);

    let writer = start("writer", move || {
        writer.send(big_message()).unwrap();
        writer.close(None).unwrap();
    });
    peer.sees_a_byte();
    is_full(&clone);
    writer.sleeps();
    for number in 0..PINGS {
        peer.sends(Role::Client, Message::Ping(vec![number].into()));
    }
    peer.sends(Role::Client, Message::text("after the pings"));
    let reader = start("reader", move || {
        while reader.read().unwrap() != Message::text("after the pings") {}
    });
    reader.result();
    assert!(
        peer.takes_messages(Role::Client) == [big_message(), Message::Close(None)],
        "not what was sent"
    );
    writer.result();
}

#[test]
fn a_reader_whose_pongs_never_reach_the_socket_is_not_accused() {
    never_accused(program);
}
