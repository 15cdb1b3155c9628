//! Which socket is behind the streams of this library, for redhanded. `cargo redhanded` has added this file.
#![allow(warnings)]

use redhanded_core::Socket;
use redhanded_core::wrap::Library;
use std::sync::Once;

/// This library, as records name it.
pub(crate) const LIBRARY: Library = Library {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
};

/// A stream that knows its socket.
pub(crate) trait Find {
    fn find(&self) -> Option<Socket>;
}

/// Makes a stream type known.
pub(crate) fn know<S: Find + 'static>() {
    // SAFETY: it is only called with types that have no lifetime parameters.
    unsafe { redhanded_core::know::<S>(S::find) };
}

/// Makes the streams known that the library itself connects.
pub(crate) fn make_known() {
    static KNOWN: Once = Once::new();
    KNOWN.call_once(|| {
        tokio::make_known();
        async_std::make_known();
        smol::make_known();
    });
}

mod absent {
    pub(super) fn make_known() {}
}

#[cfg(not(feature = "async-std-runtime"))]
use absent as async_std;
#[cfg(not(feature = "smol-runtime"))]
use absent as smol;
#[cfg(not(feature = "tokio-runtime"))]
use absent as tokio;
#[cfg(feature = "async-std-runtime")]
use crate::async_std;
#[cfg(feature = "smol-runtime")]
use crate::smol;
#[cfg(feature = "tokio-runtime")]
use crate::tokio;

/// The socket of a runtime.
#[cfg(unix)]
macro_rules! find {
    ($socket:ty) => {
        impl crate::redhanded_streams::Find for $socket {
            fn find(&self) -> Option<redhanded_core::Socket> {
                use std::os::fd::{AsRawFd, BorrowedFd};
                // SAFETY: the socket is borrowed for as long, and so stays open.
                redhanded_core::Socket::of_descriptor(unsafe { BorrowedFd::borrow_raw(self.as_raw_fd()) })
            }
        }
    };
}

#[cfg(not(unix))]
macro_rules! find {
    ($socket:ty) => {
        impl crate::redhanded_streams::Find for $socket {
            fn find(&self) -> Option<redhanded_core::Socket> {
                redhanded_core::Socket::of_addresses(self.local_addr().ok()?, self.peer_addr().ok()?)
            }
        }
    };
}

pub(crate) use find;
