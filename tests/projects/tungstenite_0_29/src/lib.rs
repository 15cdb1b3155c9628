//! A server that sends files to a client.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use tungstenite::{Error, WebSocket};

/// A file that no socket takes at once.
pub fn large_file() -> Vec<u8> {
    vec![1; 15 << 20]
}

/// The server's end of a connection, and a client that counts the files up to the close frame, or to the first bytes that
/// are no message. The client calls a function before it takes one.
pub fn connection(
    on_begin: impl FnMut(&TcpStream) + Send + 'static,
) -> (WebSocket<TcpStream>, JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let client = thread::spawn(move || receive(address, on_begin));
    let (stream, _) = listener.accept().expect("a client");
    (tungstenite::accept(stream).expect("a handshake"), client)
}

fn receive(server: SocketAddr, mut on_begin: impl FnMut(&TcpStream)) -> usize {
    let stream = TcpStream::connect(server).expect("a server");
    let (mut socket, _) =
        tungstenite::client(format!("ws://{server}/"), stream).expect("a handshake");
    let mut files = 0;
    let end = loop {
        on_begin(socket.get_ref());
        match socket.read() {
            Ok(message) => files += usize::from(message.is_binary()),
            Err(end) => break end,
        }
    };
    drop(on_begin);
    if !matches!(end, Error::ConnectionClosed) {
        // The server would be stuck if nothing took the rest.
        let _ = io::copy(socket.get_mut(), &mut io::sink());
    }
    files
}
