//! The fault: smol's `TcpStream` can be cloned, and a broadcaster has a clone beside the handler's.

use async_tungstenite::tungstenite::{Message, protocol::Role};
use async_tungstenite::{WebSocketStream, accept_async, client_async};
use futures_util::StreamExt;
use smol::channel::{Receiver, Sender, bounded};
use smol::net::{TcpListener, TcpStream};
use std::net::SocketAddr;

const NEWS: usize = 10;
/// No socket takes this at once.
const STATE: usize = 15 << 20;

fn main() {
    smol::block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (begin, begins) = bounded(1);
        let client = smol::spawn(listen(address, begin));
        let (stream, _) = listener.accept().await.expect("a client");
        let clone = stream.clone();
        let handler = accept_async(stream).await.expect("a handshake");
        let broadcaster = WebSocketStream::from_raw_socket(clone, Role::Server, None).await;

        let broadcast = smol::spawn(broadcast(broadcaster, begins));
        handle(handler).await;
        broadcast.await;
        client.await;
    });
}

async fn handle(mut client: WebSocketStream<TcpStream>) {
    for _ in 0..NEWS {
        let state = Message::binary(vec![7; STATE]);
        client.send(state).await.expect("the client is there"); // WRITER
    }
}

async fn broadcast(mut client: WebSocketStream<TcpStream>, begins: Receiver<()>) {
    for number in 0..NEWS {
        let _ = begins.recv().await;
        let news = Message::text(format!("news {number}"));
        client.send(news).await.expect("the client is there"); // WRITER
    }
}

/// Takes messages up to the first bytes that are none, and then the rest: the server would be stuck otherwise. Tells of it
/// whenever something begins to come.
async fn listen(server: SocketAddr, begin: Sender<()>) {
    let mut stream = TcpStream::connect(server).await.expect("a server");
    let url = format!("ws://{server}/");
    let (mut socket, _) = client_async(url, stream.clone())
        .await
        .expect("a handshake");
    loop {
        // Waits for a byte, and leaves it where it is.
        let _ = stream.peek(&mut [0]).await;
        let _ = begin.send(()).await;
        smol::future::yield_now().await;
        let Some(Ok(_)) = socket.next().await else {
            break;
        };
    }
    drop(begin);
    let _ = smol::io::copy(&mut stream, &mut smol::io::sink()).await;
}
