//! The streams of tokio that are known from the start: its sockets, their owned halves, and what encrypts for them.

use super::super::cast::Owned;
use super::plain;
use crate::wire::Socket;
use tokio::io::Join;
use tokio::net::{TcpStream, tcp};

/// The socket behind a stream of tokio.
pub(super) fn socket<S>(stream: &S) -> Option<Socket> {
    let whole = socket_below::<S, TcpStream>(stream, tcp_socket);
    let read_half = || plain::<S, tcp::OwnedReadHalf>(stream).map(AsRef::as_ref);
    let write_half = || plain::<S, tcp::OwnedWriteHalf>(stream).map(AsRef::as_ref);
    let joined =
        || plain::<S, Join<tcp::OwnedReadHalf, tcp::OwnedWriteHalf>>(stream).map(|both| both.writer().as_ref());
    let halves = || tcp_socket(write_half().or_else(read_half).or_else(joined)?);
    whole.or_else(halves).or_else(|| unix::socket(stream))
}

/// The socket of the `T` that a stream is, points to, or encrypts for.
fn socket_below<S, T: Owned>(stream: &S, socket: fn(&T) -> Option<Socket>) -> Option<Socket> {
    if let Some(plain) = plain(stream).or_else(|| maybe_tls::plain(stream)) {
        return socket(plain);
    }
    let below = native_tls::below(stream).or_else(|| rustls::below(stream)).or_else(|| maybe_tls::below(stream))?;
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
    use super::super::plain;
    use super::socket_below;
    use crate::wire::Socket;
    use tokio::io::Join;
    use tokio::net::UnixStream;
    use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

    pub(super) fn socket<S>(stream: &S) -> Option<Socket> {
        let whole = socket_below::<S, UnixStream>(stream, |stream| Socket::of_descriptor(stream));
        let read_half = || plain::<S, OwnedReadHalf>(stream).map(AsRef::as_ref);
        let write_half = || plain::<S, OwnedWriteHalf>(stream).map(AsRef::as_ref);
        let joined = || plain::<S, Join<OwnedReadHalf, OwnedWriteHalf>>(stream).map(|both| both.writer().as_ref());
        let half = || -> Option<&UnixStream> { write_half().or_else(read_half).or_else(joined) };
        whole.or_else(|| Socket::of_descriptor(half()?))
    }
}

#[cfg(not(unix))]
mod unix {
    use crate::wire::Socket;

    pub(super) fn socket<S>(_stream: &S) -> Option<Socket> {
        None
    }
}

#[cfg(feature = "stream")]
mod maybe_tls {
    use super::super::super::cast::{Owned, view};
    use ::tokio_tungstenite::MaybeTlsStream;

    fn seen<S, T: Owned>(stream: &S) -> Option<&MaybeTlsStream<T>> {
        view::<S, MaybeTlsStream<T>>(stream).or_else(|| view::<S, Box<MaybeTlsStream<T>>>(stream).map(|boxed| &**boxed))
    }

    pub(super) fn plain<S, T: Owned>(stream: &S) -> Option<&T> {
        match seen(stream)? {
            MaybeTlsStream::Plain(stream) => Some(stream),
            _ => None,
        }
    }

    /// Asked after [`plain`]: whatever else it is, it encrypts.
    pub(super) fn below<S, T: Owned>(stream: &S) -> Option<&T> {
        seen(stream).map(MaybeTlsStream::get_ref)
    }
}

#[cfg(not(feature = "stream"))]
mod maybe_tls {
    pub(super) fn plain<S, T>(_stream: &S) -> Option<&T> {
        None
    }

    pub(super) fn below<S, T>(_stream: &S) -> Option<&T> {
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

#[cfg(feature = "__rustls-tls")]
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

#[cfg(not(feature = "__rustls-tls"))]
mod rustls {
    pub(super) fn below<S, T>(_stream: &S) -> Option<&T> {
        None
    }
}
