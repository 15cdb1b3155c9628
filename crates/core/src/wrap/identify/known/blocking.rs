//! The sockets of the standard library.

use super::{Finders, HasSocket, layers};
use crate::wire::Socket;
use std::net::TcpStream;

pub(super) fn add(finders: &mut Finders) {
    layers::add_blocking::<TcpStream>(finders);
    system::add(finders);
}

impl HasSocket for TcpStream {
    fn socket(&self) -> Option<Socket> {
        Socket::of_tcp(self)
    }
}

#[cfg(unix)]
mod system {
    use super::{Finders, HasSocket, Socket, layers};
    use std::os::unix::net::UnixStream;

    pub(super) fn add(finders: &mut Finders) {
        layers::add_blocking::<UnixStream>(finders);
    }

    impl HasSocket for UnixStream {
        fn socket(&self) -> Option<Socket> {
            Socket::of_descriptor(self)
        }
    }
}

#[cfg(not(unix))]
mod system {
    pub(super) fn add(_finders: &mut super::Finders) {}
}
