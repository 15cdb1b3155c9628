// Wrong: `write` queues, and the program never flushes.
use redhanded::tungstenite::{Message, Result, WebSocket};
use std::net::TcpStream;

pub fn publish(websocket: &mut WebSocket<TcpStream>, prices: &[&str]) -> Result<()> {
    prices.iter().try_for_each(|price| websocket.write(Message::text(*price)))
}
