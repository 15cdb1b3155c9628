//! An object is made anew for every fragment, and in between no object is on the wire at all.
//!
//! "A connection is a socket; the object is only how I write to it." The message goes on from object to object.

use crate::common::connection;
use crate::never_accused;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::{Data, OpCode};
use redhanded::tungstenite::{Message, WebSocket};
use std::os::unix::net::UnixStream;

fn fragment(data: Data, is_final: bool) -> Message {
    Message::Frame(Frame::message(vec![7; 3], OpCode::Data(data), is_final))
}

fn fragments() -> [Message; 5] {
    [
        fragment(Data::Binary, false),
        fragment(Data::Continue, false),
        fragment(Data::Continue, false),
        fragment(Data::Continue, true),
        Message::Close(None),
    ]
}

fn over_tcp() {
    let (socket, peer) = connection();
    for message in fragments() {
        WebSocket::from_raw_socket(&socket, Role::Server, None)
            .send(message)
            .unwrap();
    }
    assert_eq!(
        peer.takes_messages(Role::Client),
        [Message::binary(vec![7; 12]), Message::Close(None)]
    );
}

fn over_a_unix_socket() {
    let (socket, _peer) = UnixStream::pair().unwrap();
    for message in fragments() {
        WebSocket::from_raw_socket(&socket, Role::Server, None)
            .send(message)
            .unwrap();
    }
}

fn program() {
    over_tcp();
    over_a_unix_socket();
}

#[test]
fn objects_made_anew_for_every_fragment_are_not_accused() {
    never_accused(program);
}
