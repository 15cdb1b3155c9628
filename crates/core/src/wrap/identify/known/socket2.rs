//! The sockets of socket2.

use super::{Finders, HasSocket, layers};
use crate::wire;
use ::socket2::Socket;

pub(super) fn add(finders: &mut Finders) {
    layers::add_blocking::<Socket>(finders);
}

impl HasSocket for Socket {
    fn socket(&self) -> Option<wire::Socket> {
        system::socket(self)
    }
}

#[cfg(unix)]
mod system {
    use super::{Socket, wire};

    pub(super) fn socket(socket: &Socket) -> Option<wire::Socket> {
        wire::Socket::of_descriptor(socket)
    }
}

#[cfg(not(unix))]
mod system {
    use super::{Socket, wire};

    pub(super) fn socket(socket: &Socket) -> Option<wire::Socket> {
        let local = socket.local_addr().ok()?.as_socket()?;
        wire::Socket::of_addresses(local, socket.peer_addr().ok()?.as_socket()?)
    }
}
