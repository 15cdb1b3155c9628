//! The sockets of async-io, which smol has, too: `Async` round those of the standard library.

use super::{Finders, HasSocket, layers};
use crate::wire::Socket;
use ::async_io::Async;
use std::net::TcpStream;

pub(super) fn add(finders: &mut Finders) {
    layers::add_futures::<Async<TcpStream>>(finders);
    system::add(finders);
}

impl<T: HasSocket> HasSocket for Async<T> {
    fn socket(&self) -> Option<Socket> {
        self.get_ref().socket()
    }
}

#[cfg(unix)]
mod system {
    use super::{Async, Finders, layers};
    use std::os::unix::net::UnixStream;

    pub(super) fn add(finders: &mut Finders) {
        layers::add_futures::<Async<UnixStream>>(finders);
    }
}

#[cfg(not(unix))]
mod system {
    pub(super) fn add(_finders: &mut super::Finders) {}
}
