//! Many messages of two objects in two buffers, each flushed in one piece, in turn: fragments and control frames too.
//!
//! One call to the socket carries many frames. Where one ends and the next begins matters to the peer only.

use crate::common::connection;
use crate::never_accused;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::{Data, OpCode};
use redhanded::tungstenite::{Message, WebSocket};

fn messages(sender: u8) -> Vec<Message> {
    let fragment = |data, is_final| {
        Message::Frame(Frame::message(
            vec![sender; 2],
            OpCode::Data(data),
            is_final,
        ))
    };
    vec![
        Message::binary(vec![sender; 10]),
        fragment(Data::Binary, false),
        Message::Ping("between".into()),
        fragment(Data::Continue, true),
        Message::text(""),
        Message::binary(vec![sender; 70_000]),
        Message::Pong(vec![].into()),
    ]
}

fn program() {
    let (socket, peer) = connection();
    let reader = crate::common::start("peer", move || peer.takes_messages(Role::Client));
    let mut objects = [(); 2]
        .map(|()| WebSocket::from_raw_socket(socket.try_clone().unwrap(), Role::Server, None));
    for round in 0..10 {
        for object in &mut objects {
            messages(round)
                .into_iter()
                .for_each(|message| object.write(message).unwrap());
            object.flush().unwrap();
        }
    }
    objects[0].close(None).unwrap();
    let read = reader.result();
    assert_eq!(
        read.iter().filter(|message| message.is_binary()).count(),
        2 * 10 * 3
    );
}

#[test]
fn buffers_that_are_flushed_in_turn_are_not_accused() {
    never_accused(program);
}
