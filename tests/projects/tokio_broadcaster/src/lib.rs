//! A server that sends each client its own state, and news for all.

use futures_util::StreamExt;
use std::net::SocketAddr;
use tokio::io::{copy, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::{client_async, tungstenite::Error};

/// The size of a client's state, in bytes. No socket takes it at once.
pub const STATE: usize = 4 << 20;
/// How many news there are.
pub const NEWS: usize = 20;

/// The server's end of a connection, and a client that counts the messages up to the close frame, or to the first bytes
/// that are none.
pub async fn connection() -> (TcpStream, JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let client = tokio::spawn(listen(address));
    let (stream, _) = listener.accept().await.expect("a client");
    (stream, client)
}

async fn listen(server: SocketAddr) -> usize {
    let stream = TcpStream::connect(server).await.expect("a server");
    let url = format!("ws://{server}/");
    let (mut socket, _) = client_async(url, stream).await.expect("a handshake");
    let mut messages = 0;
    let end = loop {
        match socket.next().await {
            Some(Ok(message)) => messages += usize::from(!message.is_close()),
            Some(Err(end)) => break end,
            None => break Error::ConnectionClosed,
        }
    };
    if !matches!(end, Error::ConnectionClosed) {
        // The server would be stuck if nothing took the rest.
        let _ = copy(socket.get_mut(), &mut sink()).await;
    }
    messages
}
