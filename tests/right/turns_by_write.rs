//! One tap under a lock that is taken for each write, and the bytes in order: whole frames in a turn, or pieces of one queue,
//! or a frame that is handed from thread to thread.
//!
//! The payloads look like frames, wherever they are cut.

use crate::actors::Actor;
use crate::asynchronous::{of_tokio, on_many_threads};
use crate::common::{connection, start};
use crate::never_accused;
use redhanded::Tap;
use redhanded::raw::tungstenite::Message;
use redhanded::raw::tungstenite::protocol::Role;
use std::io::{ErrorKind, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use tokio::io::AsyncWriteExt;
use tokio::task::yield_now;

pub(crate) const HEAD: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Bytes of which many could begin a frame.
fn lookalike(length: usize, seed: usize) -> Vec<u8> {
    let likely = [
        0x82, 0x81, 0x05, 0x01, 0x02, 0x89, 0x00, 0x80, 0x64, 0x7e, 0x88, 0x7f,
    ];
    let mut state = seed as u32 | 1;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        likely[(state >> 24) as usize % likely.len()]
    };
    (0..length).map(|_| next()).collect()
}

fn frame(payload: &[u8]) -> Vec<u8> {
    let header = match payload.len() {
        length @ ..126 => vec![0x82, length as u8],
        length @ ..65_536 => [&[0x82, 126][..], &(length as u16).to_be_bytes()].concat(),
        length => [&[0x82, 127][..], &(length as u64).to_be_bytes()].concat(),
    };
    [&header, payload].concat()
}

fn payloads() -> Vec<Vec<u8>> {
    let lengths = [3, 100, 0, 126, 1000, 7, 300, 125, 70_000, 20, 5];
    lengths
        .iter()
        .enumerate()
        .map(|(seed, length)| lookalike(*length, seed))
        .collect()
}

fn messages() -> Vec<Message> {
    let close = [Message::Close(None)];
    payloads()
        .into_iter()
        .map(Message::binary)
        .chain(close)
        .collect()
}

/// All frames, and a close frame.
fn stream() -> Vec<u8> {
    let frames = payloads()
        .iter()
        .flat_map(|payload| frame(payload))
        .collect::<Vec<_>>();
    [frames, vec![0x88, 0]].concat()
}

/// A tap behind its handshake, and its peer behind it.
fn tapped(is_nonblocking: bool) -> (Tap<TcpStream>, crate::common::Running<Vec<Message>>) {
    let (socket, peer) = connection();
    let mut tap = Tap::new(socket.try_clone().unwrap());
    tap.write_all(HEAD).unwrap();
    socket.set_nonblocking(is_nonblocking).unwrap();
    let peer = start("peer", move || {
        let mut peer = peer;
        let mut head = vec![0; HEAD.len()];
        std::io::Read::read_exact(&mut peer.stream, &mut head).unwrap();
        peer.takes_messages(Role::Client)
    });
    (tap, peer)
}

/// Several threads write what is next in one queue, so many bytes at most in a turn.
fn from_one_queue(most: usize, is_nonblocking: bool) {
    let (tap, peer) = tapped(is_nonblocking);
    let queue = Arc::new(Mutex::new((tap, stream(), 0)));
    let writers = ["one", "two", "three"].map(|name| {
        let queue = queue.clone();
        start(name, move || {
            loop {
                let mut queue = queue.lock().unwrap();
                let (tap, bytes, at) = &mut *queue;
                if *at == bytes.len() {
                    return;
                }
                let end = bytes.len().min(*at + most);
                match tap.write(&bytes[*at..end]) {
                    Ok(count) => *at += count,
                    Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
                }
                drop(queue);
                std::thread::yield_now();
            }
        })
    });
    writers.into_iter().for_each(|writer| writer.result());
    assert!(peer.result() == messages(), "not what was sent");
}

#[test]
fn pieces_of_one_queue_are_not_accused_whichever_thread_writes_them() {
    never_accused(|| {
        from_one_queue(997, false);
        from_one_queue(64 << 10, true);
        from_one_queue(1 << 20, true);
    });
}

/// Every call is made by another thread than the one before.
fn handed_on(cuts: fn(usize) -> usize) {
    let (tap, peer) = tapped(false);
    let shared = Arc::new(redhanded::sync::Mutex::new(tap));
    let actors = ["one", "two", "three"].map(Actor::new);
    let (bytes, mut at, mut turn) = (stream(), 0, 0);
    while at < bytes.len() {
        let end = bytes.len().min(at + cuts(turn));
        let (shared, piece) = (shared.clone(), bytes[at..end].to_vec());
        actors[turn % 3].does(move || shared.lock().unwrap().write_all(&piece).unwrap());
        (at, turn) = (end, turn + 1);
    }
    assert!(peer.result() == messages(), "not what was sent");
}

#[test]
fn a_frame_that_is_handed_from_thread_to_thread_is_not_accused() {
    never_accused(|| {
        handed_on(|_| 1_000);
        handed_on(|turn| 1 + turn * 7 % 50);
        handed_on(|turn| if turn % 2 == 0 { 2 } else { 100 });
    });
}

/// A header in one call, its payload in the next one, under one lock for both.
fn whole_frames() {
    let (tap, peer) = tapped(false);
    let shared = Arc::new(Mutex::new(tap));
    let writers = ["one", "two", "three"].map(|name| {
        let shared = shared.clone();
        start(name, move || {
            for payload in payloads() {
                let frame = frame(&payload);
                let header = frame.len() - payload.len();
                let mut tap = shared.lock().unwrap();
                tap.write_all(&frame[..header]).unwrap();
                tap.write_all(&payload).unwrap();
            }
        })
    });
    writers.into_iter().for_each(|writer| writer.result());
    shared.lock().unwrap().write_all(&[0x88, 0]).unwrap();
    assert_eq!(peer.result().len(), 3 * payloads().len() + 1);
}

#[test]
fn headers_and_payloads_under_one_lock_are_not_accused() {
    never_accused(whole_frames);
}

/// Tasks that go from thread to thread between two pieces of a frame, with the lock held.
fn in_tasks() {
    let (socket, peer) = connection();
    on_many_threads(async move {
        let mut tap = Tap::new(of_tokio(&socket));
        tap.write_all(HEAD).await.unwrap();
        let shared = Arc::new(tokio::sync::Mutex::new(tap));
        let peer = start("peer", move || {
            let mut peer = peer;
            let mut head = vec![0; HEAD.len()];
            std::io::Read::read_exact(&mut peer.stream, &mut head).unwrap();
            peer.takes_messages(Role::Client).len()
        });
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let shared = shared.clone();
                tokio::spawn(async move {
                    for payload in payloads() {
                        let mut tap = shared.lock().await;
                        for piece in frame(&payload).chunks(700) {
                            tap.write_all(piece).await.unwrap();
                            yield_now().await;
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        shared.lock().await.write_all(&[0x88, 0]).await.unwrap();
        assert_eq!(peer.result(), 4 * payloads().len() + 1);
    });
}

#[test]
fn pieces_by_a_task_that_goes_from_thread_to_thread_are_not_accused() {
    never_accused(in_tasks);
}
