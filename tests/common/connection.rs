//! Connections over loopback whose buffers are small on every machine.

use super::{PATIENCE, Peer};
use socket2::SockRef;
use std::net::{TcpListener, TcpStream};

/// Asked for in each direction. Systems let buffers grow to many megabytes unless they are told.
const BUFFER: usize = 64 << 10;

/// A program's end and the peer's end of a connection without a handshake.
pub(crate) fn connection() -> (TcpStream, Peer<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    // The window is agreed on while connecting: what is accepted inherits from who listens.
    tighten(&SockRef::from(&listener));
    let socket = TcpStream::connect(listener.local_addr().expect("a bound socket has an address")).expect("loopback");
    tighten(&SockRef::from(&socket));
    let (peer, _) = listener.accept().expect("somebody connects");
    peer.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    (socket, Peer::new(peer))
}

/// Makes a socket's buffers small, so that a big message is stuck until its receiver reads.
pub(crate) fn tighten(socket: &SockRef<'_>) {
    socket.set_send_buffer_size(BUFFER).expect("a smaller buffer");
    socket.set_recv_buffer_size(BUFFER).expect("a smaller buffer");
}
