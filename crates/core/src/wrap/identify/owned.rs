//! Types that hold no borrowed data.
//!
//! The compiler can compare types only with their lifetimes erased, unless they are `'static` by a bound. So a type may
//! be the target of a cast only if there are no lifetimes in it that could differ. That is what each line here says.
#![allow(unsafe_code)]

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

/// Types that hold no borrowed data.
///
/// # Safety
/// The type must have no lifetime parameters, nor a type parameter that could bring one in.
pub(super) unsafe trait Owned: 'static {}

// SAFETY: it has no parameters.
unsafe impl Owned for std::net::TcpStream {}
// SAFETY: it has no parameters.
#[cfg(unix)]
unsafe impl Owned for std::os::unix::net::UnixStream {}
// SAFETY: the only parameter is itself free of lifetimes.
unsafe impl<T: Owned> Owned for Box<T> {}
// SAFETY: the only parameter is itself free of lifetimes.
unsafe impl<T: Owned> Owned for Rc<T> {}
// SAFETY: the only parameter is itself free of lifetimes.
unsafe impl<T: Owned> Owned for Arc<T> {}
// SAFETY: the only parameter is itself free of lifetimes.
unsafe impl<T: Owned> Owned for Pin<T> {}

#[cfg(feature = "native-tls")]
// SAFETY: the only parameter is itself free of lifetimes.
unsafe impl<T: Owned> Owned for native_tls_crate::TlsStream<T> {}
#[cfg(feature = "rustls")]
// SAFETY: the connection has no parameters, and the stream is itself free of lifetimes.
unsafe impl<T: Owned + std::io::Read + std::io::Write> Owned
    for rustls::StreamOwned<rustls::ClientConnection, T>
{
}
#[cfg(feature = "rustls")]
// SAFETY: the connection has no parameters, and the stream is itself free of lifetimes.
unsafe impl<T: Owned + std::io::Read + std::io::Write> Owned
    for rustls::StreamOwned<rustls::ServerConnection, T>
{
}

#[cfg(feature = "mio")]
// SAFETY: it has no parameters.
unsafe impl Owned for mio::net::TcpStream {}
#[cfg(all(feature = "mio", unix))]
// SAFETY: it has no parameters.
unsafe impl Owned for mio::net::UnixStream {}
#[cfg(feature = "socket2")]
// SAFETY: it has no parameters.
unsafe impl Owned for socket2::Socket {}
#[cfg(feature = "async-io")]
// SAFETY: the only parameter is itself free of lifetimes.
unsafe impl<T: Owned> Owned for async_io::Async<T> {}
#[cfg(feature = "async-net")]
// SAFETY: it has no parameters.
unsafe impl Owned for async_net::TcpStream {}
#[cfg(all(feature = "async-net", unix))]
// SAFETY: it has no parameters.
unsafe impl Owned for async_net::unix::UnixStream {}
#[cfg(feature = "tokio-util")]
// SAFETY: the only parameter is itself free of lifetimes.
unsafe impl<T: Owned> Owned for tokio_util::compat::Compat<T> {}
#[cfg(feature = "hyper-util")]
// SAFETY: the only parameter is itself free of lifetimes.
unsafe impl<T: Owned> Owned for hyper_util::rt::TokioIo<T> {}

#[cfg(feature = "tokio")]
mod tokio {
    use super::Owned;
    use ::tokio::io::{AsyncRead, BufReader, Join};
    use ::tokio::net::{TcpStream, tcp};
    #[cfg(unix)]
    use ::tokio::net::{UnixStream, unix};

    // SAFETY: it has no parameters.
    unsafe impl Owned for TcpStream {}
    // SAFETY: it has no parameters.
    unsafe impl Owned for tcp::OwnedReadHalf {}
    // SAFETY: it has no parameters.
    unsafe impl Owned for tcp::OwnedWriteHalf {}
    // SAFETY: it has no parameters.
    #[cfg(unix)]
    unsafe impl Owned for UnixStream {}
    // SAFETY: it has no parameters.
    #[cfg(unix)]
    unsafe impl Owned for unix::OwnedReadHalf {}
    // SAFETY: it has no parameters.
    #[cfg(unix)]
    unsafe impl Owned for unix::OwnedWriteHalf {}
    // SAFETY: both parameters are themselves free of lifetimes.
    unsafe impl<R: Owned, W: Owned> Owned for Join<R, W> {}
    // SAFETY: the only parameter is itself free of lifetimes.
    unsafe impl<T: Owned + AsyncRead> Owned for BufReader<T> {}
    // SAFETY: the only parameter is itself free of lifetimes.
    #[cfg(feature = "native-tls")]
    unsafe impl<T: Owned> Owned for tokio_native_tls::TlsStream<T> {}
    // SAFETY: the only parameter is itself free of lifetimes.
    #[cfg(feature = "rustls")]
    unsafe impl<T: Owned> Owned for tokio_rustls::client::TlsStream<T> {}
    // SAFETY: the only parameter is itself free of lifetimes.
    #[cfg(feature = "rustls")]
    unsafe impl<T: Owned> Owned for tokio_rustls::server::TlsStream<T> {}
    // SAFETY: the only parameter is itself free of lifetimes.
    #[cfg(feature = "rustls")]
    unsafe impl<T: Owned> Owned for tokio_rustls::TlsStream<T> {}
}
