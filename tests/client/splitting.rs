//! A connection that is split, and put together again.

use crate::peer::{PATIENCE, Server, impatient, next, rest, run};
use redhanded::raw;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::stream::MaybeTlsStream;
use redhanded::tungstenite::{Message, WebSocket, accept, connect};
use redhanded_client::error::{ConnectionError, ReceiptError};
use redhanded_client::{
    Delivery, Options, Overflow, Receiver, ReuniteError, Sender, reunite, split, split_with,
};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

type Peer = raw::tungstenite::WebSocket<TcpStream>;

/// An accepted connection, and its peer.
fn accepted() -> (WebSocket<TcpStream>, Peer) {
    let server = Server::new();
    let (url, address) = (server.url(), server.address());
    let connecting = thread::spawn(move || {
        let socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        raw::tungstenite::client(url, socket).unwrap().0
    });
    (
        accept(server.accept_socket()).unwrap(),
        connecting.join().unwrap(),
    )
}

fn split_pair() -> (Sender, Receiver<TcpStream>, Peer) {
    let (websocket, peer) = accepted();
    let (sender, receiver) = split(websocket).unwrap();
    (sender, receiver, peer)
}

#[test]
fn reading_blocks_no_sender() {
    run(|| {
        let (sender, mut receiver, mut peer) = split_pair();
        let receiving = thread::spawn(move || receiver.recv().unwrap());
        let senders: Vec<_> = (0..4).map(|_| sender.clone()).collect();
        thread::scope(|scope| {
            for sender in &senders {
                scope.spawn(|| {
                    (0..100).for_each(|_| drop(sender.send("hello", Delivery::Guaranteed).unwrap()))
                });
            }
            (0..400).for_each(|_| assert_eq!(next(&mut peer), Message::text("hello")));
        });
        peer.send(Message::text("thanks")).unwrap();
        assert_eq!(receiving.join().unwrap(), Message::text("thanks"));
        drop((sender, senders));
        assert_eq!(rest(&mut peer), [""; 0], "both halves are gone");
    });
}

#[test]
fn pings_are_answered_without_a_read_or_a_send() {
    run(|| {
        let (_sender, _receiver, mut peer) = split_pair();
        for number in 0..10u8 {
            peer.send(Message::Ping(vec![number].into())).unwrap();
            assert_eq!(peer.read().unwrap(), Message::Pong(vec![number].into()));
        }
    });
}

#[test]
fn a_connection_that_was_made_is_split_as_well() {
    run(|| {
        let server = Server::new();
        let url = server.url();
        let connecting = thread::spawn(move || connect(url).unwrap().0);
        let mut peer = server.accept();
        let websocket: WebSocket<MaybeTlsStream<TcpStream>> = connecting.join().unwrap();
        let (sender, mut receiver) = split(websocket).unwrap();
        sender.send("there", Delivery::Droppable).unwrap();
        assert_eq!(next(&mut peer), Message::text("there"));
        peer.send(Message::text("and back")).unwrap();
        assert_eq!(receiver.recv().unwrap(), Message::text("and back"));
    });
}

#[test]
fn unix_sockets_are_split_as_well() {
    run(|| {
        let (near, far) = UnixStream::pair().unwrap();
        far.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut peer = raw::tungstenite::WebSocket::from_raw_socket(far, Role::Client, None);
        let (sender, mut receiver) =
            split(WebSocket::from_raw_socket(near, Role::Server, None)).unwrap();
        sender.send("there", Delivery::Droppable).unwrap();
        assert_eq!(peer.read().unwrap(), Message::text("there"));
        peer.send(Message::text("and back")).unwrap();
        assert_eq!(receiver.recv().unwrap(), Message::text("and back"));
        let mut whole = reunite(sender, receiver).unwrap().websocket;
        whole.send(Message::text("whole again")).unwrap();
        assert_eq!(peer.read().unwrap(), Message::text("whole again"));
    });
}

