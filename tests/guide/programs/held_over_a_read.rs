// Wrong: the reader keeps the lock while it waits for the peer, and no other thread can send until the peer speaks.
use redhanded::sync::{Arc, Mutex, PoisonError};
use redhanded::tungstenite::{Message, Result, WebSocket};
use std::net::TcpStream;

pub type Shared = Arc<Mutex<WebSocket<TcpStream>>>;

pub fn read(shared: &Shared) -> Result<Message> {
    shared.lock().unwrap_or_else(PoisonError::into_inner).read()
}

pub fn send(shared: &Shared, message: Message) -> Result<()> {
    shared.lock().unwrap_or_else(PoisonError::into_inner).send(message) // waits for the peer, too
}
