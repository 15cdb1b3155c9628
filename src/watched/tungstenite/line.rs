//! What tungstenite has since 0.28. `line_0_26.rs` stands in its place for older versions.

use super::WebSocket;

impl<Stream> WebSocket<Stream> {
    /// Consumes the `WebSocket` and returns the underlying stream.
    pub fn into_inner(self) -> Stream {
        self.into_library().into_inner().into_inner()
    }
}
