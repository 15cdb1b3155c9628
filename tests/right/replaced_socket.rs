//! An object is given another socket through `get_mut`, while another object goes on with the old one.
//!
//! The program reconnects in place. From then on, the two objects write to two wires, and need not take turns.

use crate::common::{big_message, connection, start};
use crate::never_accused;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, WebSocket};
use std::net::TcpStream;

fn upload(mut object: WebSocket<TcpStream>) {
    object.send(big_message()).unwrap();
    object.close(None).unwrap();
}

fn program() {
    let (old, mut old_peer) = connection();
    let (new, mut new_peer) = connection();
    let stays = WebSocket::from_raw_socket(old.try_clone().unwrap(), Role::Server, None);
    let mut moves = WebSocket::from_raw_socket(old, Role::Server, None);
    moves.send(Message::text("before")).unwrap();
    *moves.get_mut() = new;

    let stays = start("stays", move || upload(stays));
    let moves = start("moves", move || upload(moves));
    // What was sent before has been read. So this byte is one of the big message, and both are stuck now.
    old_peer.takes(2 + "before".len());
    old_peer.sees_a_byte();
    new_peer.sees_a_byte();
    let old = old_peer.takes_messages(Role::Client);
    let new = new_peer.takes_messages(Role::Client);
    assert!(
        old == [Message::text("before"), big_message(), Message::Close(None)],
        "not what was sent"
    );
    assert!(
        new == [big_message(), Message::Close(None)],
        "not what was sent"
    );
    stays.result();
    moves.result();
}

#[test]
fn an_object_that_was_given_another_socket_is_not_accused_beside_the_old_one() {
    never_accused(program);
}
