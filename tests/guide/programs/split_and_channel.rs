// Right: both halves of a split write through one object, pings are answered in turn, and a channel serves every task.
use futures_util::{SinkExt, StreamExt};
use redhanded::tokio_tungstenite::WebSocketStream;
use redhanded::tokio_tungstenite::tungstenite::{Message, Result};
use tokio::net::TcpStream;
use tokio::sync::mpsc::Receiver;

pub async fn own(websocket: WebSocketStream<TcpStream>, mut outgoing: Receiver<Message>) -> Result<usize> {
    let (mut sink, mut stream) = websocket.split();
    let writer = tokio::spawn(async move {
        while let Some(message) = outgoing.recv().await {
            sink.send(message).await?;
        }
        sink.close().await
    });
    let mut received = 0;
    while let Some(message) = stream.next().await {
        received += usize::from(message?.is_text());
    }
    writer.await.expect("no panic")?;
    Ok(received)
}
