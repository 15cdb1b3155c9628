//! The same as `tls.rs` for streams of tokio: connections that work, and connections that fail.

use crate::{PATIENCE, Server, fail, my_turn, socket_to, tighten};
use futures_util::sink::SinkExt;
use futures_util::stream::StreamExt;
use redhanded::raw;
use redhanded::tokio_tungstenite::{self, Connector, MaybeTlsStream};
use redhanded::tungstenite::Message;
use redhanded::tungstenite::client::IntoClientRequest;
use redhanded::tungstenite::handshake::client::Request;
use std::future::Future;
use std::net;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};

/// Runs a test with a time limit.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
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
    /// Accepts a socket of tokio, and returns a second handle on it.
    pub(crate) async fn accept_socket(&self) -> (TcpStream, net::TcpStream) {
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

    pub(crate) async fn encrypt<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> server::TlsStream<S> {
        TlsAcceptor::from(self.config.clone())
            .accept(stream)
            .await
            .unwrap()
    }

    /// The two ends of an encrypted connection, each above a wrapper of its socket, and a second handle on the server's
    /// socket.
    pub(crate) async fn pair<C, S>(
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

pub(crate) fn polled_socket_to(server: &Server) -> TcpStream {
    let socket = socket_to(server);
    socket.set_nonblocking(true).unwrap();
    TcpStream::from_std(socket).unwrap()
}

/// Echoes until the other side closes.
pub(crate) async fn echo<S: AsyncRead + AsyncWrite + Unpin>(stream: S) {
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

/// The error of a failing connection, as a program sees it. Checks that upstream gives the same one.
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
fn the_default_connector_trusts_no_self_signed_certificate() {
    let _turn = my_turn();
    let server = Server::new();
    let seen = failures!(server, lib => lib::connect_async(server.url()));
    assert!(seen.contains("certificate"), "{seen}");
    failures!(server, lib => lib::client_async_tls(server.url(), polled_socket_to(&server)));
}

#[test]
fn an_address_without_possible_encryption_gives_the_same_error() {
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
