//! TLS without a TLS library: it always fails.

use super::{Advanced, Socket};
use crate::error::ConnectionError;
use crate::tungstenite::error::UrlError;
use crate::tungstenite::handshake::client::Request;
use crate::tungstenite::protocol::WebSocketConfig;
use std::sync::Arc;

pub(crate) const AVAILABLE: bool = false;

/// There is nothing to choose.
#[derive(Default)]
pub(crate) struct Tls(());

/// There are no handshakes, so this has no value.
pub(crate) enum Encrypting {}

pub(super) fn start(_socket: Socket, _tls: &Tls) -> Result<Encrypting, ConnectionError> {
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
