//! TLS by rustls alone.

use super::{Advanced, Socket};
use crate::error::ConnectionError;
use crate::tungstenite::handshake::client::Request;
use crate::tungstenite::protocol::WebSocketConfig;
use crate::tungstenite::{Connector, client_tls_with_config};

pub(crate) const AVAILABLE: bool = true;

/// The TLS configuration: the library's default, or the user's.
#[derive(Default)]
pub(crate) struct Tls(pub(crate) Option<Connector>);

impl Tls {
    fn connector(&self) -> Option<Connector> {
        match &self.0 {
            None => None,
            Some(Connector::Rustls(config)) => Some(Connector::Rustls(config.clone())),
            Some(_) => Some(Connector::Plain),
        }
    }
}

/// The handshake is made by the first reads and writes.
pub(crate) struct Encrypting(Socket);

pub(super) fn start(socket: Socket, _tls: &Tls) -> Result<Encrypting, ConnectionError> {
    Ok(Encrypting(socket))
}

pub(super) fn advance(
    encrypting: Encrypting,
    request: Request,
    tls: &Tls,
    config: Option<WebSocketConfig>,
) -> Result<Advanced, ConnectionError> {
    Ok(Advanced::Asked(client_tls_with_config(
        request,
        encrypting.0,
        config,
        tls.connector(),
    )))
}
