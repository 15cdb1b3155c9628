// Right: one object queues both, and the caller that was stopped half-way goes on until `flush` returns `Ok`.
use redhanded::tungstenite::{Error, Message, Result, WebSocket};
use std::io::ErrorKind;
use std::net::TcpStream;

/// Gives whether all of it is out. Otherwise: again, when the socket is writable.
pub fn forward(connection: &mut WebSocket<TcpStream>, messages: Vec<Message>) -> Result<bool> {
    for message in messages {
        is_done(connection.write(message))?;
    }
    is_done(connection.flush())
}

fn is_done(result: Result<()>) -> Result<bool> {
    match result {
        Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => Ok(false),
        other => other.map(|()| true),
    }
}
