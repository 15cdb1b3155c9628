//! Handshakes: the library's own, on a stream that is watched from its first byte on.

use super::WebSocketStream;
use super::library::LIBRARY;
use crate::watched::known::attach_in_handshake;
use ::tokio_tungstenite as library;
use ::tungstenite::Error;
use ::tungstenite::client::IntoClientRequest;
use ::tungstenite::handshake::client::Response;
use ::tungstenite::handshake::server::{Callback, NoCallback};
use ::tungstenite::protocol::WebSocketConfig;
use redhanded_core::wrap::{Act, Operation, Outcome, Site, Watched, Watcher};
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use tokio::io::{AsyncRead, AsyncWrite};

/// Creates a WebSocket handshake from a request and a stream.
///
/// # Errors
/// As `tokio_tungstenite::client_async`.
#[allow(clippy::extra_unused_lifetimes)] // Upstream has it, and programs may write it out.
pub async fn client_async<'a, R, S>(
    request: R,
    stream: S,
) -> Result<(WebSocketStream<S>, Response), Error>
where
    R: IntoClientRequest + Unpin,
    S: AsyncRead + AsyncWrite + Unpin,
{
    client_async_with_config(request, stream, None).await
}

/// The same as [`client_async`], with a configuration.
///
/// # Errors
/// As `tokio_tungstenite::client_async_with_config`.
#[allow(clippy::extra_unused_lifetimes)] // Upstream has it, and programs may write it out.
pub async fn client_async_with_config<'a, R, S>(
    request: R,
    stream: S,
    config: Option<WebSocketConfig>,
) -> Result<(WebSocketStream<S>, Response), Error>
where
    R: IntoClientRequest + Unpin,
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut stream = Watched::unattached(stream);
    let watcher = attach_in_handshake(&mut stream, LIBRARY);
    let handshake = library::client_async_with_config(request, stream, config);
    let (stream, response) = watched(&watcher, handshake).await?;
    Ok((WebSocketStream::watch(stream), response))
}

/// Accepts a new WebSocket connection with the provided stream.
///
/// # Errors
/// As `tokio_tungstenite::accept_async`.
pub async fn accept_async<S>(stream: S) -> Result<WebSocketStream<S>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    accept_hdr_async(stream, NoCallback).await
}

/// The same as [`accept_async`], with a configuration.
///
/// # Errors
/// As `tokio_tungstenite::accept_async_with_config`.
pub async fn accept_async_with_config<S>(
    stream: S,
    config: Option<WebSocketConfig>,
) -> Result<WebSocketStream<S>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    accept_hdr_async_with_config(stream, NoCallback, config).await
}

/// Accepts a new WebSocket connection with the provided stream, with a callback for headers.
///
/// # Errors
/// As `tokio_tungstenite::accept_hdr_async`.
pub async fn accept_hdr_async<S, C>(stream: S, callback: C) -> Result<WebSocketStream<S>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
    C: Callback + Unpin,
{
    accept_hdr_async_with_config(stream, callback, None).await
}

/// The same as [`accept_hdr_async`], with a configuration.
///
/// # Errors
/// As `tokio_tungstenite::accept_hdr_async_with_config`.
pub async fn accept_hdr_async_with_config<S, C>(
    stream: S,
    callback: C,
    config: Option<WebSocketConfig>,
) -> Result<WebSocketStream<S>, Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
    C: Callback + Unpin,
{
    let mut stream = Watched::unattached(stream);
    let watcher = attach_in_handshake(&mut stream, LIBRARY);
    let handshake = library::accept_hdr_async_with_config(stream, callback, config);
    let stream = watched(&watcher, handshake).await?;
    Ok(WebSocketStream::watch(stream))
}

/// A handshake, of which each poll is an operation.
async fn watched<T>(
    watcher: &Watcher,
    handshake: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let mut handshake = pin!(handshake);
    poll_fn(|context| {
        let operation = Operation::new(Act::Handshake, 0);
        let operating = watcher.begin_lazily(operation, Site::IN_BACKTRACE);
        let poll = handshake.as_mut().poll(context);
        operating.end(match &poll {
            Poll::Ready(Ok(_)) => Outcome::Returned,
            Poll::Ready(Err(_)) => Outcome::Failed,
            Poll::Pending => Outcome::Pending,
        });
        poll
    })
    .await
}
