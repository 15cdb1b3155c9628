//! The streams of native-tls and tokio-native-tls.

use super::HasSocket;
use crate::wire::Socket;
use native_tls_crate::TlsStream;
use std::io::{Read, Write};

impl<T: HasSocket + Read + Write> HasSocket for TlsStream<T> {
    fn socket(&self) -> Option<Socket> {
        self.get_ref().socket().map(Socket::encrypted)
    }
}

#[cfg(feature = "tokio")]
mod asynchronous {
    use super::{HasSocket, Socket};
    use ::tokio::io::{AsyncRead, AsyncWrite};
    use tokio_native_tls::TlsStream;

    impl<T: HasSocket + AsyncRead + AsyncWrite + Unpin> HasSocket for TlsStream<T> {
        fn socket(&self) -> Option<Socket> {
            let below = self.get_ref().get_ref().get_ref();
            below.socket().map(Socket::encrypted)
        }
    }
}
