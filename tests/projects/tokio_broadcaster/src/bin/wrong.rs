//! The fault: the broadcaster has a clone of each client's socket, beside the one that the handler has.

use futures_util::SinkExt;
use std::os::fd::AsFd;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{self, Receiver};
use tokio_broadcaster::{NEWS, STATE, connection};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::{Message, protocol::Role};

#[tokio::main]
async fn main() {
    let (begin, begins) = mpsc::channel(1);
    let (stream, client) = connection(Some(begin)).await;
    let handler = accept_async(stream).await.expect("a handshake");
    let clone = handler
        .get_ref()
        .as_fd()
        .try_clone_to_owned()
        .expect("a descriptor");
    let clone = TcpStream::from_std(clone.into()).expect("a socket");
    let broadcaster = WebSocketStream::from_raw_socket(clone, Role::Server, None).await;

    let broadcast = tokio::spawn(broadcast(broadcaster, begins));
    handle(handler).await;
    broadcast.await.expect("the broadcaster has ended");
    client.await.expect("the client has ended");
}

async fn handle(mut client: WebSocketStream<TcpStream>) {
    for _ in 0..NEWS {
        let state = Message::binary(vec![7; STATE]);
        client.send(state).await.expect("the client is there"); // WRITER
    }
}

async fn broadcast(mut client: WebSocketStream<TcpStream>, mut begins: Receiver<()>) {
    for number in 0..NEWS {
        begins.recv().await;
        let news = Message::text(format!("news {number}"));
        client.send(news).await.expect("the client is there"); // WRITER
    }
}
