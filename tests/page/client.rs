//! A client of the page that sends exactly the given bytes, and programs that the page can show.
#![allow(dead_code)] // No test binary uses all of it.

use redhanded::dashboard::{Dashboard, serve};
use redhanded::tungstenite::{Message, WebSocket, protocol::Role};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The time after which a test that hangs fails. No test waits for it.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Reply {
    /// Reads one answer. Of the body it reads only what `Content-Length` says.
    pub fn read(from: &TcpStream, with_body: bool) -> Self {
        Self::try_read(from, with_body).expect("an answer")
    }

    /// The same, for a connection that may be closed without an answer.
    pub fn try_read(from: &TcpStream, with_body: bool) -> Option<Self> {
        let mut from = BufReader::new(from);
        let mut line = || {
            let mut line = String::new();
            from.read_line(&mut line).ok().filter(|count| *count > 0)?;
            Some(line.trim_end().to_owned())
        };
        let status = line()?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<_> = std::iter::from_fn(|| line().filter(|line| !line.is_empty()))
            .map(|line| {
                line.split_once(": ")
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .unwrap()
            })
            .collect();
        let mut reply = Reply {
            status,
            headers,
            body: String::new(),
        };
        if let Some(length) = reply.header("Content-Length").filter(|_| with_body) {
            let mut body = vec![0; length.parse().unwrap()];
            from.read_exact(&mut body).ok()?;
            reply.body = String::from_utf8(body).unwrap();
        }
        Some(reply)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

pub fn page() -> Dashboard {
    serve("127.0.0.1:0").unwrap()
}

pub fn address(page: &Dashboard) -> SocketAddr {
    page.address().expect("the page has an address")
}

pub fn connect(page: &Dashboard) -> TcpStream {
    connect_to(address(page))
}

pub fn connect_to(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

pub fn send(page: &Dashboard, request: &str) -> TcpStream {
    let mut stream = connect(page);
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

pub fn ask(page: &Dashboard, method: &str, path: &str, further: &str) -> Reply {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\n{further}\r\n",
        address(page)
    );
    Reply::read(&send(page, &request), method != "HEAD")
}

pub fn get(page: &Dashboard, path: &str) -> Reply {
    ask(page, "GET", path, "")
}

pub fn status_with_headers(page: &Dashboard, path: &str, headers: &str) -> u16 {
    Reply::read(
        &send(page, &format!("GET {path} HTTP/1.1\r\n{headers}\r\n")),
        true,
    )
    .status
}

/// Looks again and again until there is a result.
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "no {what}");
        thread::yield_now();
    }
}

/// The two ends of a connection over loopback.
pub fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (socket, listener.accept().unwrap().0)
}

/// Two writers inside their calls on one connection. The peer has read one byte and no more.
pub struct Overlap {
    peer: TcpStream,
    pub local: SocketAddr,
    writers: Vec<JoinHandle<()>>,
}

impl Overlap {
    /// The second writer runs `second`: each test chooses a different call, and so gets a report of its own.
    pub fn begin(second: impl FnOnce(&mut WebSocket<TcpStream>) + Send + 'static) -> Self {
        let (socket, mut peer) = connection();
        let local = socket.local_addr().unwrap();
        let mut one = WebSocket::from_raw_socket(socket.try_clone().unwrap(), Role::Client, None);
        let mut two = WebSocket::from_raw_socket(socket, Role::Client, None);
        let sender = thread::Builder::new().name("<b>sender</b>".into());
        let sender = sender
            .spawn(move || drop(one.send(Message::from(vec![0u8; 64 << 20]))))
            .unwrap();
        // Its first byte is here, and the others have no room. So the sender stays inside its call.
        peer.read_exact(&mut [0]).unwrap();
        let second = thread::Builder::new()
            .name("second".into())
            .spawn(move || second(&mut two))
            .unwrap();
        Overlap {
            peer,
            local,
            writers: vec![sender, second],
        }
    }

    /// Lets both calls return.
    pub fn end(self) {
        drop(self.peer);
        self.writers
            .into_iter()
            .for_each(|writer| writer.join().unwrap());
    }
}
