//! TLS by native-tls. With rustls compiled in as well, a connector of the user's may choose rustls.

use super::{Advanced, Socket, failed};
use crate::error::ConnectionError;
use crate::tungstenite::error::TlsError;
use crate::tungstenite::handshake::client::Request;
use crate::tungstenite::protocol::WebSocketConfig;
use crate::tungstenite::stream::MaybeTlsStream;
use crate::tungstenite::{Connector, Error, client_tls_with_config};
use native_tls_crate::{HandshakeError, MidHandshakeTlsStream, TlsConnector, TlsStream};

pub(crate) const AVAILABLE: bool = true;

/// The TLS configuration: the library's default, or the user's.
#[derive(Default)]
pub(crate) struct Tls(pub(crate) Option<Connector>);

impl Tls {
    fn native(&self) -> Option<Result<TlsConnector, native_tls_crate::Error>> {
        match &self.0 {
            None => Some(TlsConnector::new()),
            Some(Connector::NativeTls(connector)) => Some(Ok(connector.clone())),
            Some(_) => None,
        }
    }
}

#[cfg(feature = "__rustls-tls")]
fn other_connector(tls: &Tls) -> Connector {
    match &tls.0 {
        Some(Connector::Rustls(config)) => Connector::Rustls(config.clone()),
        _ => Connector::Plain,
    }
}

#[cfg(not(feature = "__rustls-tls"))]
fn other_connector(_tls: &Tls) -> Connector {
    Connector::Plain
}

/// A handshake that is to begin, or has begun, or is left to the first reads and writes.
pub(crate) enum Encrypting {
    Start(Socket, TlsConnector),
    UnderWay(MidHandshakeTlsStream<Socket>),
    Later(Socket),
}

pub(super) fn start(socket: Socket, tls: &Tls) -> Result<Encrypting, ConnectionError> {
    match tls.native() {
        Some(connector) => Ok(Encrypting::Start(socket, connector.map_err(tls_error)?)),
        None => Ok(Encrypting::Later(socket)),
    }
}

pub(super) fn advance(
    encrypting: Encrypting,
    request: Request,
    tls: &Tls,
    config: Option<WebSocketConfig>,
) -> Result<Advanced, ConnectionError> {
    match encrypting {
        Encrypting::Start(socket, connector) => {
            let domain = request.uri().host().unwrap_or_default().to_owned();
            shaken(connector.connect(&domain, socket), request)
        }
        Encrypting::UnderWay(handshake) => shaken(handshake.handshake(), request),
        Encrypting::Later(socket) => Ok(Advanced::Asked(client_tls_with_config(
            request,
            socket,
            config,
            Some(other_connector(tls)),
        ))),
    }
}

fn shaken(
    result: Result<TlsStream<Socket>, HandshakeError<Socket>>,
    request: Request,
) -> Result<Advanced, ConnectionError> {
    match result {
        Ok(stream) => Ok(Advanced::Encrypted(
            request,
            MaybeTlsStream::NativeTls(stream),
        )),
        Err(HandshakeError::WouldBlock(handshake)) => {
            Ok(Advanced::Pending(request, Encrypting::UnderWay(handshake)))
        }
        Err(HandshakeError::Failure(error)) => Err(tls_error(error)),
    }
}

fn tls_error(error: native_tls_crate::Error) -> ConnectionError {
    failed(Error::Tls(TlsError::from(error)))
}
