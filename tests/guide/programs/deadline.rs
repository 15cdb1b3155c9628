// Right: a write has a deadline, and a connection on which one has passed is given up.
use redhanded::tungstenite::{Message, Result, WebSocket};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

pub fn send_within(websocket: &mut WebSocket<TcpStream>, message: Message, patience: Duration) -> Result<()> {
    websocket.get_ref().set_write_timeout(Some(patience))?; // the socket's: it holds for every clone of it
    let sent = websocket.send(message);
    if sent.is_err() {
        // A part of the frame may be out. Nothing may be written here any more.
        let _ = websocket.get_ref().shutdown(Shutdown::Both);
    }
    sent
}
