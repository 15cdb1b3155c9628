//! Connecting.
//!
//! `connect` cannot be the library's own: it keeps what it has read beyond the handshake in its `WebSocket`, and does not
//! give it out. So the steps are made here, each with the library's function for it.

use super::handshake::HandshakeError;
use super::handshake::client::{ClientHandshake, Request, Response};
use super::protocol::{WebSocket, WebSocketConfig};
use super::tls;
use ::tungstenite::error::UrlError;
use ::tungstenite::http::Uri;
use ::tungstenite::http::request::Parts;
use ::tungstenite::stream::{MaybeTlsStream, Mode};
use ::tungstenite::{Error, Result};
use redhanded_core::wrap::Site;
use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};

pub use ::tungstenite::client::{ClientRequestBuilder, IntoClientRequest, uri_mode};

/// Connect to the given WebSocket in blocking mode, with a configuration and a limit for redirects.
///
/// # Errors
/// As `tungstenite::client::connect_with_config`.
#[track_caller]
pub fn connect_with_config<Req: IntoClientRequest>(
    request: Req,
    config: Option<WebSocketConfig>,
    max_redirects: u8,
) -> Result<(WebSocket<MaybeTlsStream<TcpStream>>, Response)> {
    let made = Site::caller();
    let (parts, ()) = request.into_client_request()?.into_parts();
    let mut uri = parts.uri.clone();
    let mut redirects_left = max_redirects;
    loop {
        match connect_once(request_to(&uri, &parts)?, config) {
            Err(Error::Http(response))
                if response.status().is_redirection() && redirects_left > 0 =>
            {
                let Some(location) = response.headers().get("Location") else {
                    return Err(Error::Http(response));
                };
                uri = location.to_str()?.parse()?;
                redirects_left -= 1;
            }
            other => {
                return other.map(|(websocket, response)| (websocket.made_at(made), response));
            }
        }
    }
}

/// Connect to the given WebSocket in blocking mode.
///
/// # Errors
/// As `tungstenite::connect`.
#[track_caller]
pub fn connect<Req: IntoClientRequest>(
    request: Req,
) -> Result<(WebSocket<MaybeTlsStream<TcpStream>>, Response)> {
    connect_with_config(request, None, 3)
}

/// Do the client handshake over the given stream, with a configuration.
///
/// # Errors
/// As `tungstenite::client::client_with_config`.
#[track_caller]
pub fn client_with_config<Stream, Req>(
    request: Req,
    stream: Stream,
    config: Option<WebSocketConfig>,
) -> Result<(WebSocket<Stream>, Response), HandshakeError<ClientHandshake<Stream>>>
where
    Stream: Read + Write,
    Req: IntoClientRequest,
{
    let made = Site::caller();
    let (websocket, response) =
        ClientHandshake::start(stream, request.into_client_request()?, config)?.handshake()?;
    Ok((websocket.made_at(made), response))
}

/// Do the client handshake over the given stream.
///
/// # Errors
/// As `tungstenite::client`.
#[track_caller]
pub fn client<Stream, Req>(
    request: Req,
    stream: Stream,
) -> Result<(WebSocket<Stream>, Response), HandshakeError<ClientHandshake<Stream>>>
where
    Stream: Read + Write,
    Req: IntoClientRequest,
{
    client_with_config(request, stream, None)
}

fn request_to(uri: &Uri, parts: &Parts) -> Result<Request> {
    let mut request = Request::builder()
        .uri(uri.clone())
        .method(parts.method.clone())
        .version(parts.version)
        .body(())?;
    *request.headers_mut() = parts.headers.clone();
    Ok(request)
}

#[track_caller]
fn connect_once(
    request: Request,
    config: Option<WebSocketConfig>,
) -> Result<(WebSocket<MaybeTlsStream<TcpStream>>, Response)> {
    let mode = uri_mode(request.uri())?;
    tls::check_available(mode)?;
    let stream = connect_socket(request.uri(), mode)?;
    stream.set_nodelay(true)?;
    tls::client_tls_with_config(request, stream, config, None).map_err(|error| match error {
        HandshakeError::Failure(error) => error,
        HandshakeError::Interrupted(_) => {
            unreachable!("a blocking socket does not interrupt its handshake")
        }
    })
}

fn connect_socket(uri: &Uri, mode: Mode) -> Result<TcpStream> {
    let host = uri.host().ok_or(Error::Url(UrlError::NoHostName))?;
    // IPv6 literals stand in brackets in a URL (RFC 3986, 3.2.2) and without them for the resolver.
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let default_port = match mode {
        Mode::Plain => 80,
        Mode::Tls => 443,
    };
    let mut addresses = (host, uri.port_u16().unwrap_or(default_port)).to_socket_addrs()?;
    let connected = addresses.find_map(|address| TcpStream::connect(address).ok());
    connected.ok_or_else(|| Error::Url(UrlError::UnableToConnect(uri.to_string())))
}
