//! Any bytes from the peer, cut anywhere: the client does not panic or grow, and works afterwards.

use crate::peer::{PATIENCE, Server, rest, run};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use redhanded::tungstenite::WebSocket;
use redhanded::tungstenite::protocol::Role;
use redhanded_client::{Client, Delivery, Event, Limited, Options};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

/// Frames, whole and broken, and other bytes.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let frame = (
        any::<u8>(),
        any::<u8>(),
        prop::collection::vec(any::<u8>(), 0..40),
    )
        .prop_map(|(first, second, payload)| {
            let mut frame = vec![first, second];
            frame.extend(payload);
            frame
        });
    let right = (
        prop::sample::select(vec![0x81, 0x82, 0x89, 0x8a, 0x88, 0x01, 0x00, 0x80]),
        "[a-z]{0,20}",
    )
        .prop_map(|(first, text): (u8, String)| {
            let mut frame = vec![first, u8::try_from(text.len()).unwrap()];
            frame.extend(text.bytes());
            frame
        });
    let piece = prop_oneof![3 => right, 1 => frame, 1 => prop::collection::vec(any::<u8>(), 0..60)];
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

fn cases() -> Config {
    Config {
        failure_persistence: None,
        ..Config::default()
    }
}

/// Writes bytes in pieces of this size, until the other side is gone.
fn write_in_pieces(stream: &mut impl Write, bytes: &[u8], size: usize) {
    for piece in bytes.chunks(size) {
        if stream.write_all(piece).is_err() {
            return;
        }
    }
}

#[test]
fn a_split_connection_survives_any_bytes() {
    run(|| {
        let strategy = (bytes(), 1..30usize, any::<bool>());
        let survives = |(bytes, size, is_server): (Vec<u8>, usize, bool)| {
            let (near, mut far) = UnixStream::pair().unwrap();
            let role = if is_server {
                Role::Server
            } else {
                Role::Client
            };
            let (sender, receiver) =
                redhanded_client::split(WebSocket::from_raw_socket(near, role, None)).unwrap();
            sender.send("hello", Delivery::Guaranteed).unwrap();
            write_in_pieces(&mut far, &bytes, size);
            far.shutdown(std::net::Shutdown::Write).unwrap();
            far.set_read_timeout(Some(PATIENCE)).unwrap();
            // The connection ends, whatever the bytes were.
            let _ = far.read_to_end(&mut Vec::new());
            assert!(receiver.count() <= bytes.len());
            Ok(())
        };
        TestRunner::new(cases()).run(&strategy, survives).unwrap();
    });
}

#[test]
fn a_client_survives_any_answer_to_its_handshake_and_any_bytes_behind_it() {
    run(|| {
        let server = Server::new();
        let client = server.client();
        let taking = thread::spawn({
            let client = client.clone();
            move || {
                client
                    .events()
                    .filter(|event| matches!(event, Event::Disconnected { .. }))
                    .count()
            }
        });
        let listener = server.listener.try_clone().unwrap();
        let strategy = (bytes(), 1..30usize, any::<bool>());
        let survives = |(bytes, size, makes_handshake): (Vec<u8>, usize, bool)| {
            let (mut socket, _) = listener.accept().unwrap();
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            if makes_handshake {
                socket = redhanded::raw::tungstenite::accept(socket)
                    .unwrap()
                    .into_inner();
            } else {
                let _ = socket.read(&mut [0; 1_024]);
            }
            write_in_pieces(&mut socket, &bytes, size);
            Ok(())
        };
        TestRunner::new(cases()).run(&strategy, survives).unwrap();
        works(&server, &client);
        assert!(taking.join().unwrap() >= 256, "one for each");
    });
}

