// Right: a read waits a little at most, and lets go of the lock in between.
use redhanded::sync::{Arc, Mutex, PoisonError};
use redhanded::tungstenite::{Error, Message, Result, WebSocket};
use std::io::ErrorKind;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

pub type Shared = Arc<Mutex<WebSocket<TcpStream>>>;

pub fn share(websocket: WebSocket<TcpStream>) -> Result<Shared> {
    websocket.get_ref().set_read_timeout(Some(Duration::from_millis(10)))?;
    Ok(Arc::new(Mutex::new(websocket)))
}

pub fn read(shared: &Shared) -> Result<Message> {
    loop {
        let read = shared.lock().unwrap_or_else(PoisonError::into_inner).read();
        match read {
            Err(Error::Io(error)) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                thread::sleep(Duration::from_micros(500)); // no mutex guarantees a waiter its turn: leave a gap for it
            }
            other => return other,
        }
    }
}

pub fn send(shared: &Shared, message: Message) -> Result<()> {
    shared.lock().unwrap_or_else(PoisonError::into_inner).send(message)
}
