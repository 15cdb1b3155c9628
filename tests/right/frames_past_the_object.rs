//! Frames that go straight to the stream, in turn with those of the object on it.
//!
//! `get_mut` gives the stream, and a program may know how to make a frame. What it writes there is not watched.

use crate::common::connection;
use crate::never_accused;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::{Data, OpCode};
use redhanded::tungstenite::{Message, WebSocket};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

const LAST_FRAGMENT: [u8; 5] = [0x80, 3, 7, 7, 7];
const FIRST_FRAGMENT: [u8; 5] = [0x02, 3, 7, 7, 7];

fn fragment(data: Data, is_final: bool) -> Message {
    Message::Frame(Frame::message(vec![7; 3], OpCode::Data(data), is_final))
}

fn in_turn<S: Read + Write>(object: &mut WebSocket<S>) {
    object.send(fragment(Data::Binary, false)).unwrap();
    object.get_mut().write_all(&LAST_FRAGMENT).unwrap();
    object.send(Message::text("between")).unwrap();
    object.get_mut().write_all(&FIRST_FRAGMENT).unwrap();
    object.send(fragment(Data::Continue, true)).unwrap();
    object.send(Message::text("after")).unwrap();
}

fn program() {
    let (socket, peer) = connection();
    let mut object = WebSocket::from_raw_socket(socket, Role::Server, None);
    in_turn(&mut object);
    // The same socket by another descriptor.
    *object.get_mut() = object.get_ref().try_clone().unwrap();
    in_turn(&mut object);
    object.close(None).unwrap();
    assert_eq!(peer.takes_messages(Role::Client).len(), 2 * 4 + 1);

    let (socket, _peer) = UnixStream::pair().unwrap();
    in_turn(&mut WebSocket::from_raw_socket(socket, Role::Server, None));
}

#[test]
fn frames_written_past_the_object_in_turn_are_not_accused() {
    never_accused(program);
}