#[test]
fn a_reunited_connection_has_everything_and_blocks_again() {
    run(|| {
        let (sender, receiver, mut peer) = split_pair();
        let clone = sender.clone();
        peer.send(Message::text("unread")).unwrap();
        peer.send(Message::Ping(vec![1].into())).unwrap();
        assert!(peer.read().unwrap().is_pong(), "what came before is read");
        // It is more than goes out at once, and the peer does not read.
        let count = 200;
        (0..count).for_each(|_| {
            drop(
                sender
                    .send(vec![7; 64 << 10], Delivery::Guaranteed)
                    .unwrap(),
            )
        });
        let reunited = reunite(sender, receiver).unwrap();
        assert_eq!(reunited.unread, [Message::text("unread")]);
        assert!(clone.send("too late", Delivery::Droppable).is_err());
        let reading = thread::spawn(move || {
            (0..count)
                .for_each(|_| assert_eq!(next(&mut peer), Message::binary(vec![7; 64 << 10])));
            peer.send(Message::text("all of it")).unwrap();
            peer
        });
        let mut websocket = reunited.websocket;
        websocket.flush().unwrap();
        let answer = loop {
            let message = websocket.read().unwrap();
            if message.is_text() {
                break message;
            }
        };
        assert_eq!(answer, Message::text("all of it"));
        drop(reading.join().unwrap());
    });
}

#[test]
fn halves_of_two_connections_are_not_put_together() {
    run(|| {
        let (one, one_receiver, mut peer) = split_pair();
        let (_other, other_receiver, _other_peer) = split_pair();
        let Err(ReuniteError::DifferentConnections(halves)) = reunite(one, other_receiver) else {
            panic!("they are of two connections")
        };
        halves.0.send("both go on", Delivery::Droppable).unwrap();
        assert_eq!(next(&mut peer), Message::text("both go on"));
        drop(one_receiver);
    });
}

#[test]
fn a_connection_that_has_ended_is_not_put_together() {
    run(|| {
        let (sender, mut receiver, peer) = split_pair();
        drop(peer);
        let why = receiver.recv().unwrap_err();
        assert!(matches!(why, ConnectionError::Lost(_)), "{why:?}");
        assert!(
            matches!(receiver.recv().unwrap_err(), ConnectionError::Lost(_)),
            "and says so again"
        );
        assert!(matches!(
            reunite(sender, receiver),
            Err(ReuniteError::Ended { .. })
        ));
    });
}

#[test]
fn what_is_left_of_an_ended_connection_is_given_back() {
    run(|| {
        let (sender, receiver, mut peer) = split_pair();
        let receipt = sender
            .send("never confirmed", Delivery::Guaranteed)
            .unwrap();
        peer.send(Message::text("unread")).unwrap();
        // The peer reads nothing, so it answers no ping.
        peer.close(None).unwrap();
        assert_eq!(receipt.wait(PATIENCE), Err(ReceiptError::Ended));
        let Err(ReuniteError::Ended {
            unread,
            unconfirmed,
        }) = reunite(sender, receiver)
        else {
            panic!("it has ended")
        };
        assert_eq!(
            (unread, unconfirmed),
            (
                vec![Message::text("unread")],
                vec![Message::text("never confirmed")]
            )
        );
    });
}

#[test]
fn a_receiver_that_is_dropped_blocks_no_sender() {
    run(|| {
        let options = Options::default()
            .overflow(Overflow::Wait)
            .inbox_messages(1);
        let (websocket, mut peer) = accepted();
        let (sender, receiver) = split_with(websocket, options).unwrap();
        drop(receiver);
        (0..1_000).for_each(|_| peer.send(Message::text("not taken")).unwrap());
        let receipt = sender.send("still there", Delivery::Guaranteed).unwrap();
        let reading = thread::spawn(move || rest(&mut peer));
        receipt.wait(PATIENCE).unwrap();
        drop(sender);
        assert_eq!(reading.join().unwrap(), ["still there"]);
    });
}

