//! Plain HTTP through taps: pages, uploads, chunks, and bodies that look like frames.
//!
//! A tapped listener taps every connection of a server, and most of them are never upgraded. There are no
//! frames on them, whatever their bodies contain and however many handles write.

use crate::asynchronous::on_one_thread;
use crate::common::{PATIENCE, connection, start};
use crate::never_accused;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::{get, post};
use futures_util::stream::iter;
use redhanded::Tap;
use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use tokio::net::TcpListener;

/// Bytes of frames: a whole one, a fragment, one without an end, and the handshake that a server sends before.
const HEAD: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
const LOOKALIKES: [&[u8]; 5] = [
    b"\x81\x05hello",
    b"\x01\x03abc\x80\x03def",
    b"\x82\x7f\x00\x00\x00\x00\x00\x20\x00\x00 and no end",
    b"\x80\x02go",
    HEAD,
];

fn app() -> Router {
    let lookalike = |index: usize| get(move || async move { LOOKALIKES[index] });
    let chunked = async || {
        Body::from_stream(iter(
            LOOKALIKES.map(|chunk| Ok::<_, Infallible>(Bytes::from(chunk))),
        ))
    };
    let pages = (0..LOOKALIKES.len()).fold(Router::new(), |app, index| {
        app.route(&format!("/{index}"), lookalike(index))
    });
    pages
        .route("/chunked", get(chunked))
        .route("/echo", post(async |body: Bytes| body))
}

/// Reads one answer whose body ends like this.
fn takes(socket: &mut impl Read, end: &[u8]) {
    let mut answer = Vec::new();
    // A head of the server's own comes before.
    while !(answer.ends_with(end)
        && answer.windows(4).any(|four| four == b"\r\n\r\n")
        && answer.len() > end.len() + 17)
    {
        let mut byte = [0];
        socket.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    assert!(
        answer.starts_with(b"HTTP/1.1 200 OK\r\n"),
        "{}",
        String::from_utf8_lossy(&answer)
    );
}

/// A client whose own connection is tapped as well.
fn visit(address: SocketAddr) {
    let socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    // Without this, a body after a head waits for an acknowledgement that the system delays.
    socket.set_nodelay(true).unwrap();
    let mut socket = Tap::new(socket);
    for _ in 0..2 {
        for (index, body) in LOOKALIKES.iter().enumerate() {
            write!(socket, "GET /{index} HTTP/1.1\r\nHost: here\r\n\r\n").unwrap();
            takes(&mut socket, body);
            write!(
                socket,
                "POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: {}\r\n\r\n",
                body.len()
            )
            .unwrap();
            socket.write_all(body).unwrap();
            takes(&mut socket, body);
        }
        socket
            .write_all(b"GET /chunked HTTP/1.1\r\nHost: here\r\n\r\n")
            .unwrap();
        takes(&mut socket, b"\r\n0\r\n\r\n");
        socket
            .write_all(b"POST /echo HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n")
            .unwrap();
        for body in LOOKALIKES {
            socket
                .write_all(&[format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\n"].concat())
                .unwrap();
        }
        socket.write_all(b"0\r\n\r\n").unwrap();
        takes(&mut socket, HEAD);
    }
}

fn pages() {
    on_one_thread(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(axum::serve(Tap::new(listener), app()).into_future());
        let visitors = ["one", "two", "three"].map(|name| start(name, move || visit(address)));
        tokio::task::spawn_blocking(|| visitors.map(|visitor| visitor.result()))
            .await
            .unwrap();
        server.abort();
    });
}

#[test]
fn pages_and_uploads_over_tapped_connections_are_not_accused() {
    never_accused(pages);
}

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n";

/// Another tap on the same socket writes each answer, head and body apart. Two write at once, without any lock. That is
/// wrong, but it breaks no frame.
fn by_many_handles() {
    let (socket, peer) = connection();
    let mut peer = peer.stream;
    let answers = ["one", "two"].map(|name| {
        let clone = socket.try_clone().unwrap();
        start(name, move || {
            for body in LOOKALIKES.iter().cycle().take(20) {
                let mut tap = Tap::new(clone.try_clone().unwrap());
                tap.write_all(ANSWER).unwrap();
                tap.write_all(body).unwrap();
            }
        })
    });
    let bodies: usize = LOOKALIKES.iter().map(|body| body.len()).sum();
    let mut seen = vec![0; 2 * (20 * ANSWER.len() + 4 * bodies)];
    peer.read_exact(&mut seen).unwrap();
    answers.into_iter().for_each(|answer| answer.result());
}

#[test]
fn answers_by_many_taps_on_one_socket_are_not_accused() {
    never_accused(by_many_handles);
}

/// An upgrade to something else, which looks like frames and has two writers.
fn another_protocol() {
    let (socket, peer) = connection();
    let mut peer = peer.stream;
    const UPGRADED: &[u8] =
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\nConnection: Upgrade\r\n\r\n";
    let writers = ["one", "two"].map(|name| {
        let mut tap = Tap::new(socket.try_clone().unwrap());
        start(name, move || {
            tap.write_all(UPGRADED).unwrap();
            for bytes in LOOKALIKES[..4].iter().cycle().take(20) {
                tap.write_all(bytes).unwrap();
            }
        })
    });
    let bytes: usize = LOOKALIKES[..4].iter().map(|bytes| bytes.len()).sum();
    let mut seen = vec![0; 2 * (UPGRADED.len() + 5 * bytes)];
    peer.read_exact(&mut seen).unwrap();
    writers.into_iter().for_each(|writer| writer.result());
}

#[test]
fn an_upgrade_to_another_protocol_is_not_accused() {
    never_accused(another_protocol);
}

/// A page that shows what a handshake and broken frames look like, sent in calls of its own.
fn a_page_about_handshakes() {
    let (socket, peer) = connection();
    let mut peer = peer.stream;
    let mut tap = Tap::new(socket);
    let sent = [
        ANSWER,
        HEAD,
        b"\x81\x01a\x80\x01b",
        b"\x82\x7e\xff\xff some",
        b"\x80\x01b",
        b"\x81\x01a",
    ];
    for page in 0..2 {
        let request: &[u8] = b"GET /page HTTP/1.1\r\nHost: here\r\n\r\n";
        peer.write_all(request).unwrap();
        tap.read_exact(&mut vec![0; request.len()]).unwrap();
        sent.iter().for_each(|bytes| tap.write_all(bytes).unwrap());
        let expected = sent.concat();
        let mut seen = vec![0; expected.len()];
        peer.read_exact(&mut seen).unwrap();
        assert_eq!(seen, expected, "page {page}");
    }
}

#[test]
fn a_page_with_a_handshake_in_it_is_not_accused() {
    never_accused(a_page_about_handshakes);
}
