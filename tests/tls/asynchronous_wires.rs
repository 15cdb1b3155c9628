//! Objects of tokio-tungstenite and taps, above and below TLS: which wire they write to.

use crate::Server;
use crate::asynchronous::{block_on, echo, polled_socket_to};
use crate::stuck::BIG;
use crate::turns::my_turn;
use futures_util::sink::{Sink, SinkExt};
use futures_util::stream::StreamExt;
use redhanded::report::{Kind, Report};
use redhanded::tokio_tungstenite::{self, Connector, MaybeTlsStream, WebSocketStream};
use redhanded::tungstenite::Message;
use redhanded::tungstenite::protocol::Role;
use redhanded::{Tap, raw};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::{Context, Waker};
use tokio::net::TcpStream;

/// Sends a message of which only a part goes out, because the peer does not read.
fn send_a_part(socket: &mut (impl Sink<Message> + Unpin)) {
    let mut context = Context::from_waker(Waker::noop());
    assert!(
        Pin::new(&mut *socket)
            .start_send(Message::binary(vec![7; BIG]))
            .is_ok()
    );
    assert!(Pin::new(socket).poll_flush(&mut context).is_pending());
}

/// Offers a small message, whether the socket takes it all or not.
fn send_small(socket: &mut (impl Sink<Message> + Unpin)) {
    let mut context = Context::from_waker(Waker::noop());
    assert!(
        Pin::new(&mut *socket)
            .start_send(Message::text("small"))
            .is_ok()
    );
    let _ = Pin::new(socket).poll_flush(&mut context);
}

/// Reads and discards what is sent, until there is room for more.
async fn make_room(peer: &TcpStream, sender: &TcpStream) {
    let mut taken = vec![0; 64 << 10];
    let taking = async {
        loop {
            peer.readable().await.unwrap();
            let _ = peer.try_read(&mut taken);
        }
    };
    let is_there = async { sender.writable().await.unwrap() };
    futures_util::future::select(pin!(taking), pin!(is_there)).await;
}

/// The addresses of a socket: its own, and that of its peer.
fn ends(socket: &TcpStream) -> [SocketAddr; 2] {
    [socket.local_addr(), socket.peer_addr()].map(io::Result::unwrap)
}

/// Checks that there is one finding, on the wire between these addresses.
fn assert_one(reports: &[Report], operation: &str, [local, peer]: [SocketAddr; 2]) {
    let [report] = reports else {
        panic!("{} reports, not one: {reports:#?}", reports.len())
    };
    assert_eq!(
        (report.kind, report.count, report.open),
        (Kind::AbandonedWrite, 1, false),
        "{report}"
    );
    let seen: Vec<&str> = report
        .writers
        .iter()
        .map(|writer| writer.operation.as_str())
        .collect();
    assert_eq!(
        seen,
        [
            &format!("{operation} Binary 4 MiB"),
            &format!("{operation} Text 5 B")
        ],
        "{report}"
    );
    // Another test may have had the same finding on another wire before.
    let wire = report
        .samples
        .last()
        .map_or(&report.wire, |sample| &sample.wire);
    assert_eq!(
        (&wire.local, &wire.peer),
        (&Some(local.to_string()), &Some(peer.to_string()))
    );
}

#[test]
fn two_objects_above_the_encrypted_stream_of_a_client_share_the_wire_of_its_socket() {
    let _turn = my_turn();
    let server = Server::new();
    block_on(async {
        let accepting = async {
            let stream = server.encrypt(server.accept_socket().await.0).await;
            raw::tokio_tungstenite::accept_async(stream)
                .await
                .unwrap()
                .into_inner()
        };
        let connector = Some(Connector::Rustls(server.trusting()));
        let socket = polled_socket_to(&server);
        let connecting =
            tokio_tungstenite::client_async_tls_with_config(server.url(), socket, None, connector);
        let (peer, connected) = futures_util::future::join(accepting, connecting).await;
        let mut stream: MaybeTlsStream<TcpStream> = connected.unwrap().0.into_inner();
        let watch = redhanded::watch();
        let mut first = WebSocketStream::from_raw_socket(&mut stream, Role::Client, None).await;
        send_a_part(&mut first);
        drop(first);
        let mut second = WebSocketStream::from_raw_socket(&mut stream, Role::Client, None).await;
        make_room(peer.get_ref().0, second.get_ref().get_ref()).await;
        send_small(&mut second);
        assert_one(&watch.findings(), "send", ends(stream.get_ref()));
    });
}

