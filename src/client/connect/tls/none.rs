//! No TLS library is compiled in.

use super::{Advanced, Plan};
use crate::client::connect::handshake_error;
use crate::client::error::ConnectionError;
use crate::tungstenite::error::UrlError;
use crate::tungstenite::handshake::client::Request;
use std::net::TcpStream;

pub(in crate::client) const AVAILABLE: bool = false;

/// There is nothing to choose.
#[derive(Default)]
pub(in crate::client) struct Tls(());

/// Never made.
pub(in crate::client) enum Encrypting {}

pub(super) fn start(_socket: TcpStream, _plan: &Plan) -> Result<Encrypting, ConnectionError> {
    Err(handshake_error(UrlError::TlsFeatureNotEnabled.into()))
}

pub(super) fn advance(
    encrypting: Encrypting,
    _request: Request,
    _plan: &Plan,
) -> Result<Advanced, ConnectionError> {
    match encrypting {}
}
