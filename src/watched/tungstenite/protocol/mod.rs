//! The WebSocket protocol: the watched `WebSocket`, and the library's own types where they own no stream.

pub mod frame;
mod websocket;

pub use ::tungstenite::protocol::{CloseFrame, Message, Role, WebSocketConfig, WebSocketContext};
pub use websocket::WebSocket;
