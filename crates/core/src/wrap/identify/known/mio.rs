//! The sockets of mio.

use super::{Finders, HasSocket, layers};
use crate::wire::Socket;
use ::mio::net::TcpStream;

pub(super) fn add(finders: &mut Finders) {
    layers::add_blocking::<TcpStream>(finders);
    system::add(finders);
}

impl HasSocket for TcpStream {
    fn socket(&self) -> Option<Socket> {
        system::tcp(self)
    }
}

#[cfg(unix)]
mod system {
    use super::{Finders, HasSocket, Socket, TcpStream, layers};
    use ::mio::net::UnixStream;

    pub(super) fn add(finders: &mut Finders) {
        layers::add_blocking::<UnixStream>(finders);
    }

    pub(super) fn tcp(stream: &TcpStream) -> Option<Socket> {
        Socket::of_descriptor(stream)
    }

    impl HasSocket for UnixStream {
        fn socket(&self) -> Option<Socket> {
            Socket::of_descriptor(self)
        }
    }
}

#[cfg(not(unix))]
mod system {
    use super::{Socket, TcpStream};

    pub(super) fn add(_finders: &mut super::Finders) {}

    pub(super) fn tcp(stream: &TcpStream) -> Option<Socket> {
        Socket::of_addresses(stream.local_addr().ok()?, stream.peer_addr().ok()?)
    }
}
