//! Writes of no bytes through a tap, while another object sends. They are no writes: nothing of them comes to the wire.

use crate::common::{big_message, connection, start};
use crate::never_accused;
use crate::turns_by_write::HEAD;
use redhanded::Tap;
use redhanded::tungstenite::{Message, WebSocket, protocol::Role};
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

fn beside_a_send() {
    let (socket, mut peer) = connection();
    let mut tap = Tap::new(socket.try_clone().unwrap());
    tap.write_all(HEAD).unwrap();
    peer.stream.read_exact(&mut vec![0; HEAD.len()]).unwrap();
    let peer = start("peer", move || peer.takes_messages(Role::Client).len());
    let is_over = Arc::new(AtomicBool::new(false));
    let over = is_over.clone();
    let empty = start("empty", move || {
        while !over.load(Relaxed) {
            assert_eq!(tap.write(&[]).unwrap(), 0);
            std::thread::yield_now();
        }
    });
    let mut object = WebSocket::from_raw_socket(socket, Role::Server, None);
    (0..3).for_each(|_| object.send(big_message()).unwrap());
    object.send(Message::Close(None)).unwrap();
    is_over.store(true, Relaxed);
    empty.result();
    assert_eq!(peer.result(), 4);
}

#[test]
fn writes_of_no_bytes_beside_a_send_are_not_accused() {
    never_accused(beside_a_send);
}
