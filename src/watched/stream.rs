//! A user's stream together with the handle that watches it, and the one way in which wrappers carry out an operation.
//!
//! Calls, bytes, errors and flushes reach the stream one to one.

use super::identify::socket_of;
use crate::collector;
use crate::wire::{Handle, InProgress, Refusal};
use crate::witness::{Operation, Site};
use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::panic::Location;

/// What a library under watch gets as its stream.
pub struct Watched<S> {
    // Before the stream, because it must be gone before the socket can be: descriptors and ports are used again.
    handle: Option<Handle>,
    stream: S,
}

impl<S> Watched<S> {
    /// A stream that no handle watches yet: its handshake is still to be made.
    pub(super) fn unattached(stream: S) -> Self {
        Watched { handle: None, stream }
    }

    pub(super) fn get_ref(&self) -> &S {
        &self.stream
    }

    pub(super) fn get_mut(&mut self) -> &mut S {
        &mut self.stream
    }

    pub(super) fn into_inner(self) -> S {
        self.stream
    }
}

impl<S: Read> Read for Watched<S> {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.before_read();
        self.stream.read(buffer)
    }

    #[inline]
    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.before_read();
        self.stream.read_vectored(buffers)
    }
}

impl<S: Write> Write for Watched<S> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.before_write()?;
        self.stream.write(bytes).inspect_err(|_| self.handle.iter().for_each(Handle::write_failed))
    }

    #[inline]
    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.before_write()?;
        self.stream.write_vectored(buffers).inspect_err(|_| self.handle.iter().for_each(Handle::write_failed))
    }

    // Sends nothing by itself on any socket that two handles could share.
    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl<S> Watched<S> {
    #[inline]
    fn before_read(&self) {
        if let Some(handle) = &self.handle {
            handle.before_read();
        }
    }

    #[inline]
    fn before_write(&self) -> Result<(), Refusal> {
        self.handle.as_ref().map_or(Ok(()), Handle::before_write)
    }
}

impl<S: fmt::Debug> fmt::Debug for Watched<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stream.fmt(f)
    }
}

/// The watching side of a wrapper: it holds this beside the library's object.
#[derive(Debug)]
pub(super) struct Watcher {
    handle: Option<Handle>,
    /// The user had the stream in hand, and may have put another in its place.
    lent: bool,
}

impl Watcher {
    /// Starts to watch a stream.
    pub(super) fn attach<S>(stream: &mut Watched<S>) -> Self {
        let handle = collector::handle(socket_of(&stream.stream));
        stream.handle.clone_from(&handle);
        Watcher { handle, lent: false }
    }

    /// The user gets the stream in hand.
    pub(super) fn lend(&mut self) {
        self.lent = true;
    }

    /// Whether [`attach_again`](Self::attach_again) is due.
    #[inline]
    pub(super) fn was_lent(&self) -> bool {
        self.lent
    }

    /// The user had the stream in hand: if another socket is in its place, watches that one.
    #[cold]
    pub(super) fn attach_again<S>(&mut self, stream: &mut Watched<S>) {
        self.lent = false;
        let socket = socket_of(&stream.stream);
        let same = self.handle.as_ref().is_some_and(|handle| handle.wire().socket().is_like(&socket));
        if !same {
            *self = Watcher::attach(stream);
        }
    }

    /// Begins an operation that is sure to write.
    #[inline]
    #[track_caller]
    pub(super) fn surely(&self, operation: Operation) -> Result<Operating<'_>, io::Error> {
        match &self.handle {
            Some(handle) => Ok(Operating(Some(handle.begin(operation, here())?))),
            None => Ok(Operating(None)),
        }
    }

    /// Begins an operation that may come back without writing.
    #[inline]
    #[track_caller]
    pub(super) fn lazily(&self, operation: Operation) -> Operating<'_> {
        // Outside of the closure, which would be the caller otherwise.
        let site = here();
        Operating(self.handle.as_ref().map(|handle| handle.begin_lazily(operation, site)))
    }
}

/// An operation under way on a stream that may be unwatched.
#[must_use = "the operation ends when this is dropped"]
pub(super) struct Operating<'h>(Option<InProgress<'h>>);

impl Operating<'_> {
    /// The operation came back.
    #[inline]
    #[track_caller]
    pub(super) fn end(self, succeeded: bool) {
        if let Some(in_progress) = self.0 {
            in_progress.end(succeeded);
        }
    }
}

#[inline]
#[track_caller]
fn here() -> Site {
    Location::caller()
}