#[test]
fn two_objects_above_the_encrypted_stream_of_a_server_share_the_wire_of_its_socket() {
    let _turn = my_turn();
    let server = Server::new();
    block_on(async {
        let (peer, mut stream, _) = server.pair(|socket| socket, |socket| socket).await;
        let watch = redhanded::watch();
        let mut first = WebSocketStream::from_raw_socket(&mut stream, Role::Server, None).await;
        send_a_part(&mut first);
        drop(first);
        let mut second = WebSocketStream::from_raw_socket(&mut stream, Role::Server, None).await;
        make_room(peer.get_ref().0, second.get_ref().get_ref().0).await;
        send_small(&mut second);
        assert_one(&watch.findings(), "send", ends(stream.get_ref().0));
    });
}

#[test]
fn a_tap_above_tls_sees_the_frames() {
    let _turn = my_turn();
    let server = Server::new();
    block_on(async {
        let (client, stream, _) = server.pair(|socket| socket, |socket| socket).await;
        let asking = raw::tokio_tungstenite::client_async(server.url(), client);
        let accepting = raw::tokio_tungstenite::accept_async(Tap::new(stream));
        let (peer, accepted) = futures_util::future::join(asking, accepting).await;
        let (peer, mut tap) = (peer.unwrap().0.into_inner(), accepted.unwrap().into_inner());
        let watch = redhanded::watch();
        let mut first =
            raw::tokio_tungstenite::WebSocketStream::from_raw_socket(&mut tap, Role::Server, None)
                .await;
        send_a_part(&mut first);
        drop(first);
        let mut second =
            raw::tokio_tungstenite::WebSocketStream::from_raw_socket(&mut tap, Role::Server, None)
                .await;
        make_room(peer.get_ref().0, second.get_ref().get_ref().get_ref().0).await;
        send_small(&mut second);
        let ends = ends(tap.get_ref().get_ref().0);
        // Until then, the writer of the first frame may come back with its rest.
        drop(tap);
        assert_one(&watch.findings(), "write", ends);
    });
}

#[test]
fn a_tap_below_tls_never_reports() {
    let _turn = my_turn();
    let server = Server::new();
    let watch = redhanded::watch();
    let before = redhanded::statistics();
    block_on(async {
        let (client, stream, beside) = server.pair(Tap::new, Tap::new).await;
        let serving = echo(stream);
        let asking = async {
            let (mut socket, _) = raw::tokio_tungstenite::client_async(server.url(), client)
                .await
                .unwrap();
            // Encrypted bytes can look like anything, including frames.
            for size in (0..300).chain([BIG]) {
                let message = Message::binary(vec![7; size]);
                socket.send(message.clone()).await.unwrap();
                assert_eq!(socket.next().await.unwrap().unwrap(), message);
            }
            socket.close(None).await.unwrap();
            while socket.next().await.is_some() {}
        };
        futures_util::future::join(serving, asking).await;
        drop(beside);

        // The tap also reports nothing when another writer writes into the encrypted bytes.
        let (peer, stream, beside) = server.pair(Tap::new, Tap::new).await;
        let mut below =
            raw::tokio_tungstenite::WebSocketStream::from_raw_socket(stream, Role::Server, None)
                .await;
        send_a_part(&mut below);
        make_room(
            peer.get_ref().0.get_ref(),
            below.get_ref().get_ref().0.get_ref(),
        )
        .await;
        Tap::new(beside).write_all(b"\x81\x05small").unwrap();
        assert!(
            Pin::new(&mut below)
                .poll_flush(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        );
    });
    watch.assert_clean();
    assert_eq!(redhanded::statistics(), before);
}
