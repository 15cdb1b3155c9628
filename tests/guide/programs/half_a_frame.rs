// Wrong: a send that came back with `WouldBlock` has written a part of its frame, and another object writes next.
use redhanded::tungstenite::{Error, Message, Result, WebSocket};
use std::io::ErrorKind;
use std::net::TcpStream;

pub fn start_upload(uploads: &mut WebSocket<TcpStream>, upload: Message) -> Result<()> {
    match uploads.send(upload) {
        Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => Ok(()), // "the rest later"
        other => other,
    }
}

pub fn notify(notices: &mut WebSocket<TcpStream>) -> Result<()> {
    notices.send(Message::text("busy")) // inside the upload's frame, if both share a socket
}
