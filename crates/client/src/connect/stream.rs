//! The stream below a client's connection, and what a handshake on it gives.

use crate::tungstenite::handshake::client::Response;
use crate::tungstenite::stream::MaybeTlsStream;
use crate::tungstenite::{ClientHandshake, HandshakeError, WebSocket};
use std::net::TcpStream;

/// The stream of a client's connection.
pub(crate) type Stream = MaybeTlsStream<TcpStream>;

/// What the WebSocket handshake gives.
pub(super) type Handshaken =
    Result<(WebSocket<Stream>, Response), HandshakeError<ClientHandshake<Stream>>>;
