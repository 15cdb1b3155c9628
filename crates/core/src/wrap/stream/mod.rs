//! A user's stream with the handle that watches it.
//!
//! Calls, bytes, errors and flushes reach the stream one to one. There is one exception: on a wire on which two writers have
//! overlapped, a large call is passed on in part, as a short write.

mod blocking;
#[cfg(feature = "futures-io")]
mod futures_io;
mod outcome;
#[cfg(feature = "tokio")]
mod polled;
#[cfg(any(feature = "futures-io", feature = "tokio"))]
mod split;

pub(crate) use outcome::Attempt;

use crate::process::Attached;
use crate::wire::{Call, Cursor, Handle, Offered};
use std::fmt;
use std::io::IoSlice;
use std::time::Instant;

/// The stream that a wrapper gives to the library.
///
/// It is `Read` and `Write` where the stream is, and `AsyncRead` and `AsyncWrite`: tokio's with the
/// feature `tokio`, those of the `futures` crates with the feature `futures-io`. Each call goes to
/// the stream once, with the same bytes, and the result comes back as it is. There are two exceptions. Under the
/// policies `error` and `panic`, a call of a second writer may be refused. Under `observe`, on a connection on which two writers
/// have overlapped, a large write is passed on in part, as a short write ([`Settings::proof`](crate::Settings::proof)).
pub struct Watched<S> {
    // Dropped before the stream: the system may give the socket's descriptor and ports to another one at once.
    pub(crate) handle: Option<Attached>,
    /// Where in its frames the written bytes stand.
    pub(crate) cursor: Cursor,
    /// The handle was made for the handshake, which is not over.
    pub(crate) is_in_handshake: bool,
    /// When the rest of a frame that was split may go out.
    pub(crate) rest_at: Option<Instant>,
    pub(crate) stream: S,
}

impl<S> Watched<S> {
    /// A stream that is not watched yet. Attach a [`Watcher`](super::Watcher) when the frames begin.
    pub fn unattached(stream: S) -> Self {
        Watched {
            handle: None,
            cursor: Cursor::at_frame(),
            is_in_handshake: false,
            rest_at: None,
            stream,
        }
    }

    /// The stream itself.
    pub fn get_ref(&self) -> &S {
        &self.stream
    }

