//! Bytes as the two ends of a connection send them.

use redhanded::raw::tungstenite::handshake::client::Request;

pub const CONTINUATION: u8 = 0;
pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

/// The last frame of a message.
pub const FINAL: u8 = 0x80;

/// A frame as a client sends it: masked, with the same mask every time.
pub fn from_client(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x12, 0x34, 0x56, 0x78];
    let mut frame = vec![
        first,
        0x80 | u8::try_from(payload.len()).expect("a short payload"),
    ];
    assert!(payload.len() < 126, "a short payload");
    frame.extend_from_slice(&mask);
    frame.extend(
        payload
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, mask)| byte ^ mask),
    );
    frame
}

/// A frame as a server sends it: not masked.
pub fn from_server(first: u8, payload: &[u8]) -> Vec<u8> {
    assert!(payload.len() < 126, "a short payload");
    let mut frame = vec![first, u8::try_from(payload.len()).expect("a short payload")];
    frame.extend_from_slice(payload);
    frame
}

/// The key of RFC 6455's own example.
pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// What a server answers to a request with that key.
pub const RESPONSE: &str = "HTTP/1.1 101 Switching Protocols\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// What a client asks with that key.
pub const REQUEST: &str = "GET /path HTTP/1.1\r\n\
    Host: localhost\r\n\
    Connection: Upgrade\r\n\
    Upgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// The same request, as a client makes it.
pub fn request() -> Request {
    Request::builder()
        .uri("ws://localhost/path")
        .header("Host", "localhost")
        .header("Connection", "Upgrade")
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", KEY)
        .body(())
        .unwrap()
}
