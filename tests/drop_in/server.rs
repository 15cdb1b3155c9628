//! A server that answers connections as tests of `connect` need it, over loopback.

use crate::steps::{FINAL, KEY, TEXT, from_server};
use redhanded::raw::tungstenite::handshake::client::Request;
use redhanded::raw::tungstenite::handshake::derive_accept_key;
use socket2::{Domain, Socket, Type};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// The time after which a test that hangs fails. No test waits for it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A server that answers by path, and keeps the requests. Its thread ends with the test process.
pub struct Server {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let server = Server {
            address: listener.local_addr().unwrap(),
            asked: Arc::default(),
        };
        let (address, asked) = (server.address, server.asked.clone());
        thread::spawn(move || {
            listener
                .incoming()
                .for_each(|stream| answer(stream.unwrap(), address, &asked))
        });
        server
    }

    pub fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.address)
    }

    /// A request with a key of RFC 6455's own, so that two runs send the same bytes.
    pub fn request(&self, path: &str) -> Request {
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

    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

/// An address on loopback that refuses connections. No other socket can take its port meanwhile.
pub struct Refusing(Socket);

impl Refusing {
    pub fn new() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        socket.bind(&any_port.into()).unwrap();
        Refusing(socket)
    }

    pub fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap().as_socket().unwrap()
    }
}

fn answer(mut stream: TcpStream, address: SocketAddr, asked: &Mutex<Vec<String>>) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut lines = BufReader::new(&stream).lines();
    let head: Vec<String> =
        std::iter::from_fn(|| lines.next()?.ok().filter(|line| !line.is_empty())).collect();
    let key = head
        .iter()
        .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "))
        .unwrap_or_default();
    let path = head
        .first()
        .and_then(|line| line.split(' ').nth(1))
        .unwrap_or_default();
    let redirect =
        |status: &str, location: &str| format!("HTTP/1.1 {status}\r\nLocation: {location}\r\n\r\n");
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
    // One write, so that the bytes after the response come in the same read.
    stream.write_all(&reply).unwrap();
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = stream.read(&mut [0; 64]);
}
