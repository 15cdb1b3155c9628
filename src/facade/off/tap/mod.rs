//! The tap when the crate is off: a plain wrapper of the stream.

#[cfg(feature = "axum")]
mod axum;
mod blocking;
#[cfg(feature = "futures-io")]
mod futures_io;
#[cfg(feature = "tokio")]
mod polled;

use std::fmt;

/// A stream that is watched when the crate is on. Off, it only passes calls on.
pub struct Tap<S>(S);

impl<S> Tap<S> {
    /// Off, does nothing to the stream.
    pub fn new(stream: S) -> Self {
        Tap(stream)
    }

    /// The stream itself.
    pub fn get_ref(&self) -> &S {
        &self.0
    }

    /// The stream itself.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.0
    }

    /// The stream itself.
    pub fn into_inner(self) -> S {
        self.0
    }
}

impl<S: fmt::Debug> fmt::Debug for Tap<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tap").field(self.get_ref()).finish()
    }
}