#[test]
fn pings_of_a_peer_that_takes_no_answers_are_not_read_for_ever() {
    run(|| {
        let server = Server::new();
        let client = server.client();
        let mut socket = server.accept().into_inner();
        // This is longer than it takes to read what there is, and much shorter than the
        // `pong_timeout`.
        socket
            .set_write_timeout(Some(Duration::from_secs(2)))
            .unwrap();
        let mut ping = vec![0x89, 125];
        ping.resize(127, 7);
        let (pings, mut written) = (ping.repeat(1_000), 0);
        // This is more than the sockets hold.
        while written < 100 << 20 {
            let Ok(count) = socket.write(&pings) else {
                break;
            };
            written += count;
        }
        assert!(written < 100 << 20, "every answer is kept");
        drop(socket);
        works(&server, &client);
    });
}

#[test]
fn a_peer_that_takes_nothing_and_talks_on_is_left() {
    run(|| {
        let (near, mut far) = UnixStream::pair().unwrap();
        let websocket = WebSocket::from_raw_socket(near, Role::Client, None);
        let (sender, mut receiver) =
            redhanded_client::split_with(websocket, Options::default()).unwrap();
        far.shutdown(std::net::Shutdown::Read).unwrap();
        let talking = thread::spawn(move || {
            let messages = [0x82, 0].repeat(1 << 20);
            while far.write_all(&messages).is_ok() {}
        });
        (0..100_000).for_each(|_| drop(receiver.recv().unwrap()));
        sender.send("cannot go out", Delivery::Guaranteed).unwrap();
        talking.join().unwrap();
        assert_eq!(receiver.close(PATIENCE).unwrap().len(), 1);
    });
}

/// A droppable message waits as long as a test does.
fn patient() -> Options {
    Options::default().droppable_within(PATIENCE)
}

/// Begins a message of many fragments, and sends empty ones until the other side is gone.
fn never_end_a_message(mut stream: impl Write) {
    let _ = stream.write_all(&[0x01, 0]);
    let fragments = [0, 0].repeat(1 << 12);
    while stream.write_all(&fragments).is_ok() {}
}

#[test]
fn a_peer_that_never_ends_its_message_holds_up_neither_what_is_sent_nor_the_end() {
    run(|| {
        let server = Server::new();
        let client = server.builder().options(patient()).start().unwrap();
        let mut peer = server.accept();
        let stream = peer.get_ref().try_clone().unwrap();
        let talking = thread::spawn(move || never_end_a_message(stream));
        for number in 0..10 {
            let text = number.to_string();
            client.send(text.as_str(), Delivery::Droppable).unwrap();
            assert_eq!(peer.read().unwrap().to_string(), text);
        }
        assert_eq!(client.close(Duration::from_millis(100)).unwrap(), []);
        talking.join().unwrap();
    });
}

#[test]
fn a_peer_that_never_ends_its_message_does_not_hold_up_a_limited_split() {
    run(|| {
        let (near, far) = UnixStream::pair().unwrap();
        let near = WebSocket::from_raw_socket(Limited::new(near), Role::Client, None);
        let (sender, receiver) = redhanded_client::split_with(near, patient()).unwrap();
        let stream = far.try_clone().unwrap();
        let talking = thread::spawn(move || never_end_a_message(stream));
        let mut peer =
            redhanded::raw::tungstenite::WebSocket::from_raw_socket(far, Role::Server, None);
        sender
            .send("through all of it", Delivery::Droppable)
            .unwrap();
        assert_eq!(peer.read().unwrap().to_string(), "through all of it");
        assert_eq!(receiver.close(Duration::from_millis(100)).unwrap(), []);
        drop(peer);
        talking.join().unwrap();
    });
}

fn works(server: &Server, client: &Client) {
    let receipt = client.send("after all", Delivery::Guaranteed).unwrap();
    let mut peer = server.accept();
    let reading = thread::spawn(move || rest(&mut peer));
    receipt.wait(PATIENCE).unwrap();
    assert_eq!(client.close(PATIENCE).unwrap(), []);
    assert_eq!(reading.join().unwrap(), ["after all"]);
}
