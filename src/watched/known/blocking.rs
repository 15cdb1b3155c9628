//! tungstenite's `MaybeTlsStream` over the sockets of the standard library.

// `know` is unsafe by design.
#![allow(unsafe_code)]

use redhanded_core::{Socket, know};
use std::io::{Read, Write};
use std::net::TcpStream;
use tungstenite::stream::MaybeTlsStream;

pub(super) fn make_known() {
    // SAFETY: neither type has lifetime parameters.
    unsafe { know::<MaybeTlsStream<TcpStream>>(|stream| socket(stream, Socket::of_tcp)) };
    unix::make_known();
}

fn socket<T: Read + Write>(
    stream: &MaybeTlsStream<T>,
    socket: fn(&T) -> Option<Socket>,
) -> Option<Socket> {
    match stream {
        MaybeTlsStream::Plain(stream) => socket(stream),
        encrypting => {
            let below = native_tls::below(encrypting).or_else(|| rustls::below(encrypting))?;
            socket(below).map(Socket::encrypted)
        }
    }
}

#[cfg(feature = "native-tls")]
mod native_tls {
    use super::{MaybeTlsStream, Read, Write};

    pub(super) fn below<T: Read + Write>(stream: &MaybeTlsStream<T>) -> Option<&T> {
        let MaybeTlsStream::NativeTls(stream) = stream else {
            return None;
        };
        Some(stream.get_ref())
    }
}

#[cfg(not(feature = "native-tls"))]
mod native_tls {
    use super::{MaybeTlsStream, Read, Write};

    pub(super) fn below<T: Read + Write>(_stream: &MaybeTlsStream<T>) -> Option<&T> {
        None
    }
}

#[cfg(feature = "__rustls-tls")]
mod rustls {
    use super::{MaybeTlsStream, Read, Write};

    pub(super) fn below<T: Read + Write>(stream: &MaybeTlsStream<T>) -> Option<&T> {
        let MaybeTlsStream::Rustls(stream) = stream else {
            return None;
        };
        Some(&stream.sock)
    }
}

#[cfg(not(feature = "__rustls-tls"))]
mod rustls {
    use super::{MaybeTlsStream, Read, Write};

    pub(super) fn below<T: Read + Write>(_stream: &MaybeTlsStream<T>) -> Option<&T> {
        None
    }
}

#[cfg(unix)]
mod unix {
    use super::{MaybeTlsStream, Socket, know, socket};
    use std::os::unix::net::UnixStream;

    pub(super) fn make_known() {
        let find = |stream: &MaybeTlsStream<UnixStream>| {
            socket(stream, |stream| Socket::of_descriptor(stream))
        };
        // SAFETY: neither type has lifetime parameters.
        unsafe { know(find) };
    }
}

#[cfg(not(unix))]
mod unix {
    pub(super) fn make_known() {}
}
