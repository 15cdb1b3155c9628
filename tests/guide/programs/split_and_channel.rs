// Right: both halves of a split write through one object, pings are answered in turn, and a channel serves every task.
use futures_util::{SinkExt, StreamExt};
use redhanded::tokio_tungstenite::WebSocketStream;
use redhanded::tokio_tungstenite::tungstenite::{Message, Result};
use tokio::net::TcpStream;
use tokio::sync::mpsc::Receiver;
use tokio::sync::oneshot;

pub async fn own(websocket: WebSocketStream<TcpStream>, mut outgoing: Receiver<Message>) -> Result<usize> {
    let (mut sink, mut stream) = websocket.split();
    let (reading, mut has_ended) = oneshot::channel::<()>();
    let writer = tokio::spawn(async move {
        loop {
            // Only the wait for a message is given up, and never a send that has begun.
            let message = tokio::select! {
                message = outgoing.recv() => message,
                _ = &mut has_ended => None,
            };
            match message {
                Some(message) => sink.send(message).await?,
                None => return sink.close().await,
            }
        }
    });
    let mut received = 0;
    while let Some(message) = stream.next().await {
        received += usize::from(message?.is_text());
    }
    drop(reading); // the peer has closed, and the writer need not wait for the senders
    writer.await.expect("no panic")?;
    Ok(received)
}
