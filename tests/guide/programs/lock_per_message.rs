// Right: the struct that owns the connection has the lock, and holds it for whole messages.
use redhanded::sync::{Mutex, PoisonError};
use redhanded::tungstenite::{Message, Result, WebSocket};
use std::net::TcpStream;

pub struct Connection {
    websocket: Mutex<WebSocket<TcpStream>>,
}

impl Connection {
    pub fn new(websocket: WebSocket<TcpStream>) -> Self {
        Connection { websocket: Mutex::new(websocket) }
    }

    pub fn send(&self, message: Message) -> Result<()> {
        self.send_all(vec![message])
    }

    pub fn send_all(&self, fragments: Vec<Message>) -> Result<()> {
        let mut websocket = self.websocket.lock().unwrap_or_else(PoisonError::into_inner);
        fragments.into_iter().try_for_each(|fragment| websocket.write(fragment))?;
        websocket.flush()
    }
}
