//! The blocking streams that are known from the start.

use super::super::cast::Owned;
use super::plain;
use crate::wire::Socket;
use std::io::{Read, Write};
use std::net::TcpStream;

/// The socket behind a blocking stream.
pub(super) fn socket<S>(stream: &S) -> Option<Socket> {
    tcp(stream).or_else(|| unix::socket(stream))
}

fn tcp<S>(stream: &S) -> Option<Socket> {
    socket_below::<S, TcpStream>(stream, Socket::of_tcp)
}

/// The socket of the `T` that a stream is, points to, or sits on with its encryption.
fn socket_below<S, T: Owned + Read + Write>(
    stream: &S,
    socket: fn(&T) -> Option<Socket>,
) -> Option<Socket> {
    if let Some(plain) = plain(stream) {
        return socket(plain);
    }
    let below = native_tls::below(stream).or_else(|| rustls::below(stream))?;
    socket(below).map(Socket::encrypted)
}

#[cfg(unix)]
mod unix {
    use crate::wire::Socket;
    use std::os::unix::net::UnixStream;

    pub(super) fn socket<S>(stream: &S) -> Option<Socket> {
        super::socket_below::<S, UnixStream>(stream, |stream| Socket::of_descriptor(stream))
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
    use native_tls_crate::TlsStream;
    use std::io::{Read, Write};

    pub(super) fn below<S, T: Owned + Read + Write>(stream: &S) -> Option<&T> {
        view::<S, TlsStream<T>>(stream).map(TlsStream::get_ref)
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
    use ::rustls::{ClientConnection, ServerConnection, StreamOwned};
    use std::io::{Read, Write};

    pub(super) fn below<S, T: Owned + Read + Write>(stream: &S) -> Option<&T> {
        let client = view::<S, StreamOwned<ClientConnection, T>>(stream).map(|stream| &stream.sock);
        client.or_else(|| {
            view::<S, StreamOwned<ServerConnection, T>>(stream).map(|stream| &stream.sock)
        })
    }
}

#[cfg(not(feature = "rustls"))]
mod rustls {
    pub(super) fn below<S, T>(_stream: &S) -> Option<&T> {
        None
    }
}
