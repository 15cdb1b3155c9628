//! What tokio-tungstenite 0.30 has beside the rest when a TLS library is compiled in.

use crate::Mock;
use futures_util::FutureExt;
use redhanded::tokio_tungstenite::{self, Connector, MaybeTlsStream, WebSocketStream};
use redhanded::tungstenite::client::IntoClientRequest;
use redhanded::tungstenite::handshake::client::Response;
use redhanded::tungstenite::protocol::WebSocketConfig;
use redhanded::tungstenite::{Error, Result};
use std::future::Future;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

type Client<S> = Result<(WebSocketStream<MaybeTlsStream<S>>, Response), Error>;

#[test]
fn the_functions_of_tls_are_there_for_every_stream() {
    fn two<A, B, O, F: Future<Output = O>>(_: fn(A, B) -> F) {}
    fn four<A, B, C, D, O, F: Future<Output = O>>(_: fn(A, B, C, D) -> F) {}
    fn of_streams<R, S>()
    where
        R: IntoClientRequest + Unpin,
        S: 'static + AsyncRead + AsyncWrite + Send + Unpin,
    {
        two::<R, S, Client<S>, _>(tokio_tungstenite::client_async_tls::<R, S>);
        four::<R, S, Option<WebSocketConfig>, Option<Connector>, Client<S>, _>(
            tokio_tungstenite::client_async_tls_with_config::<R, S>,
        );
        four::<R, Option<WebSocketConfig>, bool, Option<Connector>, Client<TcpStream>, _>(
            tokio_tungstenite::connect_async_tls_with_config::<R>,
        );
    }
    of_streams::<&str, Mock>();
}

#[test]
fn the_connector_is_the_librarys_own() {
    let plain: redhanded::raw::tokio_tungstenite::Connector = Connector::Plain;
    let connecting = tokio_tungstenite::client_async_tls_with_config(
        "wss://localhost/",
        Mock::default(),
        None,
        Some(plain),
    );
    let error = connecting
        .now_or_never()
        .expect("it fails before any byte")
        .unwrap_err();
    assert_eq!(error.to_string(), "URL error: TLS support not compiled in");
}
