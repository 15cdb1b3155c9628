//! A library that stands between an application and the watched object.

use redhanded::tungstenite::{Message, Result, WebSocket};
use std::net::TcpStream;
use std::thread::{self, JoinHandle};

/// A connection of the library's own type.
pub struct Connection(WebSocket<TcpStream>);

/// The line of [`Connection::send`] that calls the watched object.
pub const LINE_OF_SEND: u32 = line!() + 9;

impl Connection {
    pub fn new(socket: WebSocket<TcpStream>) -> Self {
        Connection(socket)
    }

    /// No `#[track_caller]`, as in most libraries.
    pub fn send(&mut self, message: Message) -> Result<()> {
        self.0.send(message)
    }

    /// A thread of the library, which sends by itself.
    pub fn beat(mut self) -> JoinHandle<Result<()>> {
        thread::spawn(move || self.send(Message::text("beat")))
    }
}
