//! The streams that one thread can both read and write without blocking.

use crate::tungstenite::stream::MaybeTlsStream;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

/// A stream over a socket, for which the system tells when it is ready.
///
/// It is implemented for [`TcpStream`], [`UnixStream`], TLS streams and `MaybeTlsStream`s over
/// them, and boxes of these. For a type of your own:
///
/// ```
/// use redhanded_client::Transport;
/// use std::io::{self, Read, Write};
/// use std::net::TcpStream;
/// use std::os::fd::{AsFd, BorrowedFd};
///
/// struct Counted { socket: TcpStream, bytes: u64 }
///
/// impl Transport for Counted {
///     fn socket(&self) -> BorrowedFd<'_> {
///         self.socket.as_fd()
///     }
///
///     fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
///         self.socket.set_nonblocking(nonblocking)
///     }
/// }
/// # impl Read for Counted {
/// #     fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> { self.socket.read(buffer) }
/// # }
/// # impl Write for Counted {
/// #     fn write(&mut self, bytes: &[u8]) -> io::Result<usize> { self.bytes += bytes.len() as u64; self.socket.write(bytes) }
/// #     fn flush(&mut self) -> io::Result<()> { Ok(()) }
/// # }
/// ```
///
/// Reads and writes must fail with `WouldBlock` when the socket is not ready, and only then. They
/// are called again when the socket has become readable or writable.
pub trait Transport: Read + Write + Send + 'static {
    /// The socket below all layers.
    fn socket(&self) -> BorrowedFd<'_>;

    /// Makes the socket non-blocking, or blocking again. This changes every duplicate of the
    /// socket, too.
    ///
    /// # Errors
    /// The error of the system.
    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()>;

    /// Called once, when the client's thread takes the stream over. By default, it does nothing.
    fn prepare(&mut self) {}

    /// Whether a write may read bytes from the socket and keep them for a later read, as TLS does.
    /// Then the stream is read after every write, because the system does not report those bytes
    /// again. By default, this is `false`.
    fn reads_ahead(&self) -> bool {
        false
    }

    /// Called before the client's thread reads. From here on, a stream that limits its turns counts
    /// what is read, and fails with `WouldBlock` when it is enough: see [`Limited`](crate::Limited).
    /// By default, it does nothing.
    fn on_turn_begins(&self) {}

    /// Called when the client's thread has read. Returns whether a read has failed because the turn
    /// had read enough. Then the thread reads on without waiting for the socket. By default, this is
    /// `false`.
    fn on_turn_ends(&self) -> bool {
        false
    }
}

impl Transport for TcpStream {
    fn socket(&self) -> BorrowedFd<'_> {
        self.as_fd()
    }

    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        TcpStream::set_nonblocking(self, nonblocking)
    }
}

impl Transport for UnixStream {
    fn socket(&self) -> BorrowedFd<'_> {
        self.as_fd()
    }

    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        UnixStream::set_nonblocking(self, nonblocking)
    }
}

impl<S: Transport + ?Sized> Transport for Box<S> {
    fn socket(&self) -> BorrowedFd<'_> {
        (**self).socket()
    }

    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        (**self).set_nonblocking(nonblocking)
    }

    fn prepare(&mut self) {
        (**self).prepare();
    }

    fn reads_ahead(&self) -> bool {
        (**self).reads_ahead()
    }

    fn on_turn_begins(&self) {
        (**self).on_turn_begins();
    }

    fn on_turn_ends(&self) -> bool {
        (**self).on_turn_ends()
    }
}

impl<S: Transport> Transport for MaybeTlsStream<S> {
    fn socket(&self) -> BorrowedFd<'_> {
        below(self).socket()
    }

    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        below(self).set_nonblocking(nonblocking)
    }

    fn prepare(&mut self) {
        match self {
            MaybeTlsStream::Plain(stream) => stream.prepare(),
            encrypted => rustls::prepare(encrypted),
        }
    }

    fn reads_ahead(&self) -> bool {
        !matches!(self, MaybeTlsStream::Plain(_)) || below(self).reads_ahead()
    }

    fn on_turn_begins(&self) {
        below(self).on_turn_begins();
    }

    fn on_turn_ends(&self) -> bool {
        below(self).on_turn_ends()
    }
}

