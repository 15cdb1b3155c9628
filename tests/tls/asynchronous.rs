//! The same for streams of tokio, and a tap on either side of TLS.

use crate::{BIG, PATIENCE, Server, fail, my_turn, socket_to, tighten};
use futures_util::sink::{Sink, SinkExt};
use futures_util::stream::StreamExt;
use redhanded::report::{Kind, Report};
use redhanded::tokio_tungstenite::{self, Connector, MaybeTlsStream, WebSocketStream};
use redhanded::tungstenite::Message;
use redhanded::tungstenite::client::IntoClientRequest;
use redhanded::tungstenite::handshake::client::Request;
use redhanded::tungstenite::protocol::Role;
use redhanded::{Tap, raw};
use std::future::Future;
use std::io::{self, Write};
use std::net::{self, SocketAddr};
use std::pin::{Pin, pin};
use std::task::{Context, Waker};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

/// Runs all of a test, which must not take for ever.
fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        tokio::time::timeout(PATIENCE, future)
            .await
            .expect("it takes for ever")
    })
}

impl Server {
    /// Accepts a socket of tokio, and gives another object for it.
    async fn accept_socket(&self) -> (TcpStream, net::TcpStream) {
        let listener = self.listener.try_clone().unwrap();
        listener.set_nonblocking(true).unwrap();
        let (socket, _) = TcpListener::from_std(listener)
            .unwrap()
            .accept()
            .await
            .unwrap();
        let socket = socket.into_std().unwrap();
        tighten(&socket);
        (
            TcpStream::from_std(socket.try_clone().unwrap()).unwrap(),
            socket,
        )
    }

    async fn encrypt<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> server::TlsStream<S> {
        TlsAcceptor::from(self.config.clone())
            .accept(stream)
            .await
            .unwrap()
    }

    /// The two ends of an encrypted connection, each above what is put round its socket, and another object for the
    /// server's socket.
    async fn pair<C, S>(
        &self,
        round_client: impl FnOnce(TcpStream) -> C,
        round_server: impl FnOnce(TcpStream) -> S,
    ) -> (client::TlsStream<C>, server::TlsStream<S>, net::TcpStream)
    where
        C: AsyncRead + AsyncWrite + Unpin,
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let connecting = async {
            let connector = TlsConnector::from(self.trusting());
            connector
                .connect(
                    "localhost".try_into().unwrap(),
                    round_client(polled_socket_to(self)),
                )
                .await
                .unwrap()
        };
        let accepting = async {
            let (socket, beside) = self.accept_socket().await;
            (self.encrypt(round_server(socket)).await, beside)
        };
        let (client, (server, beside)) = futures_util::future::join(connecting, accepting).await;
        (client, server, beside)
    }
}

fn polled_socket_to(server: &Server) -> TcpStream {
    let socket = socket_to(server);
    socket.set_nonblocking(true).unwrap();
    TcpStream::from_std(socket).unwrap()
}

/// Echoes until the other side closes.
async fn echo<S: AsyncRead + AsyncWrite + Unpin>(stream: S) {
    let mut socket = raw::tokio_tungstenite::accept_async(stream).await.unwrap();
    while let Some(message) = socket.next().await {
        match message.unwrap() {
            Message::Close(_) => {}
            message => socket.send(message).await.unwrap(),
        }
    }
    socket.into_inner().shutdown().await.unwrap();
}

#[test]
fn a_connection_over_tls_carries_messages() {
    let _turn = my_turn();
    let server = Server::new();
    let connector = || Some(Connector::Rustls(server.trusting()));
    block_on(async {
        let serving = async { echo(server.encrypt(server.accept_socket().await.0).await).await };
        let asking = async {
            let (mut socket, response) = tokio_tungstenite::connect_async_tls_with_config(
                server.url(),
                None,
                true,
                connector(),
            )
            .await
            .unwrap();
            assert_eq!(response.status(), 101);
            let MaybeTlsStream::Rustls(stream) = socket.get_ref() else {
                panic!("TLS was asked for")
            };
            assert!(stream.get_ref().0.nodelay().unwrap());
            assert_eq!(
                socket.get_ref().get_ref().peer_addr().unwrap(),
                server.address()
            );
            socket.send(Message::text("over TLS")).await.unwrap();
            assert_eq!(
                socket.next().await.unwrap().unwrap(),
                Message::text("over TLS")
            );
            socket.close(None).await.unwrap();
            assert!(socket.next().await.unwrap().unwrap().is_close());
            assert!(socket.next().await.is_none());
        };
        futures_util::future::join(serving, asking).await;
    });
}

