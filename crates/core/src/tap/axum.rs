//! The tap as a listener of axum: every connection that it accepts is tapped.

use super::{KnownStreams, TapWith};
use axum::serve::Listener;
use std::io;

impl<L: Listener, K: KnownStreams + 'static> Listener for TapWith<L, K> {
    type Io = TapWith<L::Io, K>;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = self.inner.stream.accept().await;
        (TapWith::new(stream), address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.inner.stream.local_addr()
    }
}
