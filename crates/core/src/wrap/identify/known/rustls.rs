//! The streams of rustls and tokio-rustls.

use super::HasSocket;
use crate::wire::Socket;
use ::rustls::{ClientConnection, ServerConnection, StreamOwned};
use std::io::{Read, Write};

impl<T: HasSocket + Read + Write> HasSocket for StreamOwned<ClientConnection, T> {
    fn socket(&self) -> Option<Socket> {
        self.sock.socket().map(Socket::encrypted)
    }
}

impl<T: HasSocket + Read + Write> HasSocket for StreamOwned<ServerConnection, T> {
    fn socket(&self) -> Option<Socket> {
        self.sock.socket().map(Socket::encrypted)
    }
}

#[cfg(feature = "tokio")]
mod asynchronous {
    use super::{HasSocket, Socket};
    use tokio_rustls::{TlsStream, client, server};

    impl<T: HasSocket> HasSocket for client::TlsStream<T> {
        fn socket(&self) -> Option<Socket> {
            self.get_ref().0.socket().map(Socket::encrypted)
        }
    }

    impl<T: HasSocket> HasSocket for server::TlsStream<T> {
        fn socket(&self) -> Option<Socket> {
            self.get_ref().0.socket().map(Socket::encrypted)
        }
    }

    impl<T: HasSocket> HasSocket for TlsStream<T> {
        fn socket(&self) -> Option<Socket> {
            self.get_ref().0.socket().map(Socket::encrypted)
        }
    }
}
