//! A stream that gives only so much in one turn, so that no peer keeps the thread of a connection in one read.
//!
//! tungstenite's `read` returns when it has a whole message, or when the stream would block. A peer that sends empty
//! fragments without end gives it neither.

use super::transport::Transport;
use std::cell::Cell;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::BorrowedFd;

/// After how many bytes a turn reads no more. The last read may go beyond: it is not cut, so that it costs no call more.
const BYTES: usize = 256 << 10;

/// How often a turn may read. tungstenite clears its buffer for each read, so that reads of a few bytes take time, too.
const READS: usize = 64;

/// A stream whose reads fail with `WouldBlock` when one turn has read enough.
///
/// The connection of a [`Client`](crate::Client) has one. For [`split`](crate::split()), put it below the WebSocket if the
/// peer is not to be trusted. Without it, a peer that sends empty fragments without end keeps the thread in one read: then
/// nothing is sent, and `close` takes longer than its timeout.
///
/// ```
/// use redhanded_client::{Limited, split};
/// use redhanded::tungstenite::accept;
/// # use std::net::{TcpListener, TcpStream};
/// # let listener = TcpListener::bind("127.0.0.1:0")?;
/// # let address = listener.local_addr()?;
/// # let peer = std::thread::spawn(move || {
/// #     redhanded::tungstenite::client(format!("ws://{address}/"), TcpStream::connect(address).unwrap()).unwrap()
/// # });
///
/// let (socket, _) = listener.accept()?;
/// let (sender, receiver) = split(accept(Limited::new(socket))?)?;
/// # drop((sender, receiver, peer.join().unwrap()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Outside the turns of a connection, it only passes reads and writes on.
#[derive(Debug)]
pub struct Limited<S> {
    stream: S,
    /// What the turn may still read. `None` outside a turn.
    left: Cell<Option<Left>>,
    /// Whether a read of the turn was refused.
    is_over: Cell<bool>,
}

#[derive(Debug, Clone, Copy)]
struct Left {
    bytes: usize,
    reads: usize,
}

impl<S> Limited<S> {
    /// A stream over this one. It is watched as the stream below it is.
    pub fn new(stream: S) -> Self {
        redhanded::know_field!(Limited<S>, stream);
        Limited {
            stream,
            left: Cell::new(None),
            is_over: Cell::new(false),
        }
    }

    /// The stream below.
    pub fn get_ref(&self) -> &S {
        &self.stream
    }

    /// The stream below, by value.
    pub fn into_inner(self) -> S {
        self.stream
    }
}

impl<S: Read> Read for Limited<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(left) = self.left.get() else {
            return self.stream.read(buffer);
        };
        if left.bytes == 0 || left.reads == 0 {
            self.is_over.set(true);
            return Err(ErrorKind::WouldBlock.into());
        }
        let read = self.stream.read(buffer)?;
        self.left.set(Some(Left {
            bytes: left.bytes.saturating_sub(read),
            reads: left.reads - 1,
        }));
        Ok(read)
    }
}

impl<S: Write> Write for Limited<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn write_vectored(&mut self, slices: &[io::IoSlice<'_>]) -> io::Result<usize> {
        self.stream.write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl<S: Transport> Transport for Limited<S> {
    fn socket(&self) -> BorrowedFd<'_> {
        self.stream.socket()
    }

    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.stream.set_nonblocking(nonblocking)
    }

    fn prepare(&mut self) {
        self.stream.prepare();
    }

    fn reads_ahead(&self) -> bool {
        self.stream.reads_ahead()
    }

    fn on_turn_begins(&self) {
        self.is_over.set(false);
        self.left.set(Some(Left {
            bytes: BYTES,
            reads: READS,
        }));
    }

    fn on_turn_ends(&self) -> bool {
        self.left.set(None);
        self.is_over.take()
    }
}

#[cfg(test)]
mod tests {
    use super::{BYTES, Limited, READS, Transport};
    use std::io::{ErrorKind, Read, Write};
    use std::os::unix::net::UnixStream;

    fn pair() -> (Limited<UnixStream>, UnixStream) {
        let (near, far) = UnixStream::pair().unwrap();
        (Limited::new(near), far)
    }

    /// How much the turn reads, if each read has room for so many bytes.
    fn read_in_a_turn(stream: &mut Limited<UnixStream>, room: usize) -> (usize, usize) {
        let (mut buffer, mut bytes, mut reads) = (vec![0; room], 0, 0);
        stream.on_turn_begins();
        loop {
            match stream.read(&mut buffer) {
                Ok(read) => (bytes, reads) = (bytes + read, reads + 1),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::WouldBlock);
                    return (bytes, reads);
                }
            }
        }
    }

    #[test]
    fn a_turn_reads_no_more_than_its_limit_and_the_next_one_reads_on() {
        let (mut near, mut far) = pair();
        let writing = std::thread::spawn(move || far.write_all(&vec![7; 4 * BYTES]));
        let room = BYTES / 2;
        for _ in 0..2 {
            let (bytes, reads) = read_in_a_turn(&mut near, room);
            let is_enough = (BYTES..BYTES + room).contains(&bytes);
            assert!(is_enough || reads == READS, "{bytes} B, {reads} reads");
            assert!(near.on_turn_ends());
        }
        drop(near);
        drop(writing.join().unwrap());
    }

    #[test]
    fn a_turn_reads_no_more_often_than_its_limit() {
        let (mut near, mut far) = pair();
        far.write_all(&[7; 2 * READS]).unwrap();
        assert_eq!(read_in_a_turn(&mut near, 1), (READS, READS));
        assert!(near.on_turn_ends());
    }

    #[test]
    fn an_empty_socket_is_not_the_limit() {
        let (mut near, mut far) = pair();
        near.set_nonblocking(true).unwrap();
        far.write_all(&[7; 10]).unwrap();
        assert_eq!(read_in_a_turn(&mut near, 100), (10, 1));
        assert!(!near.on_turn_ends());
    }

    #[test]
    fn outside_a_turn_nothing_is_limited() {
        let (mut near, mut far) = pair();
        far.write_all(&[7; 2 * READS]).unwrap();
        let mut byte = [0];
        for _ in 0..2 * READS {
            near.read_exact(&mut byte).unwrap();
        }
    }
}
