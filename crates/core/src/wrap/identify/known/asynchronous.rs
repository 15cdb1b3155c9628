//! The streams of tokio that are known from the start: its sockets, their owned halves, and TLS on top of them.

use super::super::cast::Owned;
use super::plain;
use crate::wire::Socket;
use tokio::io::{AsyncRead, AsyncWrite, Join};
use tokio::net::{TcpStream, tcp};

/// The socket behind a stream of tokio.
pub(super) fn socket<S>(stream: &S) -> Option<Socket> {
    socket_of_parts::<S, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf>(stream, tcp_socket)
        .or_else(|| unix::socket(stream))
}

/// The socket of the `T` to which a stream leads: as a whole, or by its owned halves.
fn socket_of_parts<S, T, R, W>(stream: &S, socket: fn(&T) -> Option<Socket>) -> Option<Socket>
where
    T: Owned,
    R: Owned + AsRef<T> + AsyncRead,
    W: Owned + AsRef<T> + AsyncWrite,
{
    let read_half = || plain::<S, R>(stream).map(AsRef::as_ref);
    let write_half = || plain::<S, W>(stream).map(AsRef::as_ref);
    let joined = || plain::<S, Join<R, W>>(stream).map(|both| both.writer().as_ref());
    socket_below(stream, socket)
        .or_else(|| socket(write_half().or_else(read_half).or_else(joined)?))
}

/// The socket of the `T` that a stream is, points to, or sits on with its encryption.
fn socket_below<S, T: Owned>(stream: &S, socket: fn(&T) -> Option<Socket>) -> Option<Socket> {
    if let Some(plain) = plain(stream) {
        return socket(plain);
    }
    let below = native_tls::below(stream).or_else(|| rustls::below(stream))?;
    socket(below).map(Socket::encrypted)
}

#[cfg(unix)]
fn tcp_socket(stream: &TcpStream) -> Option<Socket> {
    Socket::of_descriptor(stream)
}

#[cfg(not(unix))]
fn tcp_socket(stream: &TcpStream) -> Option<Socket> {
    Socket::of_addresses(stream.local_addr().ok()?, stream.peer_addr().ok()?)
}

#[cfg(unix)]
mod unix {
    use super::socket_of_parts;
    use crate::wire::Socket;
    use tokio::net::UnixStream;
    use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

    pub(super) fn socket<S>(stream: &S) -> Option<Socket> {
        let socket = |stream: &UnixStream| Socket::of_descriptor(stream);
        socket_of_parts::<S, UnixStream, OwnedReadHalf, OwnedWriteHalf>(stream, socket)
    }
}

#[cfg(not(unix))]
mod unix {
    use crate::wire::Socket;

    pub(super) fn socket<S>(_stream: &S) -> Option<Socket> {
        None
    }
}

#[cfg(feature = "native-tls")]
mod native_tls {
    use super::super::super::cast::{Owned, view};
    use tokio_native_tls::TlsStream;

    pub(super) fn below<S, T: Owned>(stream: &S) -> Option<&T> {
        view::<S, TlsStream<T>>(stream).map(|stream| stream.get_ref().get_ref().get_ref())
    }
}

#[cfg(not(feature = "native-tls"))]
mod native_tls {
    pub(super) fn below<S, T>(_stream: &S) -> Option<&T> {
        None
    }
}

#[cfg(feature = "rustls")]
mod rustls {
    use super::super::super::cast::{Owned, view};
    use tokio_rustls::{TlsStream, client, server};

    pub(super) fn below<S, T: Owned>(stream: &S) -> Option<&T> {
        let of_client = view::<S, client::TlsStream<T>>(stream).map(|stream| stream.get_ref().0);
        of_client
            .or_else(|| view::<S, server::TlsStream<T>>(stream).map(|stream| stream.get_ref().0))
            .or_else(|| view::<S, TlsStream<T>>(stream).map(|stream| stream.get_ref().0))
    }
}

#[cfg(not(feature = "rustls"))]
mod rustls {
    pub(super) fn below<S, T>(_stream: &S) -> Option<&T> {
        None
    }
}
