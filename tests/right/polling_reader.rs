//! A reader object that polls under the lock that is also around every message of the writer object.
//!
//! `read` with a timeout on the socket gives the lock back now and then. It answers pings by itself, but only while it
//! has the lock: two objects, a hidden writer, and still one writer at a time.

use crate::common::{big_message, connection, start};
use crate::{assert_all_arrived, never_accused, notices, receive};
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Error, Message, WebSocket};
use std::io::ErrorKind;
use std::net::TcpStream;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const PINGS: u8 = 10;

/// Reads until all pings are here and answered.
fn poll(reader: &mut WebSocket<TcpStream>, wire: &Mutex<()>) {
    let mut pings = 0;
    while pings < PINGS {
        let _turn = wire.lock().unwrap();
        match reader.read() {
            Ok(Message::Ping(payload)) => {
                assert_eq!(payload[..], [pings]);
                pings += 1;
            }
            Err(Error::Io(error))
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            other => panic!("{other:?}"),
        }
    }
    let _turn = wire.lock().unwrap();
    reader.flush().unwrap();
}

fn program() {
    let (socket, mut peer) = connection();
    socket
        .set_read_timeout(Some(Duration::from_millis(1)))
        .unwrap();
    let mut reader = WebSocket::from_raw_socket(socket.try_clone().unwrap(), Role::Server, None);
    let mut writer = WebSocket::from_raw_socket(socket, Role::Server, None);
    let wire = Arc::new(Mutex::new(()));

    let (turn, (wait, waiting)) = (wire.clone(), channel());
    let writer = start("writer", move || {
        {
            let _turn = turn.lock().unwrap();
            writer.send(big_message()).unwrap();
        }
        for notice in notices("writer") {
            let _turn = turn.lock().unwrap();
            writer.send(notice).unwrap();
        }
        writer
    });
    peer.sees_a_byte();
    let pings = (0..PINGS).map(|number| vec![number]);
    pings
        .clone()
        .for_each(|payload| peer.sends(Role::Client, Message::Ping(payload.into())));
    let reader = start("reader", move || {
        assert!(wire.try_lock().is_err(), "the writer has the lock");
        wait.send(()).unwrap();
        poll(&mut reader, &wire);
        writer.result().close(None).unwrap();
    });
    receive("reader", &waiting);
    let messages = peer.takes_messages(Role::Client);
    let (pongs, others): (Vec<_>, Vec<_>) = messages.into_iter().partition(Message::is_pong);
    assert!(
        pongs
            .into_iter()
            .eq(pings.map(|payload| Message::Pong(payload.into()))),
        "not every ping is answered"
    );
    assert_all_arrived(&others, &["writer"]);
    reader.result();
}

#[test]
fn a_reader_that_answers_pings_under_the_lock_is_not_accused() {
    never_accused(program);
}
