//! tungstenite 0.30, watched: every public item under its own path, with the same signature.
//!
//! A type that owns a stream and writes to it is a watched type of the same name. Everything else is the library's own.

#[cfg(feature = "handshake")]
pub mod client;
#[cfg(feature = "handshake")]
pub mod handshake;
mod library;
mod line;
pub(super) mod message;
pub mod protocol;
#[cfg(feature = "handshake")]
mod server;
#[cfg(feature = "handshake")]
pub(super) mod tls;

pub use ::tungstenite::{Bytes, Error, Message, Result, Utf8Bytes, buffer, error, stream, util};
pub use protocol::WebSocket;

#[cfg(feature = "handshake")]
pub use self::{
    client::{ClientRequestBuilder, client, connect},
    handshake::{HandshakeError, client::ClientHandshake, server::ServerHandshake},
    server::{accept, accept_hdr, accept_hdr_with_config, accept_with_config},
};
#[cfg(feature = "handshake")]
pub use ::tungstenite::http;

#[cfg(all(
    feature = "handshake",
    any(feature = "native-tls", feature = "__rustls-tls")
))]
pub use {
    ::tungstenite::Connector,
    tls::{client_tls, client_tls_with_config},
};
