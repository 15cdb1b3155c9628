//! What makes two handles share a wire: the socket they write to, not the Rust object.

mod key;

pub(super) mod counters;

use counters::{Descriptor, Taken, descriptor_of};
use key::Key;
use std::fmt;
use std::net::TcpStream;
use std::sync::Arc;

/// A live socket, told apart from every other.
///
/// Two objects with equal sockets write to one wire. A duplicate made by `try_clone` is the same socket. On Linux a
/// socket is known by its cookie, which the kernel never gives twice (socket(7), `SO_COOKIE`); on other Unix systems by
/// device, inode and addresses; elsewhere by its addresses.
#[derive(Clone)]
pub struct Socket(Arc<Inner>);

struct Inner {
    key: Option<Key>,
    /// Where the kernel can be asked how many bytes the socket has taken.
    counters: Option<Descriptor>,
    is_encrypted: bool,
    local: Option<Box<str>>,
    peer: Option<Box<str>>,
    /// The type of a stream that is not known.
    unknown_type: Option<&'static str>,
    /// The handshake accepted that messages are compressed.
    deflates: bool,
}

impl Socket {
    /// The socket behind a TCP stream, or `None` if the system does not tell, because it is not connected any more.
    pub fn of_tcp(stream: &TcpStream) -> Option<Socket> {
        let local = stream.local_addr().ok().map(|address| address.to_string());
        let peer = stream.peer_addr().ok().map(|address| address.to_string());
        let key = key::of_tcp(stream, local.as_deref(), peer.as_deref())?;
        let counters = descriptor_of(stream);
        Some(Socket::known(key, counters, local, peer))
    }

    /// The socket behind a descriptor, or `None` if the system does not tell.
    #[cfg(unix)]
    pub fn of_descriptor(descriptor: impl std::os::fd::AsFd) -> Option<Socket> {
        let (local, peer) = key::addresses(descriptor.as_fd());
        let key = key::of_descriptor(descriptor.as_fd(), local.as_deref(), peer.as_deref())?;
        let counters = descriptor_of(descriptor);
        Some(Socket::known(key, counters, local, peer))
    }

    /// The socket between two addresses, where there are no descriptors.
    #[cfg(not(unix))]
    pub fn of_addresses(local: std::net::SocketAddr, peer: std::net::SocketAddr) -> Option<Socket> {
        let (local, peer) = (Some(local.to_string()), Some(peer.to_string()));
        let key = key::of_addresses(local.as_deref(), peer.as_deref())?;
        Some(Socket::known(key, None, local, peer))
    }

    fn known(
        key: Key,
        counters: Option<Descriptor>,
        local: Option<String>,
        peer: Option<String>,
    ) -> Socket {
        let [local, peer] = [local, peer].map(|address| address.map(String::into_boxed_str));
        Socket(Arc::new(Inner {
            key: Some(key),
            counters,
            is_encrypted: false,
            local,
            peer,
            unknown_type: None,
            deflates: false,
        }))
    }

    /// A stream that has no socket, or whose socket is not told: a wire of its own.
    pub(crate) fn unknown() -> Socket {
        Socket::without_key(None)
    }

    /// A stream of a type that is not known, by the type's name: a wire of its own.
    pub(crate) fn of_unknown_type(name: &'static str) -> Socket {
        Socket::without_key(Some(name))
    }

    fn without_key(unknown_type: Option<&'static str>) -> Socket {
        Socket(Arc::new(Inner {
            key: None,
            counters: None,
            is_encrypted: false,
            local: None,
            peer: None,
            unknown_type,
            deflates: false,
        }))
    }

    /// The same socket below a layer that sends other bytes than it is given.
    pub fn encrypted(self) -> Socket {
        let (key, local, peer) = (
            self.0.key.clone(),
            self.0.local.clone(),
            self.0.peer.clone(),
        );
        Socket(Arc::new(Inner {
            key,
            counters: None,
            is_encrypted: true,
            local,
            peer,
            unknown_type: self.0.unknown_type,
            deflates: false,
        }))
    }

    /// The same socket, where the handshake on it accepted `permessage-deflate`.
    pub(crate) fn deflating(self) -> Socket {
        let inner = &*self.0;
        Socket(Arc::new(Inner {
            key: inner.key.clone(),
            counters: inner.counters,
            is_encrypted: inner.is_encrypted,
            local: inner.local.clone(),
            peer: inner.peer.clone(),
            unknown_type: inner.unknown_type,
            deflates: true,
        }))
    }

    /// Whether messages on this connection may be compressed, as far as its handshake was read.
    pub(crate) fn deflates(&self) -> bool {
        self.0.deflates
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.0.is_encrypted
    }

    /// How many bytes the socket has taken, if it tells.
    pub(crate) fn taken(&self) -> Option<Taken> {
        self.0.counters?.taken()
    }

    /// Whether its name is never given to another socket.
    pub(crate) fn is_named_for_ever(&self) -> bool {
        self.key().is_some_and(Key::is_for_ever)
    }

    /// Whether the two ask through the same descriptor, or both through none.
    pub(crate) fn has_descriptor_of(&self, other: &Socket) -> bool {
        self.0.counters.map(Descriptor::number) == other.0.counters.map(Descriptor::number)
    }

    pub(crate) fn key(&self) -> Option<&Key> {
        self.0.key.as_ref()
    }

    /// The name of the stream's type, if that is not known.
    pub(crate) fn unknown_type(&self) -> Option<&'static str> {
        self.0.unknown_type
    }

    pub(crate) fn local(&self) -> Option<&str> {
        self.0.local.as_deref()
    }

    pub(crate) fn peer(&self) -> Option<&str> {
        self.0.peer.as_deref()
    }
}

impl PartialEq for Socket {
    fn eq(&self, other: &Self) -> bool {
        // A stream without a socket is only like itself.
        Arc::ptr_eq(&self.0, &other.0) || (self.key().is_some() && self.key() == other.key())
    }
}

impl Eq for Socket {}

impl std::hash::Hash for Socket {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unknown = "unknown";
        write!(
            f,
            "Socket({} -> {})",
            self.local().unwrap_or(unknown),
            self.peer().unwrap_or(unknown)
        )
    }
}
