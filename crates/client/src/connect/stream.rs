//! The stream below a client's connection, and what a handshake on it gives.

use crate::limited::Limited;
use crate::tungstenite::handshake::client::Response;
use crate::tungstenite::stream::MaybeTlsStream;
use crate::tungstenite::{ClientHandshake, HandshakeError, WebSocket};
use std::net::TcpStream;

/// The socket of a client's connection. TLS is above its limit, so that a peer cannot keep a read
/// inside TLS either.
pub(crate) type Socket = Limited<TcpStream>;

/// The stream of a client's connection.
pub(crate) type Stream = MaybeTlsStream<Socket>;

/// What the WebSocket handshake gives.
pub(super) type Handshaken =
    Result<(WebSocket<Stream>, Response), HandshakeError<ClientHandshake<Stream>>>;
