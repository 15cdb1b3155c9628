//! `connect_async`, over loopback: what it gives, what it sets, and everything that is wrong with a URL.

use crate::one_to_one;
use crate::steps::{FINAL, KEY, TEXT, from_server};
use futures_util::stream::StreamExt;
use redhanded::raw::tungstenite::handshake::client::Request;
use redhanded::raw::tungstenite::handshake::derive_accept_key;
use redhanded::raw::tungstenite::protocol::WebSocketConfig;
use std::future::Future;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Ends a test that would hang; no test waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(30);

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async { tokio::time::timeout(PATIENCE, future).await.expect("it takes for ever") })
}

/// A server that answers by path, and tells what it was asked. Its thread ends with the test process.
struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let server = Server { address: listener.local_addr().unwrap(), asked: Arc::default() };
        let asked = server.asked.clone();
        thread::spawn(move || listener.incoming().for_each(|stream| answer(stream.unwrap(), &asked)));
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

fn answer(mut stream: TcpStream, asked: &Mutex<Vec<String>>) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut lines = BufReader::new(&stream).lines();
    let head: Vec<String> = std::iter::from_fn(|| lines.next()?.ok().filter(|line| !line.is_empty())).collect();
    let key = head.iter().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap_or_default();
    let path = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
    let mut reply = match path {
        "/moved" => "HTTP/1.1 301 Moved\r\nLocation: /here\r\n\r\n".to_owned(),
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
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.read(&mut [0; 64]);
}

#[test]
fn a_connection_is_made_and_nothing_behind_the_response_is_lost() {
    let server = Server::start();
    let seen = one_to_one!(lib, log => {
        block_on(async {
            let (mut socket, response) = lib::connect_async(server.request("/here")).await.unwrap();
            log.note("response", response);
            let lib::MaybeTlsStream::Plain(stream) = socket.get_ref() else { panic!("no TLS was asked for") };
            let stream: &tokio::net::TcpStream = stream;
            log.note("peer", stream.peer_addr().unwrap());
            log.note("config", socket.get_config());
            log.note("next", socket.next().await);
            log.note("next", socket.next().await);
            log.note("asked", server.asked());
        })
    });
    assert!(seen[3].contains("right behind"), "{seen:?}");
}

#[test]
fn the_url_alone_is_enough() {
    let server = Server::start();
    one_to_one!(lib, log => {
        block_on(async {
            let (mut socket, response) = lib::connect_async(server.url("/here")).await.unwrap();
            log.note("status", response.status());
            log.note("next", socket.next().await);
            log.note("asked for", server.asked()[0].split('|').next().unwrap().to_owned());
        })
    });
}

#[test]
fn nagles_algorithm_is_disabled_exactly_when_it_is_asked_for() {
    let server = Server::start();
    for disable in [false, true] {
        let seen = one_to_one!(lib, log => {
            block_on(async {
                let config = Some(WebSocketConfig::default().max_frame_size(Some(7)));
                let connecting = lib::connect_async_with_config(server.request("/here"), config, disable);
                let (mut socket, _) = connecting.await.unwrap();
                log.note("no delay", socket.get_ref().get_ref().nodelay().unwrap());
                log.note("config", socket.get_config());
                log.note("too long for it", socket.next().await);
            })
        });
        assert_eq!(seen[0], format!("no delay = {disable}"));
    }
}

#[test]
fn a_response_that_is_no_upgrade_is_an_error_and_no_redirect_is_followed() {
    let server = Server::start();
    for path in ["/moved", "/missing", "/silence"] {
        let seen = one_to_one!(lib, log => {
            log.note_error(path, block_on(lib::connect_async(server.request(path))));
            log.note("asked", server.asked());
        });
        assert_eq!(seen[1].matches("GET").count(), 1);
    }
}

#[test]
#[cfg(not(any(feature = "native-tls", feature = "__rustls-tls")))]
fn without_a_tls_library_a_secure_url_fails_in_the_same_way() {
    let server = Server::start();
    let seen = one_to_one!(lib, log => {
        log.note_error("connect", block_on(lib::connect_async(server.url("/here").replace("ws:", "wss:"))));
    });
    assert!(seen[0].contains("TLS support not compiled in"), "{seen:?}");
}

#[test]
fn what_cannot_be_connected_to_fails_in_the_same_way() {
    // A port that was free a moment ago: nobody listens there.
    let refused = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let urls = [
        format!("ws://{refused}/path"),
        format!("ws://[::1]:{}/path", refused.port()),
        format!("http://{refused}/"),
        "http://localhost/".to_owned(),
        "ftp://localhost/".to_owned(),
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
            log.note_error(&url, block_on(lib::connect_async(&url)));
            log.note_error(&url, block_on(lib::connect_async_with_config(&url, None, true)));
        });
    }
}

#[test]
fn an_invalid_configuration_panics_after_the_handshake() {
    let server = Server::start();
    one_to_one!(lib, log => {
        let config = Some(WebSocketConfig::default().max_write_buffer_size(0));
        log.note_panic("connect", || block_on(lib::connect_async_with_config(server.request("/"), config, false)).map(drop));
    });
}
