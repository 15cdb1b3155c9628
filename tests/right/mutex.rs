//! One object in a mutex, which is locked around every whole message.
//!
//! This is the simple way to share a connection among threads. While one sender is stuck and holds the lock, the others wait
//! for the lock, and not on the wire.

use crate::common::{big_message, connection, start};
use crate::{assert_all_arrived, never_accused, notices, receive};
use redhanded::tungstenite::WebSocket;
use redhanded::tungstenite::protocol::Role;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

const SENDERS: [&str; 3] = ["first", "second", "third"];

fn program() {
    let (socket, mut peer) = connection();
    let shared = Arc::new(Mutex::new(WebSocket::from_raw_socket(
        socket,
        Role::Server,
        None,
    )));

    let uploads = shared.clone();
    let uploader = start("uploader", move || {
        uploads.lock().unwrap().send(big_message()).unwrap()
    });
    peer.sees_a_byte();
    let (wait, waiting) = channel();
    let senders = SENDERS.map(|name| {
        let (shared, wait) = (shared.clone(), wait.clone());
        start(name, move || {
            assert!(shared.try_lock().is_err(), "the uploader has the lock");
            wait.send(()).unwrap();
            notices(name).for_each(|notice| shared.lock().unwrap().send(notice).unwrap());
        })
    });
    SENDERS.iter().for_each(|name| receive(name, &waiting));
    let closer = start("closer", move || {
        uploader.result();
        senders.into_iter().for_each(|sender| sender.result());
        shared.lock().unwrap().close(None).unwrap();
    });
    assert_all_arrived(&peer.takes_messages(Role::Client), &SENDERS);
    closer.result();
}

#[test]
fn threads_that_lock_around_whole_messages_are_not_accused() {
    never_accused(program);
}
