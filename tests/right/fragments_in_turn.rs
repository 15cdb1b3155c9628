//! The fragments of one message are handed from thread to thread, and from object to object, in turn.
//!
//! On the wire they are one message, with only control frames in between, whichever thread and object sends them.

use crate::common::{connection, start};
use crate::never_accused;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::{Data, OpCode};
use redhanded::tungstenite::{Message, WebSocket};
use std::net::TcpStream;

fn fragment(data: Data, is_final: bool) -> Message {
    Message::Frame(Frame::message(vec![7; 3], OpCode::Data(data), is_final))
}

/// Sends on a thread of its own, and then gives the object back.
fn send(mut object: WebSocket<TcpStream>, message: Message) -> WebSocket<TcpStream> {
    let sender = start("sender", move || {
        object.send(message).unwrap();
        object
    });
    sender.result()
}

fn program() {
    let (socket, peer) = connection();
    let other = WebSocket::from_raw_socket(socket.try_clone().unwrap(), Role::Server, None);
    let mut one = WebSocket::from_raw_socket(socket, Role::Server, None);
    one = send(one, fragment(Data::Binary, false));
    let mut other = send(other, fragment(Data::Continue, false));
    one = send(one, Message::Ping("between".into()));
    one = send(one, fragment(Data::Continue, true));
    other = send(other, Message::text("the next one"));
    let mut one = send(one, fragment(Data::Text, true));
    other.flush().unwrap();
    one.close(None).unwrap();

    let text = Message::text(String::from_utf8(vec![7; 3]).unwrap());
    let all = [
        Message::Ping("between".into()),
        Message::binary(vec![7; 9]),
        Message::text("the next one"),
        text,
        Message::Close(None),
    ];
    assert_eq!(peer.takes_messages(Role::Client), all);
}

#[test]
fn fragments_that_are_sent_in_turn_are_not_accused() {
    never_accused(program);
}
