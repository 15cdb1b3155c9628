//! The recipes: right programs that have no wrong counterpart.

use crate::asynchronous::on_one_thread;
use crate::common::{big_message, connection, start};
use crate::{
    bounded_queue, clean, closing, deadline, keepalive, known_stream, plain, settle, tapped_hyper,
    tapped_smol, until,
};
use redhanded::report::{Kind, Report, Writer};
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::{Data, OpCode};
use redhanded::tungstenite::{Error, Message, WebSocket};
use std::io::Write;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

#[test]
fn a_queue_that_drops_messages_without_room() {
    clean("bounded_queue", || {
        let (sender, outgoing) = sync_channel(1);
        assert_eq!(
            bounded_queue::offer(&sender, Message::text("1.00")),
            Ok(true)
        );
        assert_eq!(
            bounded_queue::offer(&sender, Message::text("1.01")),
            Ok(false)
        );
        assert_eq!(outgoing.recv().unwrap(), Message::text("1.00"));
        drop(outgoing);
        assert_eq!(
            bounded_queue::offer(&sender, Message::text("1.02")),
            Err(Message::text("1.02"))
        );
    });
}

#[test]
fn a_deadline_holds_for_every_clone_of_the_socket() {
    clean("deadline", || {
        let (socket, mut peer) = connection();
        let mut clone = socket.try_clone().unwrap();
        let mut websocket = WebSocket::from_raw_socket(socket, Role::Server, None);
        let patience = Duration::from_millis(20);
        let sent = deadline::send_within(&mut websocket, big_message(), patience);
        assert!(matches!(sent, Err(Error::Io(_))), "the peer does not read");
        assert_eq!(
            clone.write_timeout().unwrap(),
            Some(patience),
            "it was set through another clone"
        );
        assert!(
            clone.write_all(b"anything").is_err(),
            "the connection was given up"
        );
        peer.sees_a_byte();
    });
}

#[test]
fn a_supervisor_that_shuts_down() {
    clean("closing", || {
        let (socket, mut peer) = connection();
        let (upload, end) = closing::start(socket, big_message()).unwrap();
        peer.sees_a_byte();
        end().unwrap();
        assert!(
            upload.join().unwrap().is_err(),
            "the upload was stuck, and ends"
        );
    });
}

#[test]
fn pings_in_turn_until_the_peer_is_silent() {
    clean("keepalive", || {
        let (socket, peer) = connection();
        let mut websocket = WebSocket::from_raw_socket(socket, Role::Server, None);
        let peer = start("peer", move || {
            let mut peer = plain(peer);
            let ping = peer.read().unwrap();
            peer.flush().unwrap();
            // From here on the peer sends nothing more, and the connection stays open.
            (ping, peer)
        });
        keepalive::watch(&mut websocket, Duration::from_millis(20)).unwrap();
        assert!(peer.result().0.is_ping());
    });
}

#[test]
fn a_users_own_stream_type_is_made_known() {
    known_stream::make_known();
    clean("known_stream", || {
        let (socket, mut peer) = connection();
        let stream = known_stream::Counted {
            tcp: socket,
            written: 0,
        };
        let mut websocket = WebSocket::from_raw_socket(stream, Role::Server, None);
        websocket.send(Message::text("hello")).unwrap();
        peer.takes(2 + 5);
        assert_eq!(websocket.get_ref().written, 7);
    });
}

#[test]
fn two_objects_on_a_users_own_stream_are_on_one_wire() {
    known_stream::make_known();
    settle();
    let (socket, mut peer) = connection();
    let object = |tcp| {
        WebSocket::from_raw_socket(
            known_stream::Counted { tcp, written: 0 },
            Role::Server,
            None,
        )
    };
    let [mut first, mut second] = [socket.try_clone().unwrap(), socket].map(object);
    first
        .send(Message::Frame(Frame::message(
            "the first",
            OpCode::Data(Data::Text),
            false,
        )))
        .unwrap();
    second.send(Message::text("hello")).unwrap();
    peer.takes(2 + 9 + 2 + 5);
    until("the torn message", || {
        let is_here = |writer: &Writer| {
            writer
                .call_site
                .as_ref()
                .is_some_and(|site| site.file.ends_with("recipes.rs"))
        };
        let is_found = |report: &Report| {
            report.kind == Kind::TornMessage && report.writers.iter().all(is_here)
        };
        redhanded::reports().iter().any(is_found).then_some(())
    });
}

#[test]
fn a_tap_below_hyper() {
    clean("tapped_hyper", || {
        on_one_thread(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let (client, accepted) = tokio::join!(
                tokio::net::TcpStream::connect(address),
                tapped_hyper::accept(&listener)
            );
            let tap = accepted.unwrap().into_inner();
            assert_eq!(
                tap.get_ref().peer_addr().unwrap(),
                client.unwrap().local_addr().unwrap()
            );
        });
    });
}

#[test]
fn a_tap_on_smol() {
    use smol::io::AsyncWriteExt;
    clean("tapped_smol", || {
        smol::block_on(async {
            let listener = smol::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let mut tap = tapped_smol::connect(listener.local_addr().unwrap())
                .await
                .unwrap();
            let (_peer, _) = listener.accept().await.unwrap();
            tap.write_all(b"\x82\x01a").await.unwrap();
            tap.flush().await.unwrap();
        });
    });
}

#[test]
fn two_taps_on_clones_of_a_stream_of_smol_are_on_one_wire() {
    use smol::io::AsyncWriteExt;
    settle();
    smol::block_on(async {
        let listener = smol::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut first = tapped_smol::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (_peer, _) = listener.accept().await.unwrap();
        let mut second = redhanded::Tap::new(first.get_ref().clone());
        // A whole frame whose length cannot fit by chance: the tap is certain from here on.
        let whole = [b"\x82\x7e\x00\x80".as_slice(), &[b'a'; 128]].concat();
        first.write_all(&whole).await.unwrap();
        first.write_all(b"\x82\x04ab").await.unwrap();
        second.write_all(b"\x89\x00").await.unwrap();
    });
    until("the torn frame", || {
        let is_of_taps = |writer: &Writer| writer.operation.starts_with("write ");
        let is_found = |report: &Report| {
            report.kind == Kind::TornFrame && report.writers.iter().all(is_of_taps)
        };
        redhanded::reports().iter().any(is_found).then_some(())
    });
}
