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

/// The socket behind a stream, or a socket of its own if none is known.
pub(crate) fn socket_of<S>(stream: &S) -> Socket {
    find_known(stream)
        .or_else(|| blocking::socket(stream))
        .or_else(|| asynchronous::socket(stream))
        .unwrap_or_else(Socket::unknown)
}

/// The `T` that a stream is, or points to.
fn plain<S, T: Owned>(stream: &S) -> Option<&T> {
    view::<S, T>(stream)
        .or_else(|| view::<S, Box<T>>(stream).map(|boxed| &**boxed))
        .or_else(|| view::<S, Pin<Box<T>>>(stream).map(|pinned| &**pinned))
        .or_else(|| view::<S, Arc<T>>(stream).map(|shared| &**shared))
        .or_else(|| view::<S, Rc<T>>(stream).map(|shared| &**shared))
}
