//! Control frames of another object between the fragments of a message, under one lock.
//!
//! A heartbeat must not wait for a message that takes minutes. It need not: control frames may come between the fragments of
//! a message (RFC 6455, section 5.4).

use crate::common::{connection, start};
use crate::{never_accused, receive};
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::{Data, OpCode};
use redhanded::tungstenite::{Message, WebSocket};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

const FRAGMENTS: usize = 20;

fn fragment(number: usize) -> Message {
    let data = if number == 0 {
        Data::Binary
    } else {
        Data::Continue
    };
    Message::Frame(Frame::message(
        vec![7; 1000],
        OpCode::Data(data),
        number + 1 == FRAGMENTS,
    ))
}

fn program() {
    let (socket, peer) = connection();
    let wire = Arc::new(Mutex::new(()));
    let mut heartbeat = WebSocket::from_raw_socket(socket.try_clone().unwrap(), Role::Client, None);
    let mut uploads = WebSocket::from_raw_socket(socket, Role::Client, None);

    let (beat, beats) = channel();
    let turns = wire.clone();
    let uploader = start("uploader", move || {
        for number in 0..FRAGMENTS {
            let turn = turns.lock().unwrap();
            uploads.send(fragment(number)).unwrap();
            drop(turn);
            beat.send(()).unwrap();
        }
        uploads
    });
    let pinger = start("pinger", move || {
        for _ in 0..FRAGMENTS {
            receive("a fragment", &beats);
            let _turn = wire.lock().unwrap();
            heartbeat.send(Message::Ping("there?".into())).unwrap();
        }
    });
    let mut uploads = uploader.result();
    pinger.result();
    uploads.close(None).unwrap();

    let messages = peer.takes_messages(Role::Server);
    assert_eq!(
        messages.iter().filter(|message| message.is_ping()).count(),
        FRAGMENTS
    );
    assert!(messages.contains(&Message::binary(vec![7; 1000 * FRAGMENTS])));
}

#[test]
fn pings_between_the_fragments_of_a_message_are_not_accused() {
    never_accused(program);
}
