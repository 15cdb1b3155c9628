//! Connecting over TLS. Frames are watched before they are encrypted.

#[cfg(not(all(feature = "native-tls", feature = "__rustls-tls")))]
mod absent;
#[cfg(not(feature = "native-tls"))]
use absent as native_tls;
#[cfg(feature = "native-tls")]
mod native_tls;
#[cfg(not(feature = "__rustls-tls"))]
use absent as rustls;
#[cfg(feature = "__rustls-tls")]
mod rustls;

use super::handshake::client_async_with_config;
use super::{Connector, MaybeTlsStream, WebSocketStream};
#[cfg(any(feature = "native-tls", feature = "__rustls-tls"))]
use ::tungstenite::client::IntoClientRequest;
use ::tungstenite::client::uri_mode;
use ::tungstenite::error::{Error, UrlError};
use ::tungstenite::handshake::client::{Request, Response};
use ::tungstenite::protocol::WebSocketConfig;
use ::tungstenite::stream::Mode;
use tokio::io::{AsyncRead, AsyncWrite};

/// What one TLS library makes of a stream. It gives back the stream and the connector if the connector is not its own.
type Attempt<S> = Result<Result<MaybeTlsStream<S>, Error>, (S, Option<Connector>)>;

/// Creates a WebSocket handshake from a request and a stream, upgrading the stream to TLS if required.
///
/// # Errors
/// As `tokio_tungstenite::client_async_tls`.
#[cfg(any(feature = "native-tls", feature = "__rustls-tls"))]
pub async fn client_async_tls<R, S>(
    request: R,
    stream: S,
) -> Result<(WebSocketStream<MaybeTlsStream<S>>, Response), Error>
where
    R: IntoClientRequest + Unpin,
    S: 'static + AsyncRead + AsyncWrite + Send + Unpin,
    MaybeTlsStream<S>: Unpin,
{
    client_async_tls_with_config(request, stream, None, None).await
}

/// The same as [`client_async_tls`], with a configuration and a connector.
///
/// # Errors
/// As `tokio_tungstenite::client_async_tls_with_config`.
#[cfg(any(feature = "native-tls", feature = "__rustls-tls"))]
pub async fn client_async_tls_with_config<R, S>(
    request: R,
    stream: S,
    config: Option<WebSocketConfig>,
    connector: Option<Connector>,
) -> Result<(WebSocketStream<MaybeTlsStream<S>>, Response), Error>
where
    R: IntoClientRequest + Unpin,
    S: 'static + AsyncRead + AsyncWrite + Send + Unpin,
    MaybeTlsStream<S>: Unpin,
{
    client_tls(request.into_client_request()?, stream, config, connector).await
}

pub(super) async fn client_tls<S>(
    request: Request,
    stream: S,
    config: Option<WebSocketConfig>,
    connector: Option<Connector>,
) -> Result<(WebSocketStream<MaybeTlsStream<S>>, Response), Error>
where
    S: 'static + AsyncRead + AsyncWrite + Send + Unpin,
{
    let domain = domain(&request)?;
    let stream = match uri_mode(request.uri())? {
        Mode::Plain => MaybeTlsStream::Plain(stream),
        Mode::Tls => encrypt(stream, &domain, connector).await?,
    };
    client_async_with_config(request, stream, config).await
}

/// With the connector that was given, or else with the first TLS library that is compiled in.
async fn encrypt<S>(
    stream: S,
    domain: &str,
    connector: Option<Connector>,
) -> Result<MaybeTlsStream<S>, Error>
where
    S: 'static + AsyncRead + AsyncWrite + Send + Unpin,
{
    let left = match native_tls::wrap(stream, domain, connector).await {
        Ok(done) => return done,
        Err(left) => left,
    };
    let (stream, connector) = left;
    let not_enabled = |_| Err(Error::Url(UrlError::TlsFeatureNotEnabled));
    rustls::wrap(stream, domain, connector)
        .await
        .unwrap_or_else(not_enabled)
}

/// The host of a request, as TLS libraries take it.
pub(super) fn domain(request: &Request) -> Result<String, Error> {
    let host = request
        .uri()
        .host()
        .ok_or(Error::Url(UrlError::NoHostName))?;
    Ok(rustls::without_brackets(host).to_owned())
}
