//! Hundreds of connections are opened, handed from thread to thread, wrapped anew and closed, all at once.
//!
//! Ports and descriptors are used again within microseconds. A detector that remembers a socket by them for too
//! long takes two connections for one, and accuses two writers that never met.

use crate::common::{Peer, connection, start};
use crate::never_accused;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, WebSocket};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier};

const THREADS: usize = 8;
const CONNECTIONS: usize = 6;

type Parcel = (TcpStream, Peer<TcpStream>);

/// Opens connections and passes them on. Closes the connections that other threads pass on.
fn work(next: &Sender<Parcel>, from_others: &Receiver<Parcel>) {
    for _ in 0..CONNECTIONS {
        let (socket, peer) = connection();
        let clone = socket.try_clone().unwrap();
        let mut first = WebSocket::from_raw_socket(socket, Role::Server, None);
        first.send(Message::text("one")).unwrap();
        let mut second = WebSocket::from_raw_socket(clone, Role::Server, None);
        second.send(Message::text("two")).unwrap();
        drop(first);
        // A thread may write as soon as it has the stream. There is no other handle that could still have the wire.
        next.send((second.into_inner(), peer)).unwrap();

        let (socket, peer) = from_others.recv().unwrap();
        let mut third = WebSocket::from_raw_socket(socket, Role::Server, None);
        third.send(Message::text("three")).unwrap();
        third.close(None).unwrap();
        drop(third);
        let all = ["one", "two", "three"]
            .map(Message::text)
            .into_iter()
            .chain([Message::Close(None)]);
        assert!(peer.takes_messages(Role::Client).into_iter().eq(all));
    }
}

fn program() {
    let start_line = Arc::new(Barrier::new(THREADS));
    let (mut nexts, ways): (Vec<_>, Vec<_>) = (0..THREADS).map(|_| channel()).unzip();
    nexts.rotate_left(1);
    let workers: Vec<_> = nexts
        .into_iter()
        .zip(ways)
        .map(|(next, from_others)| {
            let start_line = start_line.clone();
            start("worker", move || {
                start_line.wait();
                work(&next, &from_others);
                // These are kept until all threads are done: a thread that passes on does not check whether the next has ended.
                (next, from_others)
            })
        })
        .collect();
    let ends: Vec<_> = workers.into_iter().map(|worker| worker.result()).collect();
    assert_eq!(ends.len(), THREADS);
}

#[test]
fn connections_that_are_closed_and_wrapped_anew_are_not_accused() {
    never_accused(program);
}
