//! A server that sends each client its own state, and news for all.

use futures_util::StreamExt;
use std::net::SocketAddr;
use tokio::io::{copy, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::Sender;
use tokio::task::{JoinHandle, yield_now};
use tokio_tungstenite::{client_async, tungstenite::Error};

/// The size of a client's state, in bytes. No socket takes it at once.
pub const STATE: usize = 15 << 20;
/// How many news there are.
pub const NEWS: usize = 10;

/// The server's end of a connection, and a client that counts the messages up to the close frame, or to the first bytes
/// that are none. The client tells of it whenever something begins to come.
pub async fn connection(begins: Option<Sender<()>>) -> (TcpStream, JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let client = tokio::spawn(listen(address, begins));
    let (stream, _) = listener.accept().await.expect("a client");
    (stream, client)
}

async fn listen(server: SocketAddr, mut begins: Option<Sender<()>>) -> usize {
    let stream = TcpStream::connect(server).await.expect("a server");
    let url = format!("ws://{server}/");
    let (mut socket, _) = client_async(url, stream).await.expect("a handshake");
    let mut messages = 0;
    let end = loop {
        if let Some(begin) = &begins {
            // Waits for a byte, and leaves it where it is.
            let _ = socket.get_ref().peek(&mut [0]).await;
            if begin.send(()).await.is_err() {
                begins = None;
            }
            yield_now().await;
        }
        match socket.next().await {
            Some(Ok(message)) => messages += usize::from(!message.is_close()),
            Some(Err(end)) => break end,
            None => break Error::ConnectionClosed,
        }
    };
    drop(begins);
    if !matches!(end, Error::ConnectionClosed) {
        // The server would be stuck if nothing took the rest.
        let _ = copy(socket.get_mut(), &mut sink()).await;
    }
    messages
}
