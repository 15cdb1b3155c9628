//! A message is written into one object's buffer while another object sends, and flushed when that is done.
//!
//! `write` uses only its own object as long as the buffer is not full. Only calls that reach the wire must take turns: here
//! the flush, under the lock.

use crate::common::{big_message, connection, start};
use crate::{never_accused, receive};
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, WebSocket};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn program() {
    let (socket, mut peer) = connection();
    let mut uploads = WebSocket::from_raw_socket(socket.try_clone().unwrap(), Role::Server, None);
    let mut notices = WebSocket::from_raw_socket(socket, Role::Server, None);
    let wire = Arc::new(Mutex::new(()));

    let turn = wire.clone();
    let uploader = start("uploader", move || {
        let _turn = turn.lock().unwrap();
        uploads.send(big_message()).unwrap();
    });
    peer.sees_a_byte();
    let (wrote, written) = channel();
    let notifier = start("notifier", move || {
        notices.write(Message::text("one")).unwrap();
        notices.write(Message::text("two")).unwrap();
        // A pong of this object waits in the same buffer.
        notices.write(Message::Pong("three".into())).unwrap();
        wrote.send(()).unwrap();
        let _turn = wire.lock().unwrap();
        notices.flush().unwrap();
        notices.close(None).unwrap();
    });
    receive("word of the notifier", &written);
    let uploader = uploader
        .result_if_within(Duration::ZERO)
        .expect_err("it was stuck all the while");
    let pong = Message::Pong("three".into());
    let all = [
        big_message(),
        Message::text("one"),
        Message::text("two"),
        pong,
        Message::Close(None),
    ];
    assert!(
        peer.takes_messages(Role::Client) == all,
        "not what was sent"
    );
    uploader.result();
    notifier.result();
}

#[test]
fn a_message_that_only_reaches_a_buffer_beside_a_writer_is_not_accused() {
    never_accused(program);
}
