//! The tap as a listener of axum. Off, each connection is passed on as it is.

use super::Tap;
use axum::serve::Listener;
use std::io;

impl<L: Listener> Listener for Tap<L> {
    type Io = Tap<L::Io>;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (stream, address) = self.0.accept().await;
        (Tap::new(stream), address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}
