//! Sockets on Unix: read from the descriptor.

use super::Key;
use rustix::net::SocketAddrAny;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

pub(in super::super) fn of_tcp(
    stream: &TcpStream,
    local: Option<&str>,
    peer: Option<&str>,
) -> Option<Key> {
    of_descriptor(stream.as_fd(), local, peer)
}

pub(in super::super) fn of_descriptor(
    descriptor: BorrowedFd<'_>,
    local: Option<&str>,
    peer: Option<&str>,
) -> Option<Key> {
    let status = rustix::fs::fstat(descriptor).ok()?;
    let cookie = cookie(descriptor);
    let addresses = cookie
        .is_none()
        .then(|| Box::new((local.map(str::to_owned), peer.map(str::to_owned))));
    #[allow(clippy::unnecessary_cast)] // The widths differ from system to system.
    let inode = (status.st_dev as u64, status.st_ino as u64);
    Some(Key {
        cookie,
        inode: Some(inode),
        addresses,
    })
}

/// Local and peer address as a person reads them.
pub(in super::super) fn addresses(descriptor: BorrowedFd<'_>) -> (Option<String>, Option<String>) {
    let local = rustix::net::getsockname(descriptor).ok();
    let peer = rustix::net::getpeername(descriptor).ok().flatten();
    (local.and_then(readable), peer.and_then(readable))
}

fn readable(address: SocketAddrAny) -> Option<String> {
    if let Ok(address) = SocketAddr::try_from(address.clone()) {
        return Some(address.to_string());
    }
    let unix = rustix::net::SocketAddrUnix::try_from(address).ok()?;
    Some(unix.path().map_or_else(
        || "unix".to_owned(),
        |path| path.to_string_lossy().into_owned(),
    ))
}

#[cfg(target_os = "linux")]
fn cookie(descriptor: BorrowedFd<'_>) -> Option<u64> {
    rustix::net::sockopt::socket_cookie(descriptor).ok()
}

#[cfg(not(target_os = "linux"))]
fn cookie(_descriptor: BorrowedFd<'_>) -> Option<u64> {
    None
}
