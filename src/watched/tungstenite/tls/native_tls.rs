//! TLS by `native-tls`, the default where it is compiled in.

use super::{Attempt, Connector};
use ::tungstenite::error::TlsError;
use ::tungstenite::stream::MaybeTlsStream;
use ::tungstenite::{Error, Result};
use native_tls_crate::{HandshakeError, TlsConnector};
use std::io::{Read, Write};

pub(super) const AVAILABLE: bool = true;

pub(super) fn wrap<S: Read + Write>(
    stream: S,
    domain: &str,
    connector: Option<Connector>,
) -> Attempt<S> {
    match connector {
        None => Ok(TlsConnector::new()
            .map_err(tls_error)
            .and_then(|connector| connect(stream, domain, &connector))),
        Some(Connector::NativeTls(connector)) => Ok(connect(stream, domain, &connector)),
        other => Err((stream, other)),
    }
}

fn connect<S: Read + Write>(
    stream: S,
    domain: &str,
    connector: &TlsConnector,
) -> Result<MaybeTlsStream<S>> {
    match connector.connect(domain, stream) {
        Ok(stream) => Ok(MaybeTlsStream::NativeTls(stream)),
        Err(HandshakeError::Failure(error)) => Err(tls_error(error)),
        // The library panics here, too: a program must make the TLS handshake of a non-blocking stream itself.
        Err(HandshakeError::WouldBlock(_)) => panic!("Bug: TLS handshake not blocked"),
    }
}

fn tls_error(error: native_tls_crate::Error) -> Error {
    Error::Tls(TlsError::from(error))
}
