//! Two sockets are two wires, however similar they are. So are two streams whose sockets are not known.

use crate::streams::{BIG, Borrowing, PATIENCE, tcp};
use crate::{BOTH, big, drain, my_turn, server, small};
use redhanded::report::Report;
use redhanded::tungstenite::{Message, WebSocket};
use std::io::Read;
use std::sync::mpsc::channel;
use std::thread;

/// Lets both writers get stuck in sending [`big`], each on a socket of its own: both are inside their writes at once.
fn both_stuck(
    mut first_peer: impl Read,
    mut second_peer: impl Read,
    first: impl FnOnce() + Send,
    second: impl FnOnce() + Send,
) -> Vec<Report> {
    let watch = redhanded::watch();
    thread::scope(move |scope| {
        scope.spawn(first);
        scope.spawn(second);
        first_peer.read_exact(&mut [0]).unwrap();
        second_peer.read_exact(&mut [0]).unwrap();
        let open = redhanded::reports()
            .into_iter()
            .filter(|report| report.open);
        assert_eq!(open.collect::<Vec<_>>(), []);
        drain(first_peer, BIG as u64 + 9);
        drain(second_peer, BIG as u64 + 9);
    });
    watch.findings()
}

#[test]
fn two_connections_are_two_wires() {
    let _turn = my_turn();
    let ((one, one_peer), (other, other_peer)) = (tcp(), tcp());
    let (mut first, mut second) = (server(one), server(other));
    let found = both_stuck(
        one_peer,
        other_peer,
        || first.send(big()).unwrap(),
        || second.send(big()).unwrap(),
    );
    assert_eq!(found, []);
}

#[test]
fn the_two_ends_of_one_connection_are_two_wires() {
    let _turn = my_turn();
    let (one, other) = tcp();
    let (mut first, mut second) = (server(&one), server(&other));
    let found = both_stuck(
        &other,
        &one,
        || first.send(big()).unwrap(),
        || second.send(big()).unwrap(),
    );
    assert_eq!(found, []);
}

#[cfg(unix)]
#[test]
fn the_two_ends_of_a_pair_of_unix_streams_are_two_wires() {
    let _turn = my_turn();
    let (one, other) = crate::streams::unix();
    let (mut first, mut second) = (server(&one), server(&other));
    let found = both_stuck(
        &other,
        &one,
        || first.send(big()).unwrap(),
        || second.send(big()).unwrap(),
    );
    assert_eq!(found, []);
}

#[cfg(unix)]
#[test]
fn a_unix_stream_and_a_tcp_stream_are_two_wires() {
    let _turn = my_turn();
    let ((one, one_peer), (other, other_peer)) = (tcp(), crate::streams::unix());
    let (mut first, mut second) = (server(one), server(other));
    let found = both_stuck(
        one_peer,
        other_peer,
        || first.send(big()).unwrap(),
        || second.send(big()).unwrap(),
    );
    assert_eq!(found, []);
}

#[test]
fn a_stream_that_was_taken_out_is_not_followed() {
    let _turn = my_turn();
    let ((one, one_peer), (other, other_peer)) = (tcp(), tcp());
    let mut first = server(one.try_clone().unwrap());
    *first.get_mut() = other;
    let mut second = server(one);
    let found = both_stuck(
        other_peer,
        one_peer,
        || first.send(big()).unwrap(),
        || second.send(big()).unwrap(),
    );
    assert_eq!(found, []);
}

#[test]
fn connections_made_while_others_end_are_wires_of_their_own() {
    let _turn = my_turn();
    let mut before: Option<WebSocket<std::net::TcpStream>> = None;
    for _ in 0..20 {
        let (one, one_peer) = tcp();
        let mut first = server(one);
        drop(before.take());
        let (other, other_peer) = tcp();
        let mut second = server(other);
        let found = both_stuck(
            one_peer,
            other_peer,
            || first.send(big()).unwrap(),
            || second.send(big()).unwrap(),
        );
        assert_eq!(found, []);
        before = Some(second);
    }
}

#[test]
fn a_type_that_borrows_is_watched_and_a_wire_of_its_own() {
    let _turn = my_turn();
    let (socket, mut peer) = tcp();
    let (written_to, was_written_to) = channel();
    let borrowing = || Borrowing {
        tcp: &socket,
        written_to: &written_to,
    };
    let (mut first, mut second) = (server(borrowing()), server(borrowing()));
    let watch = redhanded::watch();
    thread::scope(|scope| {
        let first = scope.spawn(|| first.send(big()).unwrap());
        peer.read_exact(&mut [0]).unwrap();
        was_written_to.recv_timeout(PATIENCE).unwrap();
        let second = scope.spawn(|| second.send(small()).unwrap());
        was_written_to.recv_timeout(PATIENCE).unwrap();
        drain(&peer, BOTH - 1);
        first.join().unwrap();
        second.join().unwrap();
    });
    assert_eq!(
        watch.findings(),
        [],
        "it cannot be known that they share a socket"
    );
}

#[test]
fn streams_without_a_socket_are_wires_of_their_own() {
    let _turn = my_turn();
    let watch = redhanded::watch();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut socket = server(std::io::Cursor::new(Vec::new()));
                (0..1000).for_each(|_| socket.send(Message::text("text")).unwrap());
            });
        }
    });
    assert_eq!(watch.findings(), []);
}
