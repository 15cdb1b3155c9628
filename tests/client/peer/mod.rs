//! The other end: a server that each test drives by hand.

use redhanded::raw::tungstenite::{self, Message, WebSocket};
use redhanded_client::{Backoff, Builder, Client, Event, Options};
use socket2::{Domain, Socket, Type};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::OnceLock;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// The time after which a test that hangs fails. No test waits for it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A listening socket on loopback.
pub struct Server {
    pub listener: TcpListener,
}

impl Server {
    pub fn new() -> Self {
        Server {
            listener: TcpListener::bind("127.0.0.1:0").unwrap(),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    pub fn url(&self) -> String {
        format!("ws://{}/path", self.address())
    }

    /// A client that tries again quickly.
    pub fn builder(&self) -> Builder {
        Client::builder(self.url()).backoff(quick())
    }

    pub fn client(&self) -> Client {
        self.builder().start().unwrap()
    }

    /// The next socket that connects.
    pub fn accept_socket(&self) -> TcpStream {
        let (socket, _) = self.listener.accept().unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.set_write_timeout(Some(PATIENCE)).unwrap();
        socket.set_nodelay(true).unwrap();
        socket
    }

    /// The next connection, after its handshake.
    pub fn accept(&self) -> WebSocket<TcpStream> {
        tungstenite::accept(self.accept_socket()).unwrap()
    }
}

/// An address on loopback that refuses connections until a server starts there. No other socket can
/// take its port meanwhile.
pub struct Refusing(Socket);

impl Refusing {
    pub fn new() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        socket.bind(&any_port.into()).unwrap();
        Refusing(socket)
    }

    pub fn url(&self) -> String {
        let address = self.0.local_addr().unwrap().as_socket().unwrap();
        format!("ws://{address}/path")
    }

    /// Starts a server at this address.
    pub fn listen(self) -> Server {
        self.0.listen(128).unwrap();
        Server {
            listener: self.0.into(),
        }
    }
}

/// The URL of an address that refuses connections for as long as this process lives.
pub fn refused_url() -> String {
    static REFUSING: OnceLock<Refusing> = OnceLock::new();
    REFUSING.get_or_init(Refusing::new).url()
}

/// A backoff that tries again almost at once.
pub fn quick() -> Backoff {
    Backoff::default()
        .first(Duration::from_millis(1))
        .limit(Duration::from_millis(10))
}

/// Options that give a peer up quickly.
pub fn impatient() -> Options {
    Options::default()
        .keepalive(Some(Duration::from_millis(50)))
        .pong_timeout(Duration::from_millis(150))
}

/// Runs a test with a time limit. Checks that no second writer was found on any connection.
pub fn run(test: impl FnOnce() + Send + 'static) {
    let watch = redhanded::watch();
    let (done, is_done) = channel();
    let thread = thread::spawn(move || {
        test();
        done.send(()).unwrap();
    });
    match is_done.recv_timeout(PATIENCE * 4) {
        Ok(()) => thread.join().unwrap(),
        Err(RecvTimeoutError::Timeout) => panic!("the test takes too long"),
        Err(RecvTimeoutError::Disconnected) => {
            std::panic::resume_unwind(thread.join().unwrap_err())
        }
    }
    watch.assert_clean();
}

/// The next data message that a peer receives.
pub fn next(peer: &mut WebSocket<TcpStream>) -> Message {
    loop {
        let message = peer.read().unwrap();
        if message.is_text() || message.is_binary() {
            return message;
        }
    }
}

/// The texts that a peer receives from here on, until the connection ends.
pub fn rest(peer: &mut WebSocket<TcpStream>) -> Vec<String> {
    std::iter::from_fn(|| peer.read().ok())
        .filter(|message| message.is_text())
        .map(|message| message.to_string())
        .collect()
}

/// Takes events until `ask` returns an answer.
pub fn until<T>(client: &Client, mut ask: impl FnMut(Event) -> Option<T>) -> T {
    loop {
        let event = client.recv_timeout(PATIENCE).expect("it comes");
        if let Some(answer) = ask(event) {
            return answer;
        }
    }
}

pub fn connected(client: &Client) -> u64 {
    until(client, |event| {
        if let Event::Connected { connection } = event {
            Some(connection)
        } else {
            None
        }
    })
}

pub fn disconnected(
    client: &Client,
) -> (redhanded_client::error::ConnectionError, Option<Duration>) {
    until(client, |event| {
        if let Event::Disconnected { why, retry_in } = event {
            Some((why, retry_in))
        } else {
            None
        }
    })
}

pub fn message(client: &Client) -> String {
    until(client, |event| {
        if let Event::Message(message) = event {
            Some(message.to_string())
        } else {
            None
        }
    })
}
