//! A server that never upgrades: all that goes over the connection is text, in both directions.

use crate::common::start;
use crate::never_accused;
use redhanded::tungstenite::{Error, accept, connect};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

fn address() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

/// A watched client, and a server that answers something else.
fn refused() {
    let (listener, address) = address();
    let server = start("server", move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            socket.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        socket
            .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\n\x82\x7e\xff\xff")
            .unwrap();
    });
    assert!(matches!(
        connect(format!("ws://{address}")),
        Err(Error::Http(_))
    ));
    server.result();
}

/// A watched server, and a client that only asks for a page.
fn not_asked_for() {
    let (listener, address) = address();
    let server = start("server", move || {
        accept(listener.accept().unwrap().0).map(drop).is_err()
    });
    let mut client = TcpStream::connect(address).unwrap();
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        .unwrap();
    assert!(server.result(), "no upgrade was asked for");
}

fn program() {
    refused();
    not_asked_for();
}

#[test]
fn a_connection_that_is_never_upgraded_is_not_accused() {
    never_accused(program);
}
