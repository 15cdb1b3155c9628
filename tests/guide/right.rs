//! The right programs, each the counterpart of a wrong one.

use crate::common::peer::BIG;
use crate::common::{big_message, connection, start};
use crate::{
    cancelled_wait, clean, flushed, lock_per_message, lock_per_step, one_after_the_other,
    one_object, one_order, one_owner, split_and_channel,
};
use redhanded::raw::tungstenite as library;
use redhanded::sync::{Arc, Exclusive, Mutex};
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::{Data, OpCode};
use redhanded::tungstenite::{Error, Message, WebSocket};
use std::sync::mpsc::channel;
use std::thread;

#[test]
fn one_owner_and_a_channel() {
    clean("one_owner", || {
        let (socket, mut peer) = connection();
        let (sender, outgoing) = channel();
        let owner = start("owner", move || {
            let mut received = Vec::new();
            let ended = one_owner::own(socket, &outgoing, |message| received.push(message));
            (received, ended)
        });
        sender.send(Message::text("from a thread")).unwrap();
        sender.send(big_message()).unwrap();
        peer.sends(Role::Client, Message::text("to the owner"));
        peer.sends(Role::Client, Message::Ping("there?".into()));
        let header = 2 + "from a thread".len() + 10 + BIG;
        peer.takes(header);
        peer.sends(Role::Client, Message::Close(None));
        let messages = peer.takes_messages(Role::Client);
        let (received, ended) = owner.result();
        assert!(matches!(ended, Err(Error::ConnectionClosed)), "{ended:?}");
        assert!(received.contains(&Message::text("to the owner")));
        assert!(
            messages.contains(&Message::Pong("there?".into())) && messages.contains(&big_message())
        );
    });
}

#[test]
fn an_owner_closes_when_no_sender_is_left() {
    clean("one_owner", || {
        let (socket, peer) = connection();
        let (sender, outgoing) = channel();
        sender.send(Message::text("the last")).unwrap();
        drop(sender);
        let owner = start("owner", move || one_owner::own(socket, &outgoing, |_| {}));
        let peer = start("peer", move || {
            let mut peer = library::WebSocket::from_raw_socket(
                peer.stream,
                library::protocol::Role::Client,
                None,
            );
            std::iter::from_fn(|| peer.read().ok()).collect::<Vec<_>>()
        });
        assert!(matches!(owner.result(), Err(Error::ConnectionClosed)));
        assert_eq!(
            peer.result(),
            [
                library::Message::text("the last"),
                library::Message::Close(None)
            ]
        );
    });
}

#[test]
fn one_object_that_finishes_what_it_began() {
    clean("one_object", || {
        let (socket, peer) = connection();
        socket.set_nonblocking(true).unwrap();
        let mut websocket = WebSocket::from_raw_socket(socket, Role::Server, None);
        let messages = vec![big_message(), Message::text("busy"), Message::Close(None)];
        assert!(
            !one_object::forward(&mut websocket, messages).unwrap(),
            "the socket does not take all of it"
        );
        let peer = start("peer", move || peer.takes_messages(Role::Client));
        while !one_object::forward(&mut websocket, vec![]).unwrap() {
            thread::yield_now();
        }
        assert_eq!(
            peer.result(),
            [big_message(), Message::text("busy"), Message::Close(None)]
        );
    });
}

#[test]
fn a_lock_around_whole_messages() {
    let fragment =
        |data, is_final| Message::Frame(Frame::message(vec![7; 3], OpCode::Data(data), is_final));
    clean("lock_per_message", || {
        let (socket, peer) = connection();
        let connection = lock_per_message::Connection::new(WebSocket::from_raw_socket(
            socket,
            Role::Server,
            None,
        ));
        let peer = start("peer", move || peer.takes_messages(Role::Client));
        thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..20 {
                    let fragments = vec![
                        fragment(Data::Binary, false),
                        fragment(Data::Continue, true),
                    ];
                    connection.send_all(fragments).unwrap();
                }
            });
            scope.spawn(|| (0..20).for_each(|_| connection.send(Message::text("hello")).unwrap()));
        });
        connection.send(Message::Close(None)).unwrap();
        let messages = peer.result();
        let count = |wanted: Message| {
            messages
                .iter()
                .filter(|message| **message == wanted)
                .count()
        };
        assert_eq!(
            (
                count(Message::binary(vec![7; 6])),
                count(Message::text("hello"))
            ),
            (20, 20)
        );
    });
}

