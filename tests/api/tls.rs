//! What tungstenite 0.30 has beside the rest when a TLS library is compiled in.

use crate::Mock;
use redhanded::tungstenite;
use std::io::{Read, Write};
use tungstenite::client::IntoClientRequest;
use tungstenite::handshake::client::Response;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{ClientHandshake, Connector, HandshakeError, WebSocket};

type Client<S> = Result<
    (WebSocket<MaybeTlsStream<S>>, Response),
    HandshakeError<ClientHandshake<MaybeTlsStream<S>>>,
>;

#[test]
fn the_functions_of_tls_are_there_for_every_stream() {
    fn of_streams<R: IntoClientRequest, S: Read + Write>() {
        let _: fn(R, S) -> Client<S> = tungstenite::client_tls::<R, S>;
        let _: fn(R, S, Option<WebSocketConfig>, Option<Connector>) -> Client<S> =
            tungstenite::client_tls_with_config::<R, S>;
    }
    of_streams::<&str, Mock>();
}

#[test]
fn the_connector_is_the_librarys_own() {
    let plain: redhanded::raw::tungstenite::Connector = Connector::Plain;
    let error =
        tungstenite::client_tls_with_config("wss://localhost/", Mock::default(), None, Some(plain))
            .unwrap_err();
    assert_eq!(error.to_string(), "URL error: TLS support not compiled in");
}
