//! Two taps on clones of one socket that take what they write from one queue of bytes, under one lock.
//!
//! The tap that has its turn writes as much as the socket takes, which may end anywhere in a frame. So one begins a frame
//! and the other finishes it, and the frames are whole.

use crate::common::{big_message, connection, start};
use crate::never_accused;
use redhanded::Tap;
use redhanded::raw::tungstenite::Message;
use redhanded::raw::tungstenite::protocol::Role;
use std::io::{ErrorKind, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

const MESSAGES: usize = 4;

fn text_frame(text: &str) -> Vec<u8> {
    [&[0x81, text.len() as u8], text.as_bytes()].concat()
}

fn binary_frame(payload: &[u8]) -> Vec<u8> {
    [
        &[0x82, 127][..],
        &(payload.len() as u64).to_be_bytes(),
        payload,
    ]
    .concat()
}

/// Writes what is left, a turn at a time, and counts its turns.
fn drain(mut tap: Tap<TcpStream>, queue: Arc<Mutex<(Vec<u8>, usize)>>) -> usize {
    let mut turns = 0;
    loop {
        let mut queue = queue.lock().unwrap();
        let (bytes, written) = &mut *queue;
        if *written == bytes.len() {
            return turns;
        }
        match tap.write(&bytes[*written..]) {
            Ok(accepted) => (*written, turns) = (*written + accepted, turns + 1),
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
        drop(queue);
        std::thread::yield_now();
    }
}

fn program() {
    let (socket, mut peer) = connection();
    socket.set_nonblocking(true).unwrap();
    let big = big_message().into_data();
    let message =
        |number: usize| [text_frame(&format!("number {number}")), binary_frame(&big)].concat();
    let mut bytes: Vec<u8> = (0..MESSAGES).flat_map(message).collect();
    bytes.extend([0x88, 0]);
    let queue = Arc::new(Mutex::new((bytes, 0)));
    let [mut one, other] = [(); 2].map(|()| Tap::new(socket.try_clone().unwrap()));

    // One tap stops inside the first big frame, and the other goes on with it.
    let stops = one.write(&queue.lock().unwrap().0).unwrap();
    assert!(stops > 10 && stops < big.len());
    queue.lock().unwrap().1 = stops;
    let first = queue.clone();
    let turns = start("other", move || {
        let mut other = other;
        peer.takes(stops);
        while other
            .write(&first.lock().unwrap().0[stops..stops + 1])
            .is_err()
        {
            std::thread::yield_now();
        }
        first.lock().unwrap().1 += 1;
        (other, peer)
    });
    let (other, peer) = turns.result();
    let writers = [one, other].map(|tap| {
        let queue = queue.clone();
        start("writer", move || drain(tap, queue))
    });
    let messages = peer.takes_messages(Role::Client);
    let turns = writers.map(|writer| writer.result());
    assert!(turns.iter().sum::<usize>() > MESSAGES, "{turns:?}");
    let expected =
        (0..MESSAGES).flat_map(|number| [Message::text(format!("number {number}")), big_message()]);
    assert!(
        messages
            .into_iter()
            .eq(expected.chain([Message::Close(None)])),
        "not what was sent"
    );
}

#[test]
fn a_frame_that_one_tap_begins_and_another_finishes_is_not_accused() {
    never_accused(program);
}
