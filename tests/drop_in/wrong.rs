//! What neither library takes: requests, responses and frames with one thing wrong each.

use crate::steps::{
    BINARY, CONTINUATION, FINAL, KEY, PING, REQUEST, RESPONSE, TEXT, from_client, from_server,
};
use redhanded::raw::tungstenite::handshake::headers;

/// For a server.
pub fn requests() -> Vec<String> {
    vec![
        REQUEST.replace("GET", "POST"),
        REQUEST.replace("HTTP/1.1", "HTTP/1.0"),
        REQUEST.replace("Connection: Upgrade", "Connection: close"),
        REQUEST.replace("Upgrade: websocket", "Upgrade: h2c"),
        REQUEST.replace("Version: 13", "Version: 8"),
        REQUEST.replace(KEY, "short"),
        REQUEST.replace("Sec-WebSocket-Key", "Another-Key"),
        format!("{REQUEST}junk"),
        "\0\0\0\0".to_owned(),
        String::new(),
    ]
}

/// For a client.
pub fn responses() -> Vec<String> {
    let many_headers = format!(
        "HTTP/1.1 101 Yes\r\n{}\r\n",
        "a: b\r\n".repeat(headers::MAX_HEADERS + 1)
    );
    vec![
        "HTTP/1.1 404 Not Found\r\nOwn: header\r\n\r\nand a body".to_owned(),
        "HTTP/1.1 302 Found\r\nLocation: ws://localhost/\r\n\r\n".to_owned(),
        RESPONSE.replace("HTTP/1.1", "HTTP/1.0"),
        RESPONSE.replace("websocket", "another"),
        RESPONSE.replace("Connection: Upgrade", "Connection: close"),
        RESPONSE.replace("s3pP", "S3Pp"),
        RESPONSE.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: p\r\n\r\n"),
        "no HTTP at all\r\n\r\n".to_owned(),
        many_headers,
        "HTTP/1.1 101".to_owned(),
        String::new(),
    ]
}

/// For a server that takes 64 bytes at most.
pub fn frames() -> Vec<Vec<u8>> {
    vec![
        from_server(FINAL | TEXT, b"not masked"),
        from_client(FINAL | 0x40 | TEXT, b"reserved bit"),
        from_client(FINAL | 3, b"opcode"),
        from_client(PING, b"fragmented ping"),
        from_client(FINAL | CONTINUATION, b"of nothing"),
        from_client(FINAL | TEXT, b"\xff\xfe"),
        [
            from_client(BINARY, b"one"),
            from_client(FINAL | BINARY, b"two"),
        ]
        .concat(),
        from_client(FINAL | BINARY, &[0; 100]),
        vec![],
    ]
}
