//! Connecting over TLS. Frames are watched before they are encrypted.
//!
//! The library's own `client_tls` hides the stream between encryption and handshake. So the two steps are made here.

#[cfg(not(all(feature = "native-tls", feature = "__rustls-tls")))]
mod absent;
#[cfg(not(feature = "native-tls"))]
use absent as native_tls;
#[cfg(feature = "native-tls")]
mod native_tls;
#[cfg(not(feature = "__rustls-tls"))]
use absent as rustls;
#[cfg(feature = "__rustls-tls")]
pub(in crate::watched) mod certificates;
#[cfg(feature = "__rustls-tls")]
mod rustls;

#[cfg(not(any(feature = "native-tls", feature = "__rustls-tls")))]
mod connector {
    /// Without a TLS feature there is only one choice.
    #[derive(Debug)]
    #[allow(dead_code)] // Never made: without a TLS feature no program can pass one.
    pub enum Connector {
        /// Plain (non-TLS) connector.
        Plain,
    }
}
#[cfg(any(feature = "native-tls", feature = "__rustls-tls"))]
mod connector {
    pub use ::tungstenite::Connector;
}

use super::handshake::HandshakeError;
use super::handshake::client::{ClientHandshake, Response};
use super::protocol::{WebSocket, WebSocketConfig};
use ::tungstenite::client::{IntoClientRequest, uri_mode};
use ::tungstenite::error::UrlError;
use ::tungstenite::stream::{MaybeTlsStream, Mode};
use ::tungstenite::{Error, Result};
use connector::Connector;
use redhanded_core::wrap::Site;
use std::io::{Read, Write};

type TlsHandshakeError<S> = HandshakeError<ClientHandshake<MaybeTlsStream<S>>>;

/// What one TLS library makes of a stream. It gives back the stream and the connector if the connector is not its own.
type Attempt<S> = std::result::Result<Result<MaybeTlsStream<S>>, (S, Option<Connector>)>;

/// Creates a WebSocket handshake from a request and a stream, upgrading the stream to TLS if required.
///
/// # Errors
/// As `tungstenite::client_tls`.
#[allow(dead_code)] // Only re-exported with a TLS feature, as in the library.
#[track_caller]
pub fn client_tls<R, S>(
    request: R,
    stream: S,
) -> Result<(WebSocket<MaybeTlsStream<S>>, Response), TlsHandshakeError<S>>
where
    R: IntoClientRequest,
    S: Read + Write,
{
    client_tls_with_config(request, stream, None, None)
}

/// The same as [`client_tls`], with a configuration and a connector.
///
/// # Errors
/// As `tungstenite::client_tls_with_config`.
#[track_caller]
pub fn client_tls_with_config<R, S>(
    request: R,
    stream: S,
    config: Option<WebSocketConfig>,
    connector: Option<Connector>,
) -> Result<(WebSocket<MaybeTlsStream<S>>, Response), TlsHandshakeError<S>>
where
    R: IntoClientRequest,
    S: Read + Write,
{
    let made = Site::caller();
    let request = request.into_client_request()?;
    let domain = request
        .uri()
        .host()
        .ok_or(Error::Url(UrlError::NoHostName))?
        .to_owned();
    let stream = wrap(stream, &domain, uri_mode(request.uri())?, connector)?;
    let (websocket, response) = ClientHandshake::start(stream, request, config)?.handshake()?;
    Ok((websocket.made_at(made), response))
}

/// Checks whether a connection of this mode can be made, before anything is connected.
pub(super) fn check_available(mode: Mode) -> Result<()> {
    match mode {
        Mode::Tls if !native_tls::AVAILABLE && !rustls::AVAILABLE => {
            Err(Error::Url(UrlError::TlsFeatureNotEnabled))
        }
        Mode::Tls | Mode::Plain => Ok(()),
    }
}

fn wrap<S: Read + Write>(
    stream: S,
    domain: &str,
    mode: Mode,
    connector: Option<Connector>,
) -> Result<MaybeTlsStream<S>> {
    let not_enabled = || Err(Error::Url(UrlError::TlsFeatureNotEnabled));
    match (mode, connector) {
        (Mode::Plain, _) => Ok(MaybeTlsStream::Plain(stream)),
        (Mode::Tls, Some(Connector::Plain)) => not_enabled(),
        (Mode::Tls, connector) => native_tls::wrap(stream, domain, connector)
            .or_else(|(stream, connector)| rustls::wrap(stream, domain, connector))
            .unwrap_or_else(|_| not_enabled()),
    }
}
