//! The stream types that are known from the start, a file for each library.
//!
//! A library that is not among the features has an empty list.

#[cfg(not(all(
    feature = "async-io",
    feature = "async-net",
    feature = "mio",
    feature = "socket2",
    feature = "tokio"
)))]
mod absent;
#[cfg(feature = "async-io")]
mod async_io;
#[cfg(feature = "async-net")]
mod async_net;
mod blocking;
#[cfg(feature = "hyper-util")]
mod hyper_util;
mod layers;
#[cfg(feature = "mio")]
mod mio;
#[cfg(feature = "native-tls")]
mod native_tls;
mod pointers;
#[cfg(feature = "rustls")]
mod rustls;
#[cfg(feature = "socket2")]
mod socket2;
#[cfg(feature = "tokio")]
mod tokio;
#[cfg(feature = "tokio-util")]
mod tokio_util;

#[cfg(not(feature = "async-io"))]
use absent as async_io;
#[cfg(not(feature = "async-net"))]
use absent as async_net;
#[cfg(not(feature = "mio"))]
use absent as mio;
#[cfg(not(feature = "socket2"))]
use absent as socket2;
#[cfg(not(feature = "tokio"))]
use absent as tokio;

use super::cast::Finders;
use super::owned::Owned;
use crate::wire::Socket;

/// A stream whose socket can be found.
pub(super) trait HasSocket: Owned {
    /// Its socket. `None` if the system does not tell.
    fn socket(&self) -> Option<Socket>;
}

/// All of them.
pub(super) fn all() -> Finders {
    let mut finders = Finders::default();
    blocking::add(&mut finders);
    mio::add(&mut finders);
    socket2::add(&mut finders);
    tokio::add(&mut finders);
    async_io::add(&mut finders);
    async_net::add(&mut finders);
    finders
}
