//! Which layers are known on top of which sockets.
//!
//! A type must be listed to be found: its id says nothing of what it is made of. So layers are known one upon a socket or a
//! box of one, and an adapter upon that.

use super::{Finders, HasSocket};
use std::io::{Read, Write};

/// A socket that blocks, and encryption on it.
pub(super) fn add_blocking<T: HasSocket + Read + Write>(finders: &mut Finders) {
    finders.add::<T>();
    native_tls::add_blocking::<T>(finders);
    rustls::add_blocking::<T>(finders);
    native_tls::add_blocking::<Box<T>>(finders);
    rustls::add_blocking::<Box<T>>(finders);
}

#[cfg(feature = "tokio")]
pub(super) use asynchronous::add_tokio;
#[cfg(any(feature = "async-io", feature = "async-net"))]
pub(super) use futures::add_futures;

#[cfg(feature = "tokio")]
mod asynchronous {
    use super::{Finders, HasSocket, adapters, native_tls, rustls};
    use ::tokio::io::{AsyncRead, AsyncWrite, BufReader};

    /// A socket of tokio, and what is usual on it.
    pub(in super::super) fn add_tokio<T>(finders: &mut Finders)
    where
        T: HasSocket + AsyncRead + AsyncWrite + Unpin,
    {
        finders.add::<T>();
        finders.add::<BufReader<T>>();
        adapters::add_for::<T>(finders);
        adapters::add_for::<Box<T>>(finders);
        native_tls::add_tokio::<T>(finders);
        native_tls::add_tokio::<Box<T>>(finders);
        rustls::add_tokio::<T>(finders);
        rustls::add_tokio::<Box<T>>(finders);
    }
}

#[cfg(any(feature = "async-io", feature = "async-net"))]
mod futures {
    use super::{Finders, HasSocket, adapters};

    /// A socket with the traits of the `futures` crates, and what is usual on it.
    pub(in super::super) fn add_futures<T: HasSocket>(finders: &mut Finders) {
        finders.add::<T>();
        adapters::add_compat::<T>(finders);
        adapters::add_compat::<Box<T>>(finders);
    }
}

/// Adapters between the traits of tokio, of hyper and of the `futures` crates.
#[cfg(any(feature = "tokio", feature = "async-io", feature = "async-net"))]
mod adapters {
    use super::{Finders, HasSocket};

    #[cfg(feature = "tokio")]
    pub(super) fn add_for<T: HasSocket>(finders: &mut Finders) {
        add_compat::<T>(finders);
        hyper::add::<T>(finders);
    }

    #[cfg(feature = "tokio-util")]
    pub(super) fn add_compat<T: HasSocket>(finders: &mut Finders) {
        finders.add::<tokio_util::compat::Compat<T>>();
    }

    #[cfg(not(feature = "tokio-util"))]
    pub(super) fn add_compat<T: HasSocket>(_finders: &mut Finders) {}

    #[cfg(all(feature = "tokio", feature = "hyper-util"))]
    mod hyper {
        use super::{Finders, HasSocket, add_compat};
        use hyper_util::rt::TokioIo;

        pub(super) fn add<T: HasSocket>(finders: &mut Finders) {
            finders.add::<TokioIo<T>>();
            // There and back again.
            finders.add::<TokioIo<TokioIo<T>>>();
            add_compat::<TokioIo<T>>(finders);
        }
    }

    #[cfg(all(feature = "tokio", not(feature = "hyper-util")))]
    mod hyper {
        use super::{Finders, HasSocket};

        pub(super) fn add<T: HasSocket>(_finders: &mut Finders) {}
    }
}

#[cfg(feature = "native-tls")]
mod native_tls {
    use super::{Finders, HasSocket, Read, Write};

    pub(super) fn add_blocking<T: HasSocket + Read + Write>(finders: &mut Finders) {
        finders.add::<native_tls_crate::TlsStream<T>>();
    }

    #[cfg(feature = "tokio")]
    pub(super) fn add_tokio<T>(finders: &mut Finders)
    where
        T: HasSocket + ::tokio::io::AsyncRead + ::tokio::io::AsyncWrite + Unpin,
    {
        finders.add::<tokio_native_tls::TlsStream<T>>();
        super::adapters::add_for::<tokio_native_tls::TlsStream<T>>(finders);
    }
}

#[cfg(not(feature = "native-tls"))]
mod native_tls {
    use super::{Finders, HasSocket};

    pub(super) fn add_blocking<T: HasSocket>(_finders: &mut Finders) {}

    #[cfg(feature = "tokio")]
    pub(super) fn add_tokio<T: HasSocket>(_finders: &mut Finders) {}
}

#[cfg(feature = "rustls")]
mod rustls {
    use super::{Finders, HasSocket, Read, Write};
    use ::rustls::{ClientConnection, ServerConnection, StreamOwned};

    pub(super) fn add_blocking<T: HasSocket + Read + Write>(finders: &mut Finders) {
        finders.add::<StreamOwned<ClientConnection, T>>();
        finders.add::<StreamOwned<ServerConnection, T>>();
    }

    #[cfg(feature = "tokio")]
    pub(super) fn add_tokio<T: HasSocket>(finders: &mut Finders) {
        use tokio_rustls::{TlsStream, client, server};
        finders.add::<client::TlsStream<T>>();
        finders.add::<server::TlsStream<T>>();
        finders.add::<TlsStream<T>>();
        super::adapters::add_for::<client::TlsStream<T>>(finders);
        super::adapters::add_for::<server::TlsStream<T>>(finders);
        super::adapters::add_for::<TlsStream<T>>(finders);
    }
}

#[cfg(not(feature = "rustls"))]
mod rustls {
    use super::{Finders, HasSocket};

    pub(super) fn add_blocking<T: HasSocket>(_finders: &mut Finders) {}

    #[cfg(feature = "tokio")]
    pub(super) fn add_tokio<T: HasSocket>(_finders: &mut Finders) {}
}
