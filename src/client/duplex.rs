//! A TCP socket below TLS that can be read while it cannot be written.
//!
//! rustls's `StreamOwned::read` first writes what is still encrypted and unwritten, and fails with `WouldBlock` if the
//! socket does not take it (`complete_prior_io`). Two ends that both write more than the sockets hold would then both not
//! read, for ever. Below this type there is no such moment: what the socket does not take is kept here, and the thread
//! that owns the connection writes it later. It stops giving more meanwhile, so that little is kept.

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;

/// A non-blocking TCP socket for TLS on top: a write never blocks, and so never keeps TLS from reading.
///
/// [`split`](super::split) works over `MaybeTlsStream<TcpStream>`, too. Over rustls on a bare `TcpStream` it cannot read
/// while the peer takes no bytes; over rustls on a `Duplex` it can.
#[derive(Debug)]
pub struct Duplex {
    tcp: TcpStream,
    /// `None` passes everything through, `WouldBlock` included.
    kept: Option<RefCell<Vec<u8>>>,
}

impl Duplex {
    /// A socket below TLS.
    pub fn new(tcp: TcpStream) -> Self {
        Duplex { tcp, kept: Some(RefCell::default()) }
    }

    /// A socket without TLS on top: nothing is kept back.
    pub(super) fn plain(tcp: TcpStream) -> Self {
        Duplex { tcp, kept: None }
    }

    /// The socket.
    pub fn get_ref(&self) -> &TcpStream {
        &self.tcp
    }

    /// Writes what is kept.
    ///
    /// # Errors
    /// `WouldBlock` if the socket does not take all of it, and what else the socket says.
    pub fn drain(&self) -> io::Result<()> {
        let Some(kept) = &self.kept else { return Ok(()) };
        let mut kept = kept.borrow_mut();
        let (mut written, mut result) = (0, Ok(()));
        while written < kept.len() && result.is_ok() {
            match (&self.tcp).write(&kept[written..]) {
                Ok(0) => result = Err(ErrorKind::WriteZero.into()),
                Ok(count) => written += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => result = Err(error),
            }
        }
        kept.drain(..written);
        result
    }
}

impl Read for Duplex {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.tcp.read(buffer)
    }
}

impl Write for Duplex {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.drain().and_then(|()| (&self.tcp).write(bytes));
        match (written, &self.kept) {
            (Err(error), Some(kept)) if error.kind() == ErrorKind::WouldBlock => {
                kept.borrow_mut().extend_from_slice(bytes);
                Ok(bytes.len())
            }
            (written, _) => written,
        }
    }

    /// Succeeds although something is kept: TLS flushes before it reads.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Duplex;
    use std::io::{ErrorKind, Read, Write};
    use std::net::{TcpListener, TcpStream};

    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        near.set_nonblocking(true).unwrap();
        (near, listener.accept().unwrap().0)
    }

    /// More than the system takes.
    const BIG: usize = 64 << 20;

    #[test]
    fn what_the_socket_does_not_take_is_kept_and_arrives_in_order() {
        let (near, mut far) = pair();
        let mut duplex = Duplex::new(near);
        let bytes: Vec<u8> = (0..BIG).map(|place| place as u8).collect();
        let taken = duplex.write(&bytes).unwrap();
        let (second, third) = bytes[taken..].split_at(1);
        assert_eq!(duplex.write(second).unwrap(), 1);
        assert_eq!(duplex.write(third).unwrap(), third.len());
        assert_eq!(duplex.drain().unwrap_err().kind(), ErrorKind::WouldBlock);
        let reading = std::thread::spawn(move || {
            let mut read = vec![0; BIG];
            far.read_exact(&mut read).map(|()| read)
        });
        duplex.tcp.set_nonblocking(false).unwrap();
        duplex.drain().unwrap();
        assert!(reading.join().unwrap().unwrap() == bytes, "other bytes");
    }

    #[test]
    fn it_can_be_read_while_it_cannot_be_written() {
        let (near, mut far) = pair();
        let mut duplex = Duplex::new(near);
        let taken = duplex.write(&vec![0; BIG]).unwrap();
        assert!(taken < BIG);
        duplex.write_all(&[1; 10]).unwrap();
        far.write_all(b"hello").unwrap();
        far.shutdown(std::net::Shutdown::Write).unwrap();
        duplex.tcp.set_nonblocking(false).unwrap();
        let mut read = [0; 5];
        duplex.read_exact(&mut read).unwrap();
        assert_eq!(&read, b"hello");
    }
}
