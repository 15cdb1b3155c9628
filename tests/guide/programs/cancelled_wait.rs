// Right: only one task writes. The others can give up their wait for a turn, but never a write.
use fastwebsockets::{Frame, OpCode, Payload, WebSocket, WebSocketError};
use redhanded::Tap;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::sync::mpsc::{Receiver, Sender};

/// The only writer. This future is not dropped while it writes.
pub async fn own(mut server: WebSocket<Tap<TcpStream>>, mut outgoing: Receiver<Vec<u8>>) -> Result<(), WebSocketError> {
    while let Some(payload) = outgoing.recv().await {
        server.write_frame(Frame::new(true, OpCode::Binary, None, Payload::Owned(payload))).await?;
    }
    Ok(())
}

pub async fn publish(outgoing: &Sender<Vec<u8>>, prices: Vec<u8>) -> Result<(), SendTimeoutError<Vec<u8>>> {
    outgoing.send_timeout(prices, Duration::from_millis(1)).await // gives it back if there was no room
}
