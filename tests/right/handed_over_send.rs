//! A non-blocking send stops half-way, and another thread finishes it, all under one lock.
//!
//! What is left of a frame stays in the object. As long as no other object writes before that is flushed, the frame is whole,
//! whichever thread flushes it.

use crate::common::{big_message, connection, start};
use crate::{never_accused, receive};
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Error, Message, Result, WebSocket};
use std::io::ErrorKind;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;

/// Carries out an operation that a full socket stops, and then flushes until nothing is left.
fn finish(mut operation: impl FnMut() -> Result<()>) {
    loop {
        match operation() {
            Ok(()) => return,
            Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => thread::yield_now(),
            Err(error) => panic!("{error}"),
        }
    }
}

fn program() {
    let (socket, mut peer) = connection();
    socket.set_nonblocking(true).unwrap();
    let mut other = WebSocket::from_raw_socket(socket.try_clone().unwrap(), Role::Server, None);
    let shared = Arc::new(Mutex::new(WebSocket::from_raw_socket(
        socket,
        Role::Server,
        None,
    )));

    let (stop, stopped) = channel();
    let uploads = shared.clone();
    let starter = start("starter", move || {
        let sent = uploads.lock().unwrap().send(big_message());
        assert!(matches!(sent, Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock));
        stop.send(()).unwrap();
    });
    receive("half a message", &stopped);
    peer.sees_a_byte();
    let finisher = start("finisher", move || {
        finish(|| shared.lock().unwrap().flush());
        let _turn = shared.lock().unwrap();
        other.write(Message::text("now I")).unwrap();
        finish(|| other.flush());
        finish(|| other.close(None));
    });
    let all = [big_message(), Message::text("now I"), Message::Close(None)];
    assert!(
        peer.takes_messages(Role::Client) == all,
        "not what was sent"
    );
    starter.result();
    finisher.result();
}

#[test]
fn a_send_that_another_thread_finishes_is_not_accused() {
    never_accused(program);
}
