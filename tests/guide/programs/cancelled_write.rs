// Wrong: the timeout drops the write half-way, and the rest of its frame with it.
use fastwebsockets::{Frame, WebSocket, WebSocketError};
use redhanded::Tap;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

type Server = WebSocket<Tap<TcpStream>>;

pub async fn publish(server: &mut Server, prices: Frame<'_>, status: Frame<'_>) -> Result<(), WebSocketError> {
    if timeout(Duration::from_millis(1), server.write_frame(prices)).await.is_err() {
        // "Too slow, next." Half of it may be on the wire.
    }
    server.write_frame(status).await // goes into the frame that was left
}