#[test]
fn a_wait_for_a_turn_that_is_given_up() {
    clean("cancelled_wait", || {
        let (socket, peer) = connection();
        socket.set_nonblocking(true).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let stream = redhanded::Tap::new(tokio::net::TcpStream::from_std(socket).unwrap());
            let server =
                fastwebsockets::WebSocket::after_handshake(stream, fastwebsockets::Role::Server);
            let (sender, outgoing) = tokio::sync::mpsc::channel(1);
            let owner = tokio::spawn(cancelled_wait::own(server, outgoing));
            let mut sent = 0;
            // The peer does not read. Sooner or later there is no room, and a caller gives up.
            while cancelled_wait::publish(&sender, vec![7; BIG]).await.is_ok() {
                sent += 1;
            }
            drop(sender);
            let reader = start("peer", move || {
                let mut peer = library::WebSocket::from_raw_socket(
                    peer.stream,
                    library::protocol::Role::Client,
                    None,
                );
                (0..)
                    .take_while(|_| {
                        peer.read()
                            .is_ok_and(|message| message == library::Message::binary(vec![7; BIG]))
                    })
                    .count()
            });
            owner.await.unwrap().unwrap();
            assert_eq!((reader.result(), sent > 0), (sent, true));
        });
    });
}

#[test]
fn a_use_that_waits_for_the_other_to_end() {
    clean("one_after_the_other", || {
        let (socket, mut peer) = connection();
        let websocket = Exclusive::new(WebSocket::from_raw_socket(socket, Role::Server, None));
        let peer = start("peer", move || peer.takes(10 + BIG + 2 + 5));
        one_after_the_other::upload_then_notice(&websocket, big_message(), Message::text("hello"))
            .unwrap();
        peer.result();
    });
}

#[test]
fn a_lock_that_is_released_between_reads() {
    clean("lock_per_step", || {
        let (socket, mut peer) = connection();
        let shared =
            lock_per_step::share(WebSocket::from_raw_socket(socket, Role::Server, None)).unwrap();
        let reading = shared.clone();
        let reader = start("reader", move || lock_per_step::read(&reading));
        // The peer sends nothing until it has read what was sent beside the reader.
        lock_per_step::send(&shared, Message::text("hello")).unwrap();
        peer.takes(2 + 5);
        peer.sends(Role::Client, Message::text("at last"));
        assert_eq!(reader.result().unwrap(), Message::text("at last"));
    });
}

#[test]
fn messages_that_are_flushed() {
    clean("flushed", || {
        let (socket, mut peer) = connection();
        let mut websocket = WebSocket::from_raw_socket(socket, Role::Server, None);
        flushed::publish(&mut websocket, &["1.00", "1.01"]).unwrap();
        peer.takes(2 * (2 + 4));
    });
}

#[test]
fn two_locks_in_one_order() {
    clean("one_order", || {
        let (room, connection) = (Arc::new(Mutex::new(vec![])), Arc::new(Mutex::new(vec![])));
        thread::scope(|scope| {
            scope.spawn(|| (0..100).for_each(|_| one_order::join(&room, &connection)));
            scope.spawn(|| (0..100).for_each(|_| one_order::leave(&room, &connection)));
        });
        one_order::leave(&room, &connection);
        assert!(room.lock().unwrap().is_empty() && connection.lock().unwrap().is_empty());
    });
}

#[test]
fn a_split_and_a_channel() {
    use redhanded::tokio_tungstenite::WebSocketStream;
    clean("split_and_channel", || {
        let (socket, peer) = connection();
        socket.set_nonblocking(true).unwrap();
        let peer = start("peer", move || {
            let mut peer = library::WebSocket::from_raw_socket(
                peer.stream,
                library::protocol::Role::Client,
                None,
            );
            for text in ["one", "two", "three"] {
                peer.write(library::Message::text(text)).unwrap();
            }
            peer.send(library::Message::Ping("there?".into())).unwrap();
            let mut received = Vec::new();
            while let Ok(message) = peer.read() {
                received.push(message);
            }
            received
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let received = runtime.block_on(async move {
            let stream = tokio::net::TcpStream::from_std(socket).unwrap();
            let websocket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
            let (sender, outgoing) = tokio::sync::mpsc::channel(4);
            sender.send(Message::text("to the peer")).await.unwrap();
            drop(sender);
            split_and_channel::own(websocket, outgoing).await.unwrap()
        });
        assert_eq!(received, 3);
        assert!(
            peer.result()
                .contains(&library::Message::text("to the peer"))
        );
    });
}

#[test]
fn a_split_ends_when_the_peer_closes_while_senders_are_left() {
    use redhanded::tokio_tungstenite::WebSocketStream;
    clean("split_and_channel", || {
        let (socket, peer) = connection();
        socket.set_nonblocking(true).unwrap();
        let peer = start("peer", move || {
            let mut peer = library::WebSocket::from_raw_socket(
                peer.stream,
                library::protocol::Role::Client,
                None,
            );
            peer.close(None).unwrap();
            while peer.read().is_ok() {}
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let (sender, outgoing) = tokio::sync::mpsc::channel(4);
        let received = runtime.block_on(async move {
            let stream = tokio::net::TcpStream::from_std(socket).unwrap();
            let websocket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
            split_and_channel::own(websocket, outgoing).await.unwrap()
        });
        assert_eq!((received, sender.is_closed()), (0, true));
        peer.result();
    });
}
