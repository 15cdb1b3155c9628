//! axum, which has tokio-tungstenite below it, and names neither. Nothing is wrong here.

use axum::Router;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::routing::any;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpListener;
use tokio_tungstenite::{connect_async, tungstenite};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), tungstenite::Error> {
    let echo = any(|upgrade: WebSocketUpgrade| async {
        upgrade.on_upgrade(async |mut socket| {
            while let Some(Ok(message)) = socket.recv().await {
                if let Message::Text(_) = message {
                    socket.send(message).await.unwrap();
                }
            }
        })
    });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async { axum::serve(listener, Router::new().route("/", echo)).await });
    let (mut client, _) = connect_async(format!("ws://{address}/")).await?;
    for text in ["one", "two", "three"] {
        client.send(tungstenite::Message::text(text)).await?;
        assert_eq!(
            client.next().await.unwrap()?,
            tungstenite::Message::text(text)
        );
    }
    client.close(None).await
}