#[test]
fn a_plain_url_stays_plain_whatever_the_connector() {
    let _turn = my_turn();
    let server = Server::new();
    for connector in [
        None,
        Some(Connector::Plain),
        Some(Connector::Rustls(server.trusting())),
    ] {
        block_on(async {
            let accepting = async {
                raw::tokio_tungstenite::accept_async(server.accept_socket().await.0)
                    .await
                    .unwrap()
            };
            let url = server.url().replace("wss:", "ws:");
            let connecting =
                tokio_tungstenite::connect_async_tls_with_config(url, None, false, connector);
            let (_, connected) = futures_util::future::join(accepting, connecting).await;
            assert!(matches!(
                connected.unwrap().0.get_ref(),
                MaybeTlsStream::Plain(_)
            ));
        });
    }
}

/// What comes of a failing connection, as a program sees it, and what upstream makes of the same.
macro_rules! failures {
    ($server:expr, $lib:ident => $connect:expr) => {{
        let seen =
            |error: &dyn std::error::Error| format!("{error}\n{error:?}\n{:?}", error.source());
        let ours = {
            use redhanded::tokio_tungstenite as $lib;
            let served = $server.serve_once(fail);
            let error = block_on(async { $connect.await.unwrap_err() });
            served.join().unwrap();
            seen(&error)
        };
        let theirs = {
            use redhanded::raw::tokio_tungstenite as $lib;
            let served = $server.serve_once(fail);
            let error = block_on(async { $connect.await.unwrap_err() });
            served.join().unwrap();
            seen(&error)
        };
        assert_eq!(ours, theirs);
        ours
    }};
}

#[test]
fn a_certificate_that_is_not_trusted_gives_the_same_error() {
    let _turn = my_turn();
    let (server, another) = (Server::new(), Server::new());
    let seen = failures!(server, lib => {
        let connector = Some(lib::Connector::Rustls(another.trusting()));
        lib::connect_async_tls_with_config(server.url(), None, false, connector)
    });
    assert!(seen.contains("certificate"), "{seen}");
    let seen = failures!(server, lib => {
        let connector = Some(lib::Connector::Rustls(server.trusting()));
        let url = server.url().replace("localhost", "127.0.0.1");
        lib::client_async_tls_with_config(url, polled_socket_to(&server), None, connector)
    });
    assert!(seen.contains("certificate"), "of another name: {seen}");
}

#[test]
fn the_default_connector_trusts_no_certificate_of_ones_own() {
    let _turn = my_turn();
    let server = Server::new();
    let seen = failures!(server, lib => lib::connect_async(server.url()));
    assert!(seen.contains("certificate"), "{seen}");
    failures!(server, lib => lib::client_async_tls(server.url(), polled_socket_to(&server)));
}

#[test]
fn what_cannot_be_encrypted_for_gives_the_same_error() {
    let _turn = my_turn();
    let server = Server::new();
    for url in ["wss://not_a_name-/", "http://localhost/"] {
        for connector in [false, true] {
            failures!(server, lib => {
                let connector = connector.then_some(lib::Connector::Plain);
                let request: Request = url.into_client_request().unwrap();
                lib::client_async_tls_with_config(request, polled_socket_to(&server), None, connector)
            });
        }
    }
}

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

/// Takes what is sent, whatever it is, until there is room for more.
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

/// One finding, on the wire between these two.
fn assert_one(reports: &[Report], operation: &str, socket: &TcpStream) {
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
    let address = |address: io::Result<SocketAddr>| Some(address.unwrap().to_string());
    // Another test may have found the same on another wire before.
    let wire = report
        .samples
        .last()
        .map_or(&report.wire, |sample| &sample.wire);
    assert_eq!(
        (&wire.local, &wire.peer),
        (&address(socket.local_addr()), &address(socket.peer_addr()))
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
        assert_one(&watch.findings(), "send", stream.get_ref());
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
        assert_one(&watch.findings(), "send", stream.get_ref().0);
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
        assert_one(&watch.findings(), "write", tap.get_ref().get_ref().0);
    });
}

#[test]
fn a_tap_below_tls_stays_silent_for_ever() {
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
            // What is encrypted looks like anything, frames included.
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

        // Nor does it when another writer writes in the middle of what is encrypted.
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
