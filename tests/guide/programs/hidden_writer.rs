// Wrong: the reader has an object of its own, and a reader answers pings by itself.
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, Result, WebSocket};
use std::net::TcpStream;

/// One to write with in one thread, and one to read with in another.
pub fn open(socket: TcpStream) -> Result<[WebSocket<TcpStream>; 2]> {
    let reader = WebSocket::from_raw_socket(socket.try_clone()?, Role::Server, None);
    let writer = WebSocket::from_raw_socket(socket, Role::Server, None);
    Ok([writer, reader])
}

pub fn upload(writer: &mut WebSocket<TcpStream>, upload: Message) -> Result<()> {
    writer.send(upload) // a pong may be in the middle of this
}

pub fn read_on(reader: &mut WebSocket<TcpStream>, received: impl Fn(Message) -> bool) -> Result<()> {
    while received(reader.read()?) {} // "it only reads"
    Ok(())
}
