//! Connecting.
//!
//! The library's own `connect_async` hides the stream between encryption and handshake. So the steps are made here, each
//! with the function of the library that has it.

use super::tls::{client_tls, domain};
use super::{Connector, MaybeTlsStream, WebSocketStream};
use ::tungstenite::Error;
use ::tungstenite::client::IntoClientRequest;
use ::tungstenite::error::UrlError;
use ::tungstenite::handshake::client::{Request, Response};
use ::tungstenite::protocol::WebSocketConfig;
use tokio::net::TcpStream;

type Connected = (WebSocketStream<MaybeTlsStream<TcpStream>>, Response);

/// Connect to a given URL.
///
/// # Errors
/// As `tokio_tungstenite::connect_async`.
pub async fn connect_async<R>(
    request: R,
) -> Result<(WebSocketStream<MaybeTlsStream<TcpStream>>, Response), Error>
where
    R: IntoClientRequest + Unpin,
{
    connect_async_with_config(request, None, false).await
}

/// The same as [`connect_async`], with a configuration, and without Nagle's algorithm if wanted.
///
/// # Errors
/// As `tokio_tungstenite::connect_async_with_config`.
pub async fn connect_async_with_config<R>(
    request: R,
    config: Option<WebSocketConfig>,
    disable_nagle: bool,
) -> Result<(WebSocketStream<MaybeTlsStream<TcpStream>>, Response), Error>
where
    R: IntoClientRequest + Unpin,
{
    connect(request.into_client_request()?, config, disable_nagle, None).await
}

/// The same as [`connect_async_with_config`], with a TLS connector.
///
/// # Errors
/// As `tokio_tungstenite::connect_async_tls_with_config`.
#[cfg(any(feature = "native-tls", feature = "__rustls-tls"))]
pub async fn connect_async_tls_with_config<R>(
    request: R,
    config: Option<WebSocketConfig>,
    disable_nagle: bool,
    connector: Option<Connector>,
) -> Result<(WebSocketStream<MaybeTlsStream<TcpStream>>, Response), Error>
where
    R: IntoClientRequest + Unpin,
{
    connect(
        request.into_client_request()?,
        config,
        disable_nagle,
        connector,
    )
    .await
}

async fn connect(
    request: Request,
    config: Option<WebSocketConfig>,
    disable_nagle: bool,
    connector: Option<Connector>,
) -> Result<Connected, Error> {
    let address = format!("{}:{}", domain(&request)?, port(&request)?);
    let stream = TcpStream::connect(address).await.map_err(Error::Io)?;
    if disable_nagle {
        stream.set_nodelay(true)?;
    }
    client_tls(request, stream, config, connector).await
}

fn port(request: &Request) -> Result<u16, Error> {
    let of_scheme = |scheme| match scheme {
        "ws" => Some(80),
        "wss" => Some(443),
        _ => None,
    };
    let uri = request.uri();
    uri.port_u16()
        .or_else(|| of_scheme(uri.scheme_str()?))
        .ok_or(Error::Url(UrlError::UnsupportedUrlScheme))
}
