//! The handler is the only writer. The broadcaster hands it the news.

use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc;
use tokio_broadcaster::{NEWS, STATE, connection};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

#[tokio::main]
async fn main() {
    let (stream, client) = connection(None).await;
    let mut socket = accept_async(stream).await.expect("a handshake");

    let (broadcaster, mut news) = mpsc::channel(NEWS);
    let broadcast = tokio::spawn(async move {
        for _ in 0..NEWS {
            let news = Message::text("something has happened");
            broadcaster.send(news).await.expect("the handler is there");
        }
    });
    let mut sent = 0;
    while let Some(news) = news.recv().await {
        socket.send(news).await.expect("the client is there");
        let state = Message::binary(vec![7; STATE]);
        socket.send(state).await.expect("the client is there");
        sent += 2;
    }
    broadcast.await.expect("the broadcaster has ended");

    socket.close(None).await.expect("the client is there");
    while let Some(Ok(_)) = socket.next().await {}
    drop(socket);
    assert_eq!(client.await.expect("the client has ended"), sent);
}
