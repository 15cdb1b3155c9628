//! The WebSocket protocol: the watched `WebSocket`, and the library's own types where they own no stream.
//!
//! A `WebSocketContext` owns no stream, and so is the library's own: each of its methods is given one. To have what it writes
//! watched, give it a [`Tap`](crate::Tap) round the stream.

pub mod frame;
mod websocket;

pub use ::tungstenite::protocol::{CloseFrame, Message, Role, WebSocketConfig, WebSocketContext};
pub use websocket::WebSocket;