pub(crate) fn below<S: Transport>(stream: &MaybeTlsStream<S>) -> &S {
    match stream {
        MaybeTlsStream::Plain(stream) => stream,
        encrypted => native_tls::below(encrypted)
            .or_else(|| rustls::below(encrypted))
            .expect("a stream is plain, or of a TLS library that is compiled in"),
    }
}

#[cfg(not(feature = "native-tls"))]
use absent as native_tls;
#[cfg(not(feature = "__rustls-tls"))]
use absent as rustls;

#[cfg(not(all(feature = "native-tls", feature = "__rustls-tls")))]
mod absent {
    use crate::tungstenite::stream::MaybeTlsStream;
    use std::io::{Read, Write};

    pub(super) fn below<S: Read + Write>(_stream: &MaybeTlsStream<S>) -> Option<&S> {
        None
    }

    #[cfg(not(feature = "__rustls-tls"))]
    pub(super) fn prepare<S: Read + Write>(_stream: &mut MaybeTlsStream<S>) {}
}

#[cfg(feature = "native-tls")]
mod native_tls {
    use super::Transport;
    use crate::tungstenite::stream::MaybeTlsStream;
    use native_tls_crate::TlsStream;
    use std::io;
    use std::os::fd::BorrowedFd;

    pub(super) fn below<S: Transport>(stream: &MaybeTlsStream<S>) -> Option<&S> {
        let MaybeTlsStream::NativeTls(stream) = stream else {
            return None;
        };
        Some(stream.get_ref())
    }

    impl<S: Transport> Transport for TlsStream<S> {
        fn socket(&self) -> BorrowedFd<'_> {
            self.get_ref().socket()
        }

        fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
            self.get_ref().set_nonblocking(nonblocking)
        }

        fn reads_ahead(&self) -> bool {
            true
        }

        fn on_turn_begins(&self) {
            self.get_ref().on_turn_begins();
        }

        fn on_turn_ends(&self) -> bool {
            self.get_ref().on_turn_ends()
        }
    }
}

#[cfg(feature = "__rustls-tls")]
mod rustls {
    use super::Transport;
    use crate::tungstenite::stream::MaybeTlsStream;
    use rustls::{ClientConnection, ServerConnection, StreamOwned};
    use std::io;
    use std::os::fd::BorrowedFd;

    pub(super) fn below<S: Transport>(stream: &MaybeTlsStream<S>) -> Option<&S> {
        let MaybeTlsStream::Rustls(stream) = stream else {
            return None;
        };
        Some(&stream.sock)
    }

    pub(super) fn prepare<S: Transport>(stream: &mut MaybeTlsStream<S>) {
        if let MaybeTlsStream::Rustls(stream) = stream {
            stream.prepare();
        }
    }

    impl<S: Transport> Transport for StreamOwned<ClientConnection, S> {
        fn socket(&self) -> BorrowedFd<'_> {
            self.sock.socket()
        }

        fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
            self.sock.set_nonblocking(nonblocking)
        }

        // With a full buffer, rustls's `write` returns `Ok(0)`, which tungstenite takes for the end
        // of the stream. So the buffer has no limit; what is written to it is bounded by the
        // client.
        fn prepare(&mut self) {
            self.conn.set_buffer_limit(None);
        }

        fn reads_ahead(&self) -> bool {
            true
        }

        fn on_turn_begins(&self) {
            self.sock.on_turn_begins();
        }

        fn on_turn_ends(&self) -> bool {
            self.sock.on_turn_ends()
        }
    }

    impl<S: Transport> Transport for StreamOwned<ServerConnection, S> {
        fn socket(&self) -> BorrowedFd<'_> {
            self.sock.socket()
        }

        fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
            self.sock.set_nonblocking(nonblocking)
        }

        // With a full buffer, rustls's `write` returns `Ok(0)`, which tungstenite takes for the end
        // of the stream. So the buffer has no limit; what is written to it is bounded by the
        // client.
        fn prepare(&mut self) {
            self.conn.set_buffer_limit(None);
        }

        fn reads_ahead(&self) -> bool {
            true
        }

        fn on_turn_begins(&self) {
            self.sock.on_turn_begins();
        }

        fn on_turn_ends(&self) -> bool {
            self.sock.on_turn_ends()
        }
    }
}
