// Right: a supervisor that has to end a send that is stuck shuts the socket down, which writes nothing.
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, Result, WebSocket};
use std::net::{Shutdown, TcpStream};
use std::thread::{self, JoinHandle};

pub fn start(socket: TcpStream, upload: Message) -> Result<(JoinHandle<Result<()>>, impl FnOnce() -> Result<()>)> {
    let supervised = socket.try_clone()?;
    let mut websocket = WebSocket::from_raw_socket(socket, Role::Server, None);
    let upload = thread::spawn(move || websocket.send(upload));
    // Not `close` on an object on the clone: its frame would land in the middle of the upload's.
    Ok((upload, move || Ok(supervised.shutdown(Shutdown::Both)?)))
}
