//! Sockets on which a big message is stuck until its receiver reads, and on which no wait is endless.

#[path = "buffers.rs"]
mod buffers;

use crate::until::PATIENCE;
use socket2::SockRef;
use std::net::{SocketAddr, TcpStream};

/// Larger than every buffer between two ends here.
pub(crate) const BIG: usize = 4 << 20;

/// Makes a socket's buffers small, and sets its timeouts.
pub(crate) fn tighten<'s, S>(socket: &'s S)
where
    SockRef<'s>: From<&'s S>,
{
    buffers::tighten(socket);
    let socket = SockRef::from(socket);
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    socket.set_write_timeout(Some(PATIENCE)).expect("a timeout");
}

pub(crate) fn connect_tightly(address: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(address).expect("a server listens there");
    tighten(&socket);
    socket
}
