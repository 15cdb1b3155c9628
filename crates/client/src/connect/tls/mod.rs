//! TLS, by the library that is compiled in.
//!
//! tungstenite leaves rustls's handshake to the first reads and writes, so that it can be
//! interrupted. The handshake of native-tls it makes at once, and it panics if the socket would
//! block. So that one is made here.

#[cfg(not(any(feature = "native-tls", feature = "__rustls-tls")))]
#[path = "none.rs"]
mod library;
#[cfg(all(feature = "__rustls-tls", not(feature = "native-tls")))]
#[path = "only_rustls.rs"]
mod library;
#[cfg(feature = "native-tls")]
#[path = "native_tls.rs"]
mod library;

#[cfg(feature = "native-tls")]
mod native_errors;
#[cfg(not(all(feature = "native-tls", feature = "__rustls-tls")))]
mod no_errors;
#[cfg(not(feature = "native-tls"))]
use no_errors as native_errors;
#[cfg(feature = "__rustls-tls")]
mod rustls_errors;
#[cfg(not(feature = "__rustls-tls"))]
use no_errors as rustls_errors;

use super::stream::{Handshaken, Socket, Stream};
use crate::error::ConnectionError;
use crate::tungstenite;
use crate::tungstenite::handshake::client::Request;
use crate::tungstenite::protocol::WebSocketConfig;
use std::sync::Arc;

pub(crate) use self::library::{AVAILABLE, Encrypting, Tls};

/// How far a TLS handshake has come.
// Without native-tls, only the last variant is made. Without any TLS library, none is.
#[allow(dead_code)]
#[allow(clippy::large_enum_variant)] // It lives for one call.
pub(super) enum Advanced {
    Pending(Request, Encrypting),
    Encrypted(Request, Stream),
    /// The WebSocket handshake has begun. Its reads and writes make the handshake of TLS.
    Asked(Handshaken),
}

pub(super) fn start(socket: Socket, tls: &Tls) -> Result<Encrypting, ConnectionError> {
    library::start(socket, tls)
}

pub(super) fn advance(
    encrypting: Encrypting,
    request: Request,
    tls: &Tls,
    config: Option<WebSocketConfig>,
) -> Result<Advanced, ConnectionError> {
    library::advance(encrypting, request, tls, config)
}

/// Whether this is an error of TLS.
pub(super) fn is_of_tls(error: &tungstenite::Error) -> bool {
    matches!(error, tungstenite::Error::Tls(_)) || rustls_errors::is_of_tls(error)
}

/// The error of a connection for which TLS failed.
pub(super) fn failed(error: tungstenite::Error) -> ConnectionError {
    ConnectionError::Tls {
        is_permanent: rustls_errors::is_permanent(&error) || native_errors::is_permanent(&error),
        source: Arc::new(error),
    }
}
