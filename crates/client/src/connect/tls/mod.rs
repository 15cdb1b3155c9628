//! TLS, by whatever library is compiled in.
//!
//! tungstenite leaves rustls's handshake to the first reads and writes, which may come back unfinished. That of native-tls
//! it makes at once, and panics where the socket is not blocking: so that one is made here.

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

use super::stream::{Handshaken, Stream};
use crate::error::ConnectionError;
use crate::tungstenite;
use crate::tungstenite::handshake::client::Request;
use crate::tungstenite::protocol::WebSocketConfig;
use std::net::TcpStream;
use std::sync::Arc;

pub(crate) use self::library::{AVAILABLE, Encrypting, Tls};

/// Where a TLS handshake is.
#[allow(dead_code)] // Each library has its own way.
#[allow(clippy::large_enum_variant)] // It is taken apart at once.
pub(super) enum Advanced {
    Pending(Request, Encrypting),
    Encrypted(Request, Stream),
    /// The WebSocket handshake has begun, and makes that of TLS by reading and writing.
    Asked(Handshaken),
}

pub(super) fn start(socket: TcpStream, tls: &Tls) -> Result<Encrypting, ConnectionError> {
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

/// Whether TLS says this.
pub(super) fn is_of_tls(error: &tungstenite::Error) -> bool {
    matches!(error, tungstenite::Error::Tls(_)) || rustls_errors::is_of_tls(error)
}

/// TLS failed with this error.
pub(super) fn failed(error: tungstenite::Error) -> ConnectionError {
    ConnectionError::Tls {
        is_permanent: rustls_errors::is_permanent(&error) || native_errors::is_permanent(&error),
        source: Arc::new(error),
    }
}