#[test]
fn nothing_is_lost_when_the_receiver_is_slow_and_sending_goes_on() {
    run(|| {
        let options = impatient().overflow(Overflow::Wait).inbox_messages(10);
        let (websocket, mut peer) = accepted();
        let (sender, mut receiver) = split_with(websocket, options).unwrap();
        // It is more than the sockets hold, so the peer's sends get stuck.
        let (count, size) = (400, 64 << 10);
        let mut outgoing = peer.get_ref().try_clone().unwrap();
        let talking = thread::spawn(move || {
            let mut frame = Vec::from([0x82, 0xff]);
            frame.extend((size as u64).to_be_bytes());
            frame.extend([0; 4]);
            frame.resize(frame.len() + size, 7);
            (0..count).for_each(|_| std::io::Write::write_all(&mut outgoing, &frame).unwrap());
        });
        sender.send("meanwhile", Delivery::Droppable).unwrap();
        assert_eq!(next(&mut peer), Message::text("meanwhile"));
        // This is longer than a peer may be silent. But it is this side that does not read.
        assert!(
            sender
                .send("later", Delivery::Guaranteed)
                .unwrap()
                .wait(Duration::from_millis(400))
                .is_err()
        );
        assert_eq!(next(&mut peer), Message::text("later"));
        assert!(!talking.is_finished());
        (0..count).for_each(|_| assert_eq!(receiver.recv().unwrap().len(), size));
        talking.join().unwrap();
        drop(peer);
    });
}

#[test]
fn a_peer_that_is_stuck_because_nothing_is_received_is_not_dead() {
    run(|| {
        // It is more than the sockets hold, in both directions.
        let (count, size) = (14, 1 << 20);
        let options = impatient().overflow(Overflow::Wait).inbox_messages(1);
        let (websocket, mut peer) = accepted();
        let (sender, mut receiver) = split_with(websocket, options).unwrap();
        let talking = thread::spawn(move || {
            (0..count).for_each(|_| peer.send(Message::binary(vec![7; size])).unwrap());
            (0..count).for_each(|_| assert_eq!(next(&mut peer).len(), size));
            rest(&mut peer)
        });
        let send = |_| sender.send(vec![7; size], Delivery::Guaranteed).unwrap();
        let receipts: Vec<_> = (0..count).map(send).collect();
        let last = receipts.last().unwrap();
        // This is longer than a peer may take nothing.
        assert!(last.wait(Duration::from_millis(400)).is_err());
        (0..count).for_each(|_| assert_eq!(receiver.recv().unwrap().len(), size));
        last.wait(PATIENCE).unwrap();
        drop((sender, receiver));
        assert_eq!(talking.join().unwrap(), [""; 0]);
    });
}

#[test]
fn the_receiver_is_an_iterator_until_the_peer_closes() {
    run(|| {
        let (sender, receiver, mut peer) = split_pair();
        ["a", "b", "c"]
            .iter()
            .for_each(|text| peer.send(Message::text(*text)).unwrap());
        peer.close(None).unwrap();
        let closing = thread::spawn(move || while peer.read().is_ok() {});
        assert_eq!(
            receiver
                .map(|message| message.to_string())
                .collect::<Vec<_>>(),
            ["a", "b", "c"]
        );
        closing.join().unwrap();
        assert!(sender.send("too late", Delivery::Droppable).is_err());
    });
}

#[test]
fn a_receiver_that_closes_does_not_wait_for_a_sender_that_gave_more_time() {
    run(|| {
        let (sender, receiver, _peer) = split_pair();
        sender.send("never read", Delivery::Guaranteed).unwrap();
        sender.close(PATIENCE * 1_000);
        assert_eq!(
            receiver.close(Duration::from_millis(50)).unwrap(),
            [Message::text("never read")]
        );
    });
}

#[test]
fn what_a_sender_closes_in_time_is_delivered_though_both_halves_are_gone() {
    run(|| {
        let (sender, receiver, mut peer) = split_pair();
        // It is more than goes out at once.
        let count = 14;
        (0..count).for_each(|_| drop(sender.send(vec![7; 1 << 20], Delivery::Guaranteed).unwrap()));
        sender.close(PATIENCE);
        drop((sender, receiver));
        (0..count).for_each(|_| assert_eq!(next(&mut peer).len(), 1 << 20));
        assert_eq!(rest(&mut peer), [""; 0]);
    });
}

#[test]
fn what_is_not_confirmed_is_given_back() {
    run(|| {
        let (sender, receiver, peer) = split_pair();
        sender.send("never read", Delivery::Guaranteed).unwrap();
        drop(peer);
        assert_eq!(
            receiver.close(PATIENCE).unwrap(),
            [Message::text("never read")]
        );
        drop(sender);
    });
}
