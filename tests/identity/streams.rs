//! Connections whose buffers are small on every machine, and stream types of the tests' own.

use redhanded::Socket;
use socket2::SockRef;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::Sender;
use std::time::Duration;

/// The time after which a test that hangs fails. No test waits for it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Larger than every buffer between two ends here.
pub const BIG: usize = 4 << 20;

/// The buffer size in each direction. Without a fixed size, systems let buffers grow to many megabytes.
const BUFFER: usize = 64 << 10;

/// Makes a socket's buffers small, and sets its timeouts. An accepted socket inherits the buffers from the listener.
pub fn tighten<'s, S>(socket: &'s S)
where
    SockRef<'s>: From<&'s S>,
{
    let socket = SockRef::from(socket);
    socket.set_send_buffer_size(BUFFER).unwrap();
    socket.set_recv_buffer_size(BUFFER).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.set_write_timeout(Some(PATIENCE)).unwrap();
}

pub fn connect_tightly(address: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(address).unwrap();
    tighten(&socket);
    socket
}

/// Both ends of a connection over loopback.
pub fn tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    tighten(&listener);
    let one = connect_tightly(listener.local_addr().unwrap());
    let (other, _) = listener.accept().unwrap();
    tighten(&other);
    (one, other)
}

/// Both ends of a Unix socket pair.
#[cfg(unix)]
pub fn unix() -> (
    std::os::unix::net::UnixStream,
    std::os::unix::net::UnixStream,
) {
    let (one, other) = std::os::unix::net::UnixStream::pair().unwrap();
    for socket in [&one, &other] {
        tighten(socket);
    }
    (one, other)
}

/// A user's stream type that is made known.
pub struct Own(pub TcpStream);

#[allow(unsafe_code)] // What `know` asks for.
pub fn make_own_known() {
    // SAFETY: `Own` has no lifetime parameters.
    unsafe { redhanded::know::<Own>(|stream| Socket::of_tcp(&stream.0)) };
}

impl Read for Own {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Own {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A user's stream type that is not known and borrows its socket. It sends a message when it is written to.
pub struct Borrowing<'a> {
    pub tcp: &'a TcpStream,
    pub written_to: &'a Sender<()>,
}

impl Read for Borrowing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.tcp.read(buffer)
    }
}

impl Write for Borrowing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written_to.send(()).unwrap();
        self.tcp.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}
