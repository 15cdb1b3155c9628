// Wrong: the lock is taken for each fragment, and a message is more than one of them.
use redhanded::sync::{Mutex, PoisonError};
use redhanded::tungstenite::{Message, Result, WebSocket};
use std::net::TcpStream;

pub fn upload(websocket: &Mutex<WebSocket<TcpStream>>, fragments: Vec<Message>) -> Result<()> {
    for fragment in fragments {
        // Between two turns of this loop another thread may send a message of its own.
        websocket.lock().unwrap_or_else(PoisonError::into_inner).send(fragment)?;
    }
    Ok(())
}
