//! Taps on protocols whose bytes look like frames. Their writers keep to their own rules, and there are no frames to tear.

use crate::common::start;
use crate::never_accused;
use redhanded::Tap;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A call of Thrift's compact protocol: `82 21`, a number, and the name of a method.
fn thrift(number: u8, name: &str) -> Vec<u8> {
    [
        &[0x82, 0x21, number, name.len() as u8][..],
        name.as_bytes(),
        &[0],
    ]
    .concat()
}

/// A length in little endian, and so many bytes.
fn prefixed(length: u32) -> Vec<u8> {
    [
        &length.to_le_bytes()[..],
        &vec![length as u8; length as usize],
    ]
    .concat()
}

/// The same with two bytes of length.
fn shortly_prefixed(length: u16) -> Vec<u8> {
    [&length.to_le_bytes()[..], &vec![0x82; length.into()]].concat()
}

/// A header of sixteen bytes as MongoDB has it, and a body.
fn mongo(number: u32, body: &[u8]) -> Vec<u8> {
    let length = 16 + body.len() as u32;
    let header = [length, number, 0, 2013].map(u32::to_le_bytes).concat();
    [&header, body].concat()
}

/// A type, a length and a value, as many protocols have them.
fn typed(kind: u8, length: u8) -> Vec<u8> {
    [&[kind, length][..], &vec![kind; length.into()]].concat()
}

fn protocols() -> Vec<Vec<Vec<u8>>> {
    let name = |length: usize| "getUserById".repeat(10)[..length].to_owned();
    let lengths = [130, 1, 2, 129, 138, 0x0182, 0x2182, 0x7e81];
    vec![
        (0..30)
            .map(|number| thrift(number, &name(4 + usize::from(number % 50))))
            .collect(),
        (0..30).map(|number| thrift(number, "ping")).collect(),
        // The length that makes the first two bytes true, and then others.
        (0..30)
            .map(|number| thrift(number, &name(if number % 5 == 4 { 9 } else { 30 })))
            .collect(),
        lengths.iter().map(|length| prefixed(*length)).collect(),
        lengths
            .iter()
            .map(|length| shortly_prefixed(*length as u16))
            .collect(),
        (0..30).map(|number| mongo(number, &[0; 114])).collect(),
        (0..30)
            .map(|number| mongo(number, &vec![1; 114 + number as usize * 256]))
            .collect(),
        (0..30).map(|number| typed(1, number)).collect(),
        (0..30).map(|number| typed(1 + number % 2, 5)).collect(),
        (0..30).map(|number| typed(0x80, number)).collect(),
    ]
}

fn socket() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (socket, listener.accept().unwrap().0)
}

/// Two threads write one message after the other, through one tap or through one each.
fn written_in_turn(messages: &[Vec<u8>], has_two_taps: bool) {
    let (socket, mut peer) = socket();
    let peer = start("peer", move || {
        io::copy(&mut peer, &mut io::sink()).unwrap()
    });
    let taps = if has_two_taps { 2 } else { 1 };
    let taps: Vec<_> = (0..taps)
        .map(|_| Tap::new(socket.try_clone().unwrap()))
        .collect();
    drop(socket);
    let shared = Arc::new(Mutex::new((taps, VecDeque::from(messages.to_vec()))));
    let writers = ["one", "other"]
        .into_iter()
        .enumerate()
        .map(|(index, name)| {
            let shared = shared.clone();
            start(name, move || {
                loop {
                    let mut shared = shared.lock().unwrap();
                    let (taps, messages) = &mut *shared;
                    let Some(message) = messages.pop_front() else {
                        return;
                    };
                    let tap = index % taps.len();
                    taps[tap].write_all(&message).unwrap();
                }
            })
        });
    writers
        .collect::<Vec<_>>()
        .into_iter()
        .for_each(|writer| writer.result());
    drop(shared);
    let sent: usize = messages.iter().map(Vec::len).sum();
    assert_eq!(peer.result(), sent as u64);
}

fn by(taps: usize) {
    for messages in protocols() {
        written_in_turn(&messages, taps == 2);
    }
}

#[test]
fn protocols_that_look_like_frames_are_not_accused() {
    never_accused(|| by(1));
}

#[test]
fn protocols_that_look_like_frames_are_not_accused_below_two_taps() {
    never_accused(|| by(2));
}
