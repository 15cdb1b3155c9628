//! TCP. The addresses of a host are tried in turn. When one takes long, the next one is tried
//! beside it (RFC 8305, 5).

use crate::reactor::SOCKET;
use mio::net::TcpStream;
use mio::{Interest, Registry};
use std::io::{self, ErrorKind};
use std::net::{self, SocketAddr};
use std::time::{Duration, Instant};

/// How long an address is tried before the next one is tried beside it ("Connection Attempt Delay",
/// RFC 8305, 8).
const DELAY: Duration = Duration::from_millis(250);

/// The addresses that are being tried, and those that will be.
pub(super) struct Dialing {
    addresses: std::vec::IntoIter<SocketAddr>,
    sockets: Vec<TcpStream>,
    next_at: Instant,
    error: Option<io::Error>,
}

impl Dialing {
    pub(super) fn new(addresses: Vec<SocketAddr>, now: Instant) -> Self {
        Dialing {
            addresses: addresses.into_iter(),
            sockets: Vec::new(),
            next_at: now,
            error: None,
        }
    }

    /// When the next address will be tried, if there is one.
    pub(super) fn next_at(&self) -> Option<Instant> {
        (self.addresses.len() > 0).then_some(self.next_at)
    }

    /// Returns the first socket that is connected, or the last error if there is no address left.
    pub(super) fn advance(
        &mut self,
        registry: &Registry,
        now: Instant,
    ) -> io::Result<Option<net::TcpStream>> {
        loop {
            if let Some(connected) = self.connected(registry)? {
                return Ok(Some(connected));
            }
            if !self.sockets.is_empty() && (self.addresses.len() == 0 || now < self.next_at) {
                return Ok(None);
            }
            let Some(address) = self.addresses.next() else {
                return Err(self
                    .error
                    .take()
                    .unwrap_or_else(|| ErrorKind::NotFound.into()));
            };
            self.next_at = now + DELAY;
            match start(address, registry) {
                Ok(socket) => self.sockets.push(socket),
                Err(error) => self.error = Some(error),
            }
        }
    }

    fn connected(&mut self, registry: &Registry) -> io::Result<Option<net::TcpStream>> {
        let mut index = 0;
        while index < self.sockets.len() {
            match is_connected(&self.sockets[index]) {
                Ok(false) => index += 1,
                Ok(true) => {
                    let mut socket = self.sockets.swap_remove(index);
                    registry.deregister(&mut socket)?;
                    return Ok(Some(socket.into()));
                }
                Err(error) => {
                    self.error = Some(error);
                    self.sockets.swap_remove(index);
                }
            }
        }
        Ok(None)
    }
}

fn start(address: SocketAddr, registry: &Registry) -> io::Result<TcpStream> {
    let mut socket = TcpStream::connect(address)?;
    registry.register(&mut socket, SOCKET, Interest::WRITABLE)?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

fn is_connected(socket: &TcpStream) -> io::Result<bool> {
    if let Some(error) = socket.take_error()? {
        return Err(error);
    }
    match socket.peer_addr() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotConnected => Ok(false),
        Err(error) => Err(error),
    }
}
