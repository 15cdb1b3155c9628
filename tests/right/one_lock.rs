//! Two objects on one socket, and one lock around every message of either.
//!
//! Two objects need not be wrong. Here they take turns on the wire, because the lock guards the wire and not an object.

use crate::common::{big_message, connection, start};
use crate::{assert_all_arrived, never_accused, notices, receive};
use redhanded::tungstenite::WebSocket;
use redhanded::tungstenite::protocol::Role;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

fn program() {
    let (socket, mut peer) = connection();
    let object = || WebSocket::from_raw_socket(socket.try_clone().unwrap(), Role::Server, None);
    let (mut one, mut other) = (object(), object());
    let wire = Arc::new(Mutex::new(()));

    let (turn, wait) = (wire.clone(), channel());
    let uploader = start("uploader", move || {
        {
            let _turn = turn.lock().unwrap();
            one.send(big_message()).unwrap();
        }
        for notice in notices("uploader") {
            let _turn = turn.lock().unwrap();
            one.send(notice).unwrap();
        }
    });
    peer.sees_a_byte();
    let (turn, (wait, waiting)) = (wire, wait);
    let notifier = start("notifier", move || {
        assert!(turn.try_lock().is_err(), "the uploader has the lock");
        wait.send(()).unwrap();
        for notice in notices("notifier") {
            let _turn = turn.lock().unwrap();
            other.send(notice).unwrap();
        }
        uploader.result();
        other.close(None).unwrap();
    });
    receive("notifier", &waiting);
    assert_all_arrived(
        &peer.takes_messages(Role::Client),
        &["uploader", "notifier"],
    );
    notifier.result();
}

#[test]
fn two_objects_under_one_lock_are_not_accused() {
    never_accused(program);
}
