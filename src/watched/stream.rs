//! A user's stream together with the handle that watches it, and the one way in which wrappers carry out an operation.
//!
//! Calls, bytes, errors and flushes reach the stream one to one.

use super::identify::socket_of;
use crate::collector;
use crate::wire::{Cursor, Handle, InProgress, Offered};
use crate::witness::{Operation, Site};
use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::panic::Location;

/// What a library under watch gets as its stream.
pub struct Watched<S> {
    // Before the stream, because it must be gone before the socket can be: descriptors and ports are used again.
    handle: Option<Handle>,
    /// Where in its frames the library is with what it writes.
    cursor: Cursor,
    stream: S,
}

impl<S> Watched<S> {
    /// A stream that no handle watches yet: its handshake is still to be made.
    pub(super) fn unattached(stream: S) -> Self {
        Watched { handle: None, cursor: Cursor::at_frame(), stream }
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
        self.call(&[IoSlice::new(bytes)], |stream| stream.write(bytes))
    }

    #[inline]
    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.call(buffers, |stream| stream.write_vectored(buffers))
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

    /// One call that offers bytes to the stream.
    #[inline]
    fn call(&mut self, pieces: &[IoSlice<'_>], write: impl FnOnce(&mut S) -> io::Result<usize>) -> io::Result<usize> {
        let Some(handle) = &self.handle else { return write(&mut self.stream) };
        let offered = Offered::new(pieces);
        let call = handle.begin_call(&self.cursor, &offered)?;
        let unwinding = LosesCursor(&mut self.cursor);
        let result = write(&mut self.stream);
        std::mem::forget(unwinding);
        handle.end_call(call, &mut self.cursor, &offered, result.as_ref().ok().copied());
        if result.is_err() {
            handle.write_failed();
        }
        result
    }
}

/// Dropped when the stream panics: how much it wrote before, nobody knows.
struct LosesCursor<'c>(&'c mut Cursor);

impl Drop for LosesCursor<'_> {
    fn drop(&mut self) {
        *self.0 = Cursor::lost();
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
        // What is left of a frame would go to the new socket, and begin no frame there.
        stream.cursor = if stream.cursor.is_between_frames() { Cursor::at_frame() } else { Cursor::lost() };
        Watcher { handle, lent: false }
    }

    /// The user gets the stream in hand, and may write to it.
    pub(super) fn lend(&mut self) {
        self.lent = true;
        self.handle.iter().for_each(Handle::expect_unwatched_bytes);
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
        // A stream without a socket that is known may be any other; and a socket is asked through its descriptor.
        let is_same = self.handle.as_ref().is_some_and(|handle| handle.is_on(&socket));
        if !is_same {
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
