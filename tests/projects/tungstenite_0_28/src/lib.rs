//! A server of quotes: it answers the questions of a client, and sends prices as they come.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use tungstenite::protocol::{Role, WebSocket};
use tungstenite::{Error, Message};

/// Writes on one connection.
#[derive(Debug)]
pub struct Feed {
    socket: WebSocket<TcpStream>,
}

impl Feed {
    /// The server's end of a connection, after the handshake.
    pub fn accept(stream: TcpStream) -> Self {
        let socket = tungstenite::accept(stream).expect("a handshake");
        Feed { socket }
    }

    /// A second object on the same socket. Two that write at once tear each other's messages.
    pub fn another(&self) -> Self {
        let stream = self.socket.get_ref().try_clone().expect("a descriptor");
        let socket = WebSocket::from_raw_socket(stream, Role::Server, None);
        Feed { socket }
    }

    /// All prices of a day.
    #[inline(always)]
    pub fn send_history(&mut self) -> Result<(), Error> {
        self.socket.send(Message::binary(vec![0; 15 << 20])) // WRITER
    }

    /// One price.
    #[inline(always)]
    pub fn send_price(&mut self, cents: u32) -> Result<(), Error> {
        self.socket.send(Message::text(cents.to_string())) // WRITER
    }

    /// Says goodbye, and waits for the answer.
    pub fn close(mut self) {
        self.socket.close(None).expect("the client is there");
        while self.socket.read().is_ok() {}
    }
}

/// A connection: the server's stream, and a client that counts the messages up to the close frame, or to the first bytes
/// that are none. The client calls a function before it takes one.
pub fn connection(
    on_news: impl FnMut(&TcpStream) + Send + 'static,
) -> (TcpStream, JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let client = thread::spawn(move || listen(address, on_news));
    let (stream, _) = listener.accept().expect("a client");
    (stream, client)
}

fn listen(server: SocketAddr, mut on_news: impl FnMut(&TcpStream)) -> usize {
    let stream = TcpStream::connect(server).expect("a server");
    let (mut socket, _) =
        tungstenite::client(format!("ws://{server}/"), stream).expect("a handshake");
    let mut messages = 0;
    let end = loop {
        on_news(socket.get_ref());
        match socket.read() {
            Ok(message) => messages += usize::from(!message.is_close()),
            Err(end) => break end,
        }
    };
    drop(on_news);
    if !matches!(end, Error::ConnectionClosed) {
        // The server would be stuck if nothing took the rest.
        let _ = io::copy(socket.get_mut(), &mut io::sink());
    }
    messages
}
