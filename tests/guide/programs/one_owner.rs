// Right: one owner reads and writes, and all others hand messages over.
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Error, Message, Result, WebSocket};
use std::io::ErrorKind;
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

pub fn own(socket: TcpStream, outgoing: &Receiver<Message>, mut received: impl FnMut(Message)) -> Result<()> {
    socket.set_read_timeout(Some(Duration::from_millis(20)))?; // how long a message may wait for the reader
    let mut websocket = WebSocket::from_raw_socket(socket, Role::Server, None);
    loop {
        match websocket.read() {
            Ok(message) => received(message),
            Err(Error::Io(error)) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error), // the connection has ended: `ConnectionClosed`, if in good order
        }
        loop {
            match outgoing.try_recv() {
                Ok(message) => websocket.write(message)?,
                Err(TryRecvError::Empty) => break websocket.flush()?, // once for all of them, and for a pong
                Err(TryRecvError::Disconnected) => break websocket.close(None)?, // no sender is left
            }
        }
    }
}
