//! Sockets where there are no Unix descriptors: told apart by both addresses.

use super::Key;
use std::net::TcpStream;

pub(in super::super) fn of_tcp(
    _stream: &TcpStream,
    local: Option<&str>,
    peer: Option<&str>,
) -> Option<Key> {
    of_addresses(local, peer)
}

pub(in super::super) fn of_addresses(local: Option<&str>, peer: Option<&str>) -> Option<Key> {
    let addresses = Some(Box::new((Some(local?.to_owned()), Some(peer?.to_owned()))));
    Some(Key {
        cookie: None,
        inode: None,
        addresses,
    })
}
