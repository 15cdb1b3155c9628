// Wrong: both use the connection, and nothing makes one wait until the other is done.
use redhanded::sync::Exclusive;
use redhanded::tungstenite::{Message, Result, WebSocket};
use std::net::TcpStream;

pub type Shared = Exclusive<WebSocket<TcpStream>>;

pub fn upload(websocket: &Shared, upload: Message) -> Result<()> {
    websocket.enter().expect("one at a time").send(upload)
}

pub fn notify(websocket: &Shared, notice: Message) -> Result<()> {
    websocket.enter().expect("one at a time").send(notice)
}
