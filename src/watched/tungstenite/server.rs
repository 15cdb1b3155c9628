//! Accepting connections.

use super::handshake::HandshakeError;
use super::handshake::server::{Callback, NoCallback, ServerHandshake};
use super::protocol::{WebSocket, WebSocketConfig};
use redhanded_core::wrap::Site;
use std::io::{Read, Write};

/// Accept the given Stream as a WebSocket, with a configuration.
///
/// # Errors
/// As `tungstenite::accept_with_config`.
#[track_caller]
pub fn accept_with_config<S: Read + Write>(
    stream: S,
    config: Option<WebSocketConfig>,
) -> Result<WebSocket<S>, HandshakeError<ServerHandshake<S, NoCallback>>> {
    accept_hdr_with_config(stream, NoCallback, config)
}

/// Accept the given Stream as a WebSocket.
///
/// # Errors
/// As `tungstenite::accept`.
#[track_caller]
pub fn accept<S: Read + Write>(
    stream: S,
) -> Result<WebSocket<S>, HandshakeError<ServerHandshake<S, NoCallback>>> {
    accept_with_config(stream, None)
}

/// Accept the given Stream as a WebSocket, with a callback for headers and a configuration.
///
/// # Errors
/// As `tungstenite::accept_hdr_with_config`.
#[track_caller]
pub fn accept_hdr_with_config<S: Read + Write, C: Callback>(
    stream: S,
    callback: C,
    config: Option<WebSocketConfig>,
) -> Result<WebSocket<S>, HandshakeError<ServerHandshake<S, C>>> {
    let made = Site::caller();
    let accepted = ServerHandshake::start(stream, callback, config).handshake();
    accepted.map(|websocket| websocket.made_at(made))
}

/// Accept the given Stream as a WebSocket, with a callback for headers.
///
/// # Errors
/// As `tungstenite::accept_hdr`.
#[track_caller]
pub fn accept_hdr<S: Read + Write, C: Callback>(
    stream: S,
    callback: C,
) -> Result<WebSocket<S>, HandshakeError<ServerHandshake<S, C>>> {
    accept_hdr_with_config(stream, callback, None)
}
