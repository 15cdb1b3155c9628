//! The tap as a listener of axum: every connection that it accepts is tapped.

use super::Tap;
use axum::serve::Listener;
use std::io;

impl<L: Listener> Listener for Tap<L> {
    type Io = Tap<L::Io>;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = self.inner.stream.accept().await;
        (Tap::new(stream), address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.inner.stream.local_addr()
    }
}
