//! What tokio-tungstenite has since 0.28. `line_0_26.rs` stands in its place for older versions.

use super::WebSocketStream;
#[cfg(feature = "stream")]
use ::tokio_tungstenite::MaybeTlsStream;

impl<S> WebSocketStream<S> {
    /// Consumes the `WebSocketStream` and returns the underlying stream.
    pub fn into_inner(self) -> S {
        self.into_library().into_inner().into_inner()
    }
}

/// The stream below the encryption.
#[cfg(feature = "stream")]
pub(in crate::watched) fn below<T>(encrypting: &MaybeTlsStream<T>) -> Option<&T> {
    Some(encrypting.get_ref())
}
