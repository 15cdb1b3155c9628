//! tokio-tungstenite's `MaybeTlsStream` over the sockets of tokio.

// `know` is unsafe by design.
#![allow(unsafe_code)]

use crate::watched::tokio_tungstenite::line::below;
use redhanded_core::{Socket, know};
use tokio::net::TcpStream;
use tokio_tungstenite::MaybeTlsStream;

pub(super) fn make_known() {
    // SAFETY: neither type has lifetime parameters.
    unsafe { know::<MaybeTlsStream<TcpStream>>(|stream| socket(stream, system::tcp)) };
    system::make_known();
}

fn socket<T>(stream: &MaybeTlsStream<T>, socket: fn(&T) -> Option<Socket>) -> Option<Socket> {
    match stream {
        MaybeTlsStream::Plain(stream) => socket(stream),
        encrypting => socket(below(encrypting)?).map(Socket::encrypted),
    }
}

#[cfg(unix)]
mod system {
    use super::{MaybeTlsStream, Socket, TcpStream, know, socket};
    use tokio::net::UnixStream;

    pub(super) fn tcp(stream: &TcpStream) -> Option<Socket> {
        Socket::of_descriptor(stream)
    }

    pub(super) fn make_known() {
        let find = |stream: &MaybeTlsStream<UnixStream>| {
            socket(stream, |stream| Socket::of_descriptor(stream))
        };
        // SAFETY: neither type has lifetime parameters.
        unsafe { know(find) };
    }
}

#[cfg(not(unix))]
mod system {
    use super::{Socket, TcpStream};

    pub(super) fn tcp(stream: &TcpStream) -> Option<Socket> {
        Socket::of_addresses(stream.local_addr().ok()?, stream.peer_addr().ok()?)
    }

    pub(super) fn make_known() {}
}
