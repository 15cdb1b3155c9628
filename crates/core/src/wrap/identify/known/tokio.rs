//! The sockets of tokio, and their owned halves.
//!
//! The halves of `tokio::io::split` show nothing of what they are halves of, so that they are not known.

use super::{Finders, HasSocket, Owned, layers};
use crate::wire::Socket;
use ::tokio::io::{AsyncRead, AsyncWrite, BufReader, Join};
use ::tokio::net::TcpStream;
use ::tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

pub(super) fn add(finders: &mut Finders) {
    layers::add_tokio::<TcpStream>(finders);
    add_halves::<OwnedReadHalf, OwnedWriteHalf>(finders);
    system::add(finders);
}

/// Halves, and both of them joined again.
fn add_halves<R, W>(finders: &mut Finders)
where
    R: HasSocket + AsyncRead,
    W: HasSocket + AsyncWrite,
{
    finders.add::<R>();
    finders.add::<W>();
    finders.add::<Join<R, W>>();
    finders.add::<Join<BufReader<R>, W>>();
}

impl HasSocket for TcpStream {
    fn socket(&self) -> Option<Socket> {
        system::tcp(self)
    }
}

impl HasSocket for OwnedReadHalf {
    fn socket(&self) -> Option<Socket> {
        self.as_ref().socket()
    }
}

impl HasSocket for OwnedWriteHalf {
    fn socket(&self) -> Option<Socket> {
        self.as_ref().socket()
    }
}

/// What is written to it goes to its writer.
impl<R: Owned + AsyncRead, W: HasSocket + AsyncWrite> HasSocket for Join<R, W> {
    fn socket(&self) -> Option<Socket> {
        self.writer().socket()
    }
}

/// It keeps back nothing that is written. A `BufWriter` and a `BufStream` do, so that they are not known.
impl<T: HasSocket + AsyncRead> HasSocket for BufReader<T> {
    fn socket(&self) -> Option<Socket> {
        self.get_ref().socket()
    }
}

#[cfg(unix)]
mod system {
    use super::{Finders, HasSocket, Socket, TcpStream, add_halves, layers};
    use ::tokio::net::UnixStream;
    use ::tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

    pub(super) fn add(finders: &mut Finders) {
        layers::add_tokio::<UnixStream>(finders);
        add_halves::<OwnedReadHalf, OwnedWriteHalf>(finders);
    }

    pub(super) fn tcp(stream: &TcpStream) -> Option<Socket> {
        Socket::of_descriptor(stream)
    }

    impl HasSocket for UnixStream {
        fn socket(&self) -> Option<Socket> {
            Socket::of_descriptor(self)
        }
    }

    impl HasSocket for OwnedReadHalf {
        fn socket(&self) -> Option<Socket> {
            self.as_ref().socket()
        }
    }

    impl HasSocket for OwnedWriteHalf {
        fn socket(&self) -> Option<Socket> {
            self.as_ref().socket()
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
