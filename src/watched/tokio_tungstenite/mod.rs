//! tokio-tungstenite 0.30, watched: every public item under its own path, with the same signature.
//!
//! A type that owns a stream and writes to it is a watched type of the same name. Everything else is the library's own.

#[cfg(feature = "connect")]
mod connect;
#[cfg(feature = "handshake")]
mod handshake;
mod library;
pub(super) mod line;
mod stream;
#[cfg(any(feature = "native-tls", feature = "__rustls-tls", feature = "connect"))]
mod tls;

pub use crate::watched::tungstenite;
#[cfg(any(feature = "native-tls", feature = "__rustls-tls", feature = "connect"))]
pub use ::tokio_tungstenite::Connector;
#[cfg(feature = "stream")]
pub use ::tokio_tungstenite::MaybeTlsStream;
#[cfg(all(
    any(feature = "native-tls", feature = "__rustls-tls"),
    feature = "connect"
))]
pub use connect::connect_async_tls_with_config;
#[cfg(feature = "connect")]
pub use connect::{connect_async, connect_async_with_config};
#[cfg(feature = "handshake")]
pub use handshake::{
    accept_async, accept_async_with_config, accept_hdr_async, accept_hdr_async_with_config,
    client_async, client_async_with_config,
};
pub use stream::WebSocketStream;
#[cfg(any(feature = "native-tls", feature = "__rustls-tls"))]
pub use tls::{client_async_tls, client_async_tls_with_config};
