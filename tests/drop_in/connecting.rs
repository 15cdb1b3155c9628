//! `connect`: redirects, refusals and everything that is wrong with a URL, over loopback.

use crate::one_to_one;
use crate::steps::{FINAL, KEY, TEXT, from_server};
use redhanded::tungstenite::handshake::client::Request;
use redhanded::tungstenite::handshake::derive_accept_key;
use redhanded::tungstenite::stream::MaybeTlsStream;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Ends a test that would hang; no test waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that answers by path, and tells what it was asked. Its thread ends with the test process.
struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let server = Server { address: listener.local_addr().unwrap(), asked: Arc::default() };
        let (address, asked) = (server.address, server.asked.clone());
        thread::spawn(move || listener.incoming().for_each(|stream| answer(stream.unwrap(), address, &asked)));
        server
    }

    fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }

    /// A request with a key of RFC 6455's own, so that two runs send the same bytes.
    fn request(&self, path: &str) -> Request {
        Request::builder()
            .uri(self.url(path))
            .header("Host", "localhost")
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", KEY)
            .header("Own", "header")
            .body(())
            .unwrap()
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

fn answer(mut stream: TcpStream, address: SocketAddr, asked: &Mutex<Vec<String>>) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut lines = BufReader::new(&stream).lines();
    let head: Vec<String> = std::iter::from_fn(|| lines.next()?.ok().filter(|line| !line.is_empty())).collect();
    let key = head.iter().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap_or_default();
    let path = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
    let redirect = |status: &str, location: &str| format!("HTTP/1.1 {status}\r\nLocation: {location}\r\n\r\n");
    let mut reply = match path {
        "/moved" => redirect("301 Moved", &format!("ws://{address}/found")),
        "/found" => redirect("302 Found", &format!("ws://localhost:{}/here", address.port())),
        "/circle" => redirect("307 Again", &format!("ws://{address}/circle")),
        "/relative" => redirect("302 Found", "/here"),
        "/to-http" => redirect("302 Found", &format!("http://{address}/here")),
        "/to-wss" => redirect("302 Found", &format!("wss://{address}/here")),
        "/no-url" => redirect("302 Found", "ws://not a url"),
        "/not-text" => redirect("302 Found", "\u{e4}"),
        "/nowhere" => "HTTP/1.1 302 Found\r\nOwn: header\r\n\r\nand a body".to_owned(),
        "/missing" => "HTTP/1.1 404 Not Found\r\n\r\nand a body".to_owned(),
        "/silence" => String::new(),
        _ => format!(
            "HTTP/1.1 101 Yes\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {}\r\n\r\n",
            derive_accept_key(key.as_bytes())
        ),
    }
    .into_bytes();
    if path == "/here" {
        reply.extend(from_server(FINAL | TEXT, b"right behind"));
    }
    asked.lock().unwrap().push(head.join("|"));
    // One write, so that what is behind the response comes in the same read.
    stream.write_all(&reply).unwrap();
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = stream.read(&mut [0; 64]);
}

#[test]
fn a_connection_is_made_and_nothing_behind_the_response_is_lost() {
    let server = Server::start();
    let seen = one_to_one!(lib, log => {
        let (mut socket, response) = lib::connect(server.request("/here")).unwrap();
        log.note("response", response);
        let MaybeTlsStream::Plain(stream) = socket.get_ref() else { panic!("no TLS was asked for") };
        let stream: &TcpStream = stream;
        log.note("stream", (stream.peer_addr().unwrap(), stream.nodelay().unwrap()));
        log.note("config", socket.get_config());
        log.note("read", socket.read());
        log.note("read", socket.read());
        log.note("asked", server.asked());
    });
    assert!(seen[3].contains("right behind"), "{seen:?}");
}

#[test]
fn the_url_alone_is_enough() {
    let server = Server::start();
    one_to_one!(lib, log => {
        let (mut socket, response) = lib::connect(server.url("/here")).unwrap();
        log.note("status", response.status());
        log.note("read", socket.read());
        log.note("asked for", server.asked()[0].split('|').next().unwrap().to_owned());
    });
}

#[test]
fn redirects_are_followed_with_the_same_headers() {
    let server = Server::start();
    let seen = one_to_one!(lib, log => {
        let (mut socket, response) = lib::connect(server.request("/moved")).unwrap();
        log.note("response", response);
        log.note("read", socket.read());
        log.note("asked", server.asked());
    });
    assert_eq!(seen.last().unwrap().matches("Own").count() + seen.last().unwrap().matches("own").count(), 3);
}

#[test]
fn redirects_end_at_the_limit() {
    let server = Server::start();
    for (path, limit, times) in [("/circle", 0, 1), ("/circle", 1, 2), ("/circle", 5, 6), ("/moved", 1, 2)] {
        let seen = one_to_one!(lib, log => {
            log.note_error("connect", lib::client::connect_with_config(server.request(path), None, limit));
            log.note("asked", server.asked().len());
        });
        assert_eq!(seen[1], format!("asked = {times}"));
    }
    one_to_one!(lib, log => {
        log.note_error("connect", lib::connect(server.request("/circle")));
        log.note("asked", server.asked().len());
    });
}

#[test]
fn redirects_to_where_nobody_can_go_fail_in_the_same_way() {
    let server = Server::start();
    for path in ["/relative", "/to-http", "/no-url", "/not-text", "/nowhere", "/missing", "/silence"] {
        one_to_one!(lib, log => {
            log.note_error(path, lib::connect(server.request(path)));
            log.note("asked", server.asked());
        });
    }
}

#[test]
#[cfg(not(any(feature = "native-tls", feature = "__rustls-tls")))]
fn without_a_tls_library_a_secure_url_fails_before_anything_is_connected() {
    let server = Server::start();
    one_to_one!(lib, log => {
        log.note_error("connect", lib::connect(server.url("/here").replace("ws:", "wss:")));
        log.note_error("connect", lib::connect(server.request("/to-wss")));
        log.note("asked", server.asked());
    });
}

#[test]
fn what_cannot_be_connected_to_fails_in_the_same_way() {
    // A port that was free a moment ago: nobody listens there.
    let refused = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let urls = [
        format!("ws://{refused}/path"),
        format!("ws://[::1]:{}/path", refused.port()),
        "http://localhost/".to_owned(),
        "localhost".to_owned(),
        "/path".to_owned(),
        "ws://".to_owned(),
        "ws://:80/".to_owned(),
        "ws://user@/".to_owned(),
        "not a url".to_owned(),
        String::new(),
    ];
    for url in urls {
        one_to_one!(lib, log => {
            log.note_error(&url, lib::connect(&url));
            log.note_error(&url, lib::client::connect_with_config(&url, None, 0));
        });
    }
}

#[test]
fn an_invalid_configuration_panics_after_the_handshake() {
    let server = Server::start();
    one_to_one!(lib, log => {
        let config = lib::protocol::WebSocketConfig::default().max_write_buffer_size(0);
        log.note_panic("connect", || lib::client::connect_with_config(server.request("/here"), Some(config), 3).map(drop));
    });
}