    /// The stream itself. What is written to it directly is not watched. Call [`lend`](super::Watcher::lend) first, if the
    /// user gets it.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.stream
    }

    /// The stream itself. It is not watched any more. Call [`lend`](super::Watcher::lend) first, if the user gets it.
    pub fn into_inner(self) -> S {
        self.stream
    }

    #[inline(always)]
    fn before_read(&self) {
        if let Some(handle) = self.handle() {
            handle.before_read();
        }
    }

    #[inline(always)]
    pub(super) fn handle(&self) -> Option<&Handle> {
        self.handle.as_ref()?.handle()
    }

    /// The first call in a forked child. What the parent had begun, either of them may end, or both.
    #[cold]
    fn go_on_in_child(&mut self) {
        if self.cursor.is_in_frames() && !self.cursor.is_between_frames() {
            self.cursor = Cursor::lost();
            self.handle().into_iter().for_each(Handle::note_lost);
        }
    }

    /// One call that flushes the stream.
    #[inline(always)]
    fn flush_with<R>(
        &mut self,
        flush: impl FnOnce(&mut S) -> R,
        is_done: impl FnOnce(&R) -> bool,
    ) -> R {
        let Some(handle) = flushed(self.handle.as_ref()) else {
            return flush(&mut self.stream);
        };
        let result = flush(&mut self.stream);
        handle.on_tried(is_done(&result));
        result
    }

    /// One call that offers bytes to the stream.
    #[inline(always)]
    fn call<A: Attempt>(
        &mut self,
        pieces: &[IoSlice<'_>],
        write: impl FnOnce(&mut S, &[IoSlice<'_>]) -> A,
    ) -> A {
        let quiet = quiet(self.handle.as_ref(), &self.cursor, pieces, A::IS_POLLED);
        let Some(handle) = quiet else {
            return self.call_slowly(pieces, write);
        };
        let unwinding = LosesCursor(&mut self.cursor);
        let result = write(&mut self.stream, pieces);
        std::mem::forget(unwinding);
        if !ends_quietly(handle, pieces, result.accepted()) {
            end_slowly(
                handle,
                &mut self.cursor,
                pieces,
                (result.accepted(), result.has_failed()),
            );
        }
        result
    }

    /// The same of a call that may have to be looked at.
    #[inline(never)]
    fn call_slowly<A: Attempt>(
        &mut self,
        pieces: &[IoSlice<'_>],
        write: impl FnOnce(&mut S, &[IoSlice<'_>]) -> A,
    ) -> A {
        if self.handle.as_mut().is_some_and(Attached::note_call) {
            self.go_on_in_child();
        }
        let Some(handle) = self.handle.as_ref().and_then(Attached::handle) else {
            return write(&mut self.stream, pieces);
        };
        if A::IS_POLLED {
            handle.writes_in_polls();
        }
        let offered = Offered::new(pieces);
        if offered.len() == 0 {
            // A writer of no bytes is none.
            return write(&mut self.stream, pieces);
        }
        let call = match handle.begin_call(&self.cursor, &offered) {
            Ok(call) => call,
            Err(refusal) => return A::refused(refusal.into()),
        };
        let pause = if A::IS_POLLED {
            handle.split(&self.cursor, offered.len())
        } else {
            None
        };
        let length = pause.map_or(call.length(), |_| call.length() / 2);
        let unwinding = LosesCursor(&mut self.cursor);
        let result = if length < offered.len() {
            let first: Vec<_> = offered.first(length).map(IoSlice::new).collect();
            write(&mut self.stream, &first)
        } else {
            write(&mut self.stream, pieces)
        };
        std::mem::forget(unwinding);
        handle.end_call(call, &mut self.cursor, &offered, result.accepted());
        handle.on_tried(
            result
                .accepted()
                .is_some_and(|accepted| accepted as u64 == offered.len()),
        );
        if result.has_failed() {
            handle.write_failed();
        }
        let is_part_out = result.accepted().is_some_and(|accepted| accepted > 0);
        if let Some(pause) = pause.filter(|_| is_part_out) {
            self.rest_at = Instant::now().checked_add(pause);
        }
        result
    }
}

// What follows is not generic: a debug build has it compiled here, and optimized if this package is.

/// The handle of a stream that is about to be flushed.
#[cfg_attr(not(debug_assertions), inline(always))]
fn flushed(attached: Option<&Attached>) -> Option<&Handle> {
    let handle = attached?.handle()?;
    handle.flushes();
    Some(handle)
}

/// The handle of a call that has [begun quietly](Handle::begins_quietly).
#[cfg_attr(not(debug_assertions), inline(always))]
fn quiet<'h>(
    attached: Option<&'h Attached>,
    cursor: &Cursor,
    pieces: &[IoSlice<'_>],
    is_polled: bool,
) -> Option<&'h Handle> {
    let [piece] = pieces else { return None };
    let handle = attached?.handle_of_maker()?;
    let begins = handle.begins_quietly(cursor, piece, is_polled);
    begins.then_some(handle)
}

/// Whether it has ended quietly as well.
#[cfg_attr(not(debug_assertions), inline(always))]
fn ends_quietly(handle: &Handle, pieces: &[IoSlice<'_>], accepted: Option<usize>) -> bool {
    let length = single(pieces).len();
    accepted == Some(length) && handle.ends_quietly(length as u64)
}

/// Ends a call that has begun quietly, and is to be looked at now.
#[cold]
fn end_slowly(
    handle: &Handle,
    cursor: &mut Cursor,
    pieces: &[IoSlice<'_>],
    (accepted, has_failed): (Option<usize>, bool),
) {
    let offered = Offered::new(pieces);
    handle.end_call(Call::quiet(offered.len()), cursor, &offered, accepted);
    handle.on_tried(accepted.is_some_and(|accepted| accepted as u64 == offered.len()));
    if has_failed {
        handle.write_failed();
    }
}

/// The bytes of a call that offers them in one piece.
#[cfg_attr(not(debug_assertions), inline)]
fn single<'p>(pieces: &'p [IoSlice<'_>]) -> &'p [u8] {
    pieces.first().map_or(&[], |piece| piece)
}

/// Dropped when the stream panics. How much it wrote before that is not known.
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
