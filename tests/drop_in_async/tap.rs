//! A library above a tap makes the same calls as above the stream itself.

use crate::compare::{assert_same, quiet};
use crate::polled::{Polled, drive, poll_once};
use crate::scripted::{Log, Scripted};
use crate::steps::{CLOSE, FINAL, PING, REQUEST, RESPONSE, TEXT, from_client, from_server};
use futures_util::sink::SinkExt;
use futures_util::stream::StreamExt;
use redhanded::raw::{tokio_tungstenite, tungstenite};
use redhanded::watched::Tap;
use std::io::{ErrorKind, Read, Write};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tungstenite::Message;

const BLOCKED: ErrorKind = ErrorKind::WouldBlock;

/// The script of a whole connection, with the handshake that this side reads.
fn connection(log: &Log, handshake: &str, frame: fn(u8, &[u8]) -> Vec<u8>) -> Scripted {
    let script = Scripted::new(log)
        .gives(&handshake[..30])
        .fails_to_read(BLOCKED)
        .gives(&handshake[30..]);
    let script = script
        .gives(frame(FINAL | PING, b"ping"))
        .fails_to_read(BLOCKED)
        .gives(frame(FINAL | TEXT, b"text"));
    let script = script.gives(frame(FINAL | CLOSE, b"")).ends();
    script
        .takes(20)
        .fails_to_write(BLOCKED)
        .takes(500)
        .takes(1)
        .fails_to_write(BLOCKED)
        .takes(2)
        .fails_to_flush(BLOCKED)
}

fn serve_polled<S: AsyncRead + AsyncWrite + Unpin>(log: &Log, tap: impl Fn(Polled) -> S) {
    let stream = tap(Polled::new(log, connection(log, REQUEST, from_client)));
    let mut socket = drive(tokio_tungstenite::accept_async(stream))
        .unwrap()
        .unwrap();
    for round in 0..8 {
        log.note(
            "send",
            poll_once(socket.send(Message::text(format!("round {round}")))),
        );
        log.note("next", poll_once(socket.next()));
    }
    let mut stream = socket.into_inner();
    log.note("vectored", stream.is_write_vectored());
    log.note("flush", drive(stream.flush()).unwrap());
    log.note("shutdown", drive(stream.shutdown()).unwrap());
}

fn ask_blocking<S: Read + Write>(log: &Log, tap: impl Fn(Scripted) -> S) {
    let request = crate::steps::request();
    let script = connection(log, RESPONSE, from_server).masked();
    let mut result = tungstenite::client(request, tap(script));
    let mut socket = loop {
        match result {
            Ok((socket, response)) => {
                log.note("response", response);
                break socket;
            }
            Err(tungstenite::HandshakeError::Interrupted(middle)) => result = middle.handshake(),
            Err(tungstenite::HandshakeError::Failure(error)) => panic!("{error}"),
        }
    };
    for round in 0..8 {
        log.note("send", socket.send(Message::text(format!("round {round}"))));
        log.note("read", socket.read());
    }
    log.note("flush", socket.get_mut().flush().is_ok());
}

#[test]
fn an_asynchronous_server_above_a_tap_makes_the_same_calls() {
    quiet();
    let (tapped, plain) = (Log::default(), Log::default());
    serve_polled(&tapped, Tap::new);
    serve_polled(&plain, |stream| stream);
    assert_same(&tapped.lines(), &plain.lines());
}

#[test]
fn a_blocking_client_above_a_tap_makes_the_same_calls() {
    quiet();
    let (tapped, plain) = (Log::default(), Log::default());
    ask_blocking(&tapped, Tap::new);
    ask_blocking(&plain, |stream| stream);
    assert_same(&tapped.lines(), &plain.lines());
}
