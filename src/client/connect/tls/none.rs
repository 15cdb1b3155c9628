//! No TLS library is compiled in.

use super::Advanced;
use crate::client::error::ConnectionError;
use crate::tungstenite::error::UrlError;
use crate::tungstenite::handshake::client::Request;
use crate::tungstenite::protocol::WebSocketConfig;
use std::net::TcpStream;
use std::sync::Arc;

pub(in crate::client) const AVAILABLE: bool = false;

/// There is nothing to choose.
#[derive(Default)]
pub(in crate::client) struct Tls(());

/// Never made.
pub(in crate::client) enum Encrypting {}

pub(super) fn start(_socket: TcpStream, _tls: &Tls) -> Result<Encrypting, ConnectionError> {
    let error = UrlError::TlsFeatureNotEnabled.into();
    Err(ConnectionError::Handshake(Arc::new(error)))
}

pub(super) fn advance(
    encrypting: Encrypting,
    _request: Request,
    _tls: &Tls,
    _config: Option<WebSocketConfig>,
) -> Result<Advanced, ConnectionError> {
    match encrypting {}
}
