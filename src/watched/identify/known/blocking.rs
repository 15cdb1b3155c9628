//! The blocking streams that are known from the start.

use super::super::cast::{Owned, view};
use super::plain;
use crate::wire::Socket;
use ::tungstenite::stream::MaybeTlsStream;
use std::io::{Read, Write};
use std::net::TcpStream;

/// The socket behind a blocking stream.
pub(super) fn socket<S>(stream: &S) -> Option<Socket> {
    tcp(stream).or_else(|| unix::socket(stream))
}

fn tcp<S>(stream: &S) -> Option<Socket> {
    socket_below::<S, TcpStream>(stream, Socket::of_tcp)
}

/// The socket of the `T` that a stream is, points to, or encrypts for.
fn socket_below<S, T: Owned + Read + Write>(
    stream: &S,
    socket: fn(&T) -> Option<Socket>,
) -> Option<Socket> {
    let maybe_tls = || view::<S, MaybeTlsStream<T>>(stream);
    let boxed = || view::<S, Box<MaybeTlsStream<T>>>(stream).map(|boxed| &**boxed);
    if let Some(plain) = plain(stream).or_else(|| plain_maybe_tls(maybe_tls().or_else(boxed)?)) {
        return socket(plain);
    }
    let encrypts_for = native_tls::below(stream).or_else(|| rustls::below(stream));
    let below = encrypts_for.or_else(|| encrypting_maybe_tls(maybe_tls().or_else(boxed)?))?;
    socket(below).map(Socket::encrypted)
}

fn plain_maybe_tls<T: Owned + Read + Write>(stream: &MaybeTlsStream<T>) -> Option<&T> {
    let MaybeTlsStream::Plain(stream) = stream else {
        return None;
    };
    Some(stream)
}

fn encrypting_maybe_tls<T: Owned + Read + Write>(stream: &MaybeTlsStream<T>) -> Option<&T> {
    native_tls::below_maybe_tls(stream).or_else(|| rustls::below_maybe_tls(stream))
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
    use ::tungstenite::stream::MaybeTlsStream;
    use native_tls_crate::TlsStream;
    use std::io::{Read, Write};

    pub(super) fn below<S, T: Owned + Read + Write>(stream: &S) -> Option<&T> {
        view::<S, TlsStream<T>>(stream).map(TlsStream::get_ref)
    }

    pub(super) fn below_maybe_tls<T: Read + Write>(stream: &MaybeTlsStream<T>) -> Option<&T> {
        let MaybeTlsStream::NativeTls(stream) = stream else {
            return None;
        };
        Some(stream.get_ref())
    }
}

#[cfg(not(feature = "native-tls"))]
mod native_tls {
    use ::tungstenite::stream::MaybeTlsStream;
    use std::io::{Read, Write};

    pub(super) fn below<S, T>(_stream: &S) -> Option<&T> {
        None
    }

    pub(super) fn below_maybe_tls<T: Read + Write>(_stream: &MaybeTlsStream<T>) -> Option<&T> {
        None
    }
}

#[cfg(feature = "__rustls-tls")]
mod rustls {
    use super::super::super::cast::{Owned, view};
    use ::rustls::{ClientConnection, ServerConnection, StreamOwned};
    use ::tungstenite::stream::MaybeTlsStream;
    use std::io::{Read, Write};

    pub(super) fn below<S, T: Owned + Read + Write>(stream: &S) -> Option<&T> {
        let client = view::<S, StreamOwned<ClientConnection, T>>(stream).map(|stream| &stream.sock);
        client.or_else(|| {
            view::<S, StreamOwned<ServerConnection, T>>(stream).map(|stream| &stream.sock)
        })
    }

    pub(super) fn below_maybe_tls<T: Read + Write>(stream: &MaybeTlsStream<T>) -> Option<&T> {
        let MaybeTlsStream::Rustls(stream) = stream else {
            return None;
        };
        Some(&stream.sock)
    }
}

#[cfg(not(feature = "__rustls-tls"))]
mod rustls {
    use ::tungstenite::stream::MaybeTlsStream;
    use std::io::{Read, Write};

    pub(super) fn below<S, T>(_stream: &S) -> Option<&T> {
        None
    }

    pub(super) fn below_maybe_tls<T: Read + Write>(_stream: &MaybeTlsStream<T>) -> Option<&T> {
        None
    }
}
