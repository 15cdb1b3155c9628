//! The stream types that are known from the start.

#[cfg(not(feature = "tokio"))]
#[path = "absent.rs"]
mod asynchronous;
#[cfg(feature = "tokio")]
mod asynchronous;
mod blocking;

use super::cast::{Owned, find_known, view};
use crate::wire::Socket;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

/// The socket behind a stream. A stream of an unknown type counts as a socket of its own.
pub(crate) fn socket_of<S>(stream: &S) -> Socket {
    find_socket(stream).unwrap_or_else(Socket::unknown)
}

/// The socket behind a stream, or `None` if its type is not known or the system does not tell.
pub fn find_socket<S>(stream: &S) -> Option<Socket> {
    find_known(stream)
        .or_else(|| blocking::socket(stream))
        .or_else(|| asynchronous::socket(stream))
}

/// The stream as a `T`, if it is one or points to one.
fn plain<S, T: Owned>(stream: &S) -> Option<&T> {
    view::<S, T>(stream)
        .or_else(|| view::<S, Box<T>>(stream).map(|boxed| &**boxed))
        .or_else(|| view::<S, Pin<Box<T>>>(stream).map(|pinned| &**pinned))
        .or_else(|| view::<S, Arc<T>>(stream).map(|shared| &**shared))
        .or_else(|| view::<S, Rc<T>>(stream).map(|shared| &**shared))
}
