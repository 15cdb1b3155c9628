//! A camera that is watched over a WebSocket: the server sends pictures, and a caption for each.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use tungstenite::{Error, WebSocket};

/// How many pictures there are.
pub const PICTURES: usize = 10;
/// The size of a picture, in bytes. No socket takes it at once.
pub const SIZE: usize = 15 << 20;

/// The server's end of a connection, and a viewer, which calls a function before it takes a message.
pub fn connection(
    on_glance: impl FnMut(&TcpStream) + Send + 'static,
) -> (WebSocket<TcpStream>, JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let viewer = thread::spawn(move || view(address, on_glance));
    let (stream, _) = listener.accept().expect("a viewer");
    (tungstenite::accept(stream).expect("a handshake"), viewer)
}

/// Counts the messages up to the close frame, or to the first bytes that are none.
fn view(server: SocketAddr, mut on_glance: impl FnMut(&TcpStream)) -> usize {
    let stream = TcpStream::connect(server).expect("a server");
    let (mut socket, _) =
        tungstenite::client(format!("ws://{server}/"), stream).expect("a handshake");
    let mut messages = 0;
    let end = loop {
        on_glance(socket.get_ref());
        match socket.read() {
            Ok(message) => messages += usize::from(!message.is_close()),
            Err(end) => break end,
        }
    };
    drop(on_glance);
    if !matches!(end, Error::ConnectionClosed) {
        println!("after {messages} messages: {end}");
        // The server would be stuck if nothing took the rest.
        let _ = io::copy(socket.get_mut(), &mut io::sink());
    }
    messages
}
