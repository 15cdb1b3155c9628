//! A socket of the page's, which the program may have closed.
//!
//! A program that becomes a daemon may close all descriptors, the page's as well. Their numbers are then those of the next files and
//! sockets that it opens. So before each use it is looked whether the number still leads to the page's socket. If not, nothing is
//! read, written or accepted, and the number is not closed.

use super::descriptor::{self, Identity, Socket};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// A socket, and which one it is.
pub(super) struct Kept<S: Socket> {
    /// `None` only while it is dropped.
    socket: Option<S>,
    identity: Identity,
}

impl<S: Socket> Kept<S> {
    /// # Errors
    /// It is closed already.
    pub(super) fn new(socket: S) -> io::Result<Kept<S>> {
        match Identity::of(&socket) {
            Some(identity) => Ok(Kept {
                socket: Some(socket),
                identity,
            }),
            None => {
                descriptor::leave_open(socket);
                Err(gone())
            }
        }
    }

    /// The socket.
    ///
    /// # Errors
    /// The program has closed it.
    fn still(&self) -> io::Result<&S> {
        let socket = self.socket.as_ref().filter(|_| self.is_still());
        socket.ok_or_else(gone)
    }

    /// Whether the program has not closed it.
    pub(super) fn is_still(&self) -> bool {
        self.socket.as_ref().and_then(Identity::of) == Some(self.identity)
    }

    /// The number of its descriptor.
    pub(super) fn number(&self) -> Option<i32> {
        descriptor::number(self.socket.as_ref()?)
    }
}

impl<S: Socket> Drop for Kept<S> {
    fn drop(&mut self) {
        if !self.is_still()
            && let Some(socket) = self.socket.take()
        {
            descriptor::leave_open(socket);
        }
    }
}

fn gone() -> io::Error {
    io::Error::new(ErrorKind::NotConnected, "the program has closed the socket")
}

impl Kept<TcpListener> {
    pub(super) fn accept(&self) -> io::Result<Kept<TcpStream>> {
        Kept::new(self.still()?.accept()?.0)
    }
}

/// As those of `TcpStream`.
impl Kept<TcpStream> {
    pub(super) fn set_read_timeout(&self, limit: Option<Duration>) -> io::Result<()> {
        self.still()?.set_read_timeout(limit)
    }

    pub(super) fn set_write_timeout(&self, limit: Option<Duration>) -> io::Result<()> {
        self.still()?.set_write_timeout(limit)
    }

    pub(super) fn set_nonblocking(&self, is_nonblocking: bool) -> io::Result<()> {
        self.still()?.set_nonblocking(is_nonblocking)
    }

    pub(super) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.still()?.shutdown(how)
    }

    pub(super) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.still()?.local_addr()
    }
}

impl Read for &Kept<TcpStream> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.still()?.read(buffer)
    }
}

impl Write for &Kept<TcpStream> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.still()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.still()?.flush()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::fd::{AsRawFd, OwnedFd};

    #[test]
    fn a_number_that_the_program_has_taken_is_neither_used_nor_closed() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let [ours, theirs] = [(); 2].map(|()| TcpStream::connect(address).unwrap());
        let ([_peer, mut their_peer], number) = (
            [(); 2].map(|()| listener.accept().unwrap().0),
            ours.as_raw_fd(),
        );
        let identity = Identity::of(&ours).unwrap();
        let mut descriptor = OwnedFd::from(ours);
        rustix::io::dup2(&theirs, &mut descriptor).unwrap();
        let kept = Kept {
            socket: Some(TcpStream::from(descriptor)),
            identity,
        };
        assert_eq!(kept.number(), Some(number));
        assert!(!kept.is_still() && (&kept).write(b"ours").is_err());
        assert!(kept.shutdown(Shutdown::Both).is_err() && (&kept).read(&mut [0]).is_err());
        drop(kept);
        (&theirs).write_all(b"theirs").unwrap();
        drop(theirs);
        // The other descriptor of their socket is open.
        let mut read = [0; 6];
        their_peer.read_exact(&mut read).unwrap();
        assert_eq!(&read, b"theirs");
        their_peer.set_nonblocking(true).unwrap();
        let end = their_peer.read(&mut [0]);
        assert_eq!(end.unwrap_err().kind(), ErrorKind::WouldBlock);
    }
}
