//! The tap: watches a stream below any library.

// A panic here would be one in the application's own call.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used
    )
)]

#[cfg(feature = "axum")]
mod axum;
mod blocking;
#[cfg(feature = "futures-io")]
mod futures_io;
mod guess;
mod handshake;
mod operation;
mod place;
#[cfg(feature = "tokio")]
mod polled;

use crate::process::{self, Library};
use crate::wire::{Cursor, Offered, Requests, Signs};
use crate::witness::{Act, Operation, Site};
use crate::wrap::{Attempt, Watched, Watcher, socket_of};
use std::fmt;
use std::io::IoSlice;
use std::marker::PhantomData;

use place::Place;

/// A stream that is watched, whichever library writes WebSocket frames to it.
///
/// Every call and every poll goes through one to one. While the stream carries the text of HTTP, nothing is watched. The
/// frames begin behind the head of a WebSocket handshake. A connection that never upgrades is never watched. Neither is one
/// that carries anything else. Where there was no handshake, the tap watches as soon as it is certain that these are frames:
/// with the first one that is longer than 125 bytes, or after some that are shorter, or at once if another watched object
/// writes to the same connection. As long as only short frames speak for it, the tap gives up for ever at the first bytes
/// that are no whole short frame, and it refuses nothing.
///
/// Put it directly around the stream that carries the frames: above TLS, and above any buffer that keeps bytes back. A
/// library writes through a trait's method, which has no call site. So reports name the innermost line of the application
/// in the backtrace.
///
/// ```no_run
/// # extern crate redhanded_core as redhanded;
/// # fn main() -> std::io::Result<()> {
/// use redhanded::Tap;
/// use std::net::TcpStream;
///
/// let stream = Tap::new(TcpStream::connect("127.0.0.1:9001")?);
/// // Give it to any library that takes a stream. It is `Read` and `Write` where the stream is, and with the feature
/// // `tokio` `AsyncRead` and `AsyncWrite`. With the feature `futures-io` it has those of the `futures` crates, too.
/// # drop(stream);
/// # Ok(())
/// # }
/// ```
///
/// With the feature `axum`, a listener can be tapped, and with it every connection that it accepts:
/// `axum::serve(Tap::new(listener), app)`. For `ConnectInfo` of an address, axum asks for one of its own wrappers outermost:
/// `axum::serve(Tap::new(listener).tap_io(|_| {}), …)`, with `axum::serve::ListenerExt`.
///
/// # Panics
/// Under the policy `panic`, a method that writes panics in both of two writers that are caught.
pub type Tap<S> = TapWith<S, NoMore>;

/// A [`Tap`] that knows the stream types that `K` adds.
///
/// A type parameter, because a tap may be the first object of a program: then no drop-in has made its types known.
pub struct TapWith<S, K> {
    // Dropped before the stream: the system may give the socket's number to another one at once.
    watcher: Watcher,
    inner: Watched<S>,
    requests: Requests,
    /// How many bytes went out through the tap before it watched.
    unwatched: u64,
    /// Kept where there was no handshake.
    signs: Signs,
    /// Nothing but short frames says that there are any.
    is_guess: bool,
    /// Kept where it is not known any more where in its frames the stream is.
    place: Option<Box<Place>>,
    made: Site,
    known: PhantomData<fn() -> K>,
}

/// Stream types that are known beside those of the standard library, of tokio and of TLS.
pub trait KnownStreams {
    /// Makes them known, with [`know`](crate::know). Called before the first tap of the kind watches its stream, and at every
    /// later one.
    fn make_known();
}

/// No more stream types.
#[derive(Debug)]
pub struct NoMore;

impl KnownStreams for NoMore {
    fn make_known() {}
}

impl<S, K: KnownStreams> TapWith<S, K> {
    /// Taps a stream: from its first byte, or between two frames.
    #[track_caller]
    pub fn new(stream: S) -> Self {
        let inner = Watched {
            handle: None,
            cursor: Cursor::at_connection(),
            is_in_handshake: false,
            rest_at: None,
            stream,
        };
        TapWith {
            watcher: Watcher::unattached(),
            inner,
            requests: Requests::default(),
            unwatched: 0,
            signs: Signs::default(),
            is_guess: false,
            place: None,
            made: Site::caller(),
            known: PhantomData,
        }
    }

    /// The stream itself.
    pub fn get_ref(&self) -> &S {
        self.inner.get_ref()
    }

    /// The stream itself. What is written to it there is not watched.
    pub fn get_mut(&mut self) -> &mut S {
        self.watcher.lend();
        self.inner.get_mut()
    }

    /// The stream itself. It is not watched any more.
    pub fn into_inner(mut self) -> S {
        self.watcher.lend();
        self.inner.into_inner()
    }

    /// One call that offers bytes.
    #[inline]
    #[track_caller]
    fn call<A: Attempt>(
        &mut self,
        pieces: &[IoSlice<'_>],
        write: impl FnOnce(&mut Watched<S>) -> A,
    ) -> A {
        let offered = Offered::new(pieces);
        if self.watcher.was_lent() {
            self.follow_stream::<A>();
        }
        if self.watcher.handle().is_none() && !self.attach_for::<A>(&offered) {
            return self.call_unwatched(&offered, write);
        }
        if self.is_guess {
            return self.call_guessing(&offered, write);
        }
        if self.inner.is_in_handshake {
            self.inner.cursor.begin_call(&offered, self.requests);
        }
        let is_lost = self.inner.cursor.is_lost() && !self.finds_place(&offered);
        let result = self.call_watched(&offered, write);
        if is_lost {
            self.pass_lost(&offered, result.accepted());
        }
        if self.inner.is_in_handshake && result.accepted().is_some_and(|accepted| accepted > 0) {
            self.go_on_from_handshake::<A>();
        }
        result
    }

    #[inline]
    #[track_caller]
    fn call_watched<A: Attempt>(
        &mut self,
        offered: &Offered<'_>,
        write: impl FnOnce(&mut Watched<S>) -> A,
    ) -> A {
        let operating = self.watcher.begin_by(|handle| {
            if self.inner.is_in_handshake {
                let operation = Operation::new(Act::Handshake, 0);
                handle.begin_lazily(operation, Site::IN_BACKTRACE)
            } else {
                operation::begin(handle, &self.inner.cursor, offered)
            }
        });
        let result = write(&mut self.inner);
        operating.end_with(|| result.outcome());
        result
    }

    /// Watches, with the cursor where it is.
    fn attach_for_frames<A: Attempt>(&mut self, is_certain: bool) {
        self.watcher = match is_certain {
            true => Watcher::attach_at_cursor(&mut self.inner, Library::TAP),
            false => Watcher::attach_by_signs(&mut self.inner, Library::TAP),
        };
        self.watcher.note_made("Tap", self.made);
        if !is_certain {
            self.note_guess();
        }
        self.share_frames::<A>();
    }

    /// One call that carries no frames.
    fn call_unwatched<A: Attempt>(
        &mut self,
        offered: &Offered<'_>,
        write: impl FnOnce(&mut Watched<S>) -> A,
    ) -> A {
        let result = write(&mut self.inner);
        let accepted = result.accepted().unwrap_or(0) as u64;
        self.unwatched = self.unwatched.saturating_add(accepted);
        self.pass_lost(offered, result.accepted());
        self.signs.pass(&self.inner.cursor, offered, accepted);
        self.inner.cursor.pass(offered, accepted, |_| ());
        result
    }

    /// Begins to watch if it is certain that there are frames among these bytes. Gives whether it is.
    #[cold]
    fn attach_for<A: Attempt>(&mut self, offered: &Offered<'_>) -> bool {
        K::make_known();
        self.inner.cursor.begin_call(offered, self.requests);
        // Attached before the frames are written: the wire counts bytes from then on.
        let has_frames_before = self.inner.cursor.is_in_frames();
        let has_head = !self.inner.cursor.is_behind_handshake();
        let (ahead, has_frames) = self.ahead(offered);
        let deflates = ahead.deflates() || self.requests.accept_deflate();
        let is_upgraded = ahead.is_behind_handshake()
            && (has_frames_before || has_frames || ahead.inside().is_some());
        if is_upgraded || self.joins_others(offered) || self.becomes_certain(offered) {
            self.inner.cursor.begin_frames(offered);
            if deflates {
                self.inner.cursor.note_deflates();
            }
            self.attach_for_frames::<A>(is_upgraded);
            if let Some(handle) = self.watcher.handle().filter(|_| is_upgraded) {
                // Behind a head that went out before, another handle that was not watched may have begun a message.
                match has_head {
                    true => handle.note_beginning(),
                    false => handle.note_beginning_behind(self.unwatched),
                }
            }
        } else if ahead.is_behind_handshake()
            && ahead.is_between_frames()
            && (ahead.is_in_frames() || self.is_among_others())
        {
            // These are the last bytes of a handshake's text, with no frame behind it. An answer that accepts the upgrade is
            // followed by nothing but frames. Behind a request, that is only known when the answer has come.
            if deflates {
                self.inner.cursor.note_deflates();
            }
            // Another handle's frames may come before this one's first: only one that is watched by then is seen.
            self.attach_in_handshake();
        }
        self.watcher.handle().is_some()
    }

    /// The cursor as it is behind these bytes, and whether there is a header of a frame among them.
    fn ahead(&self, offered: &Offered<'_>) -> (Cursor, bool) {
        let (mut ahead, mut has_frames) = (self.inner.cursor, false);
        ahead.pass(offered, offered.len(), |_| has_frames = true);
        (ahead, has_frames)
    }

    /// Looks whether it is certain without a handshake that these bytes are of frames.
    fn becomes_certain(&mut self, offered: &Offered<'_>) -> bool {
        !self.inner.cursor.is_lost() && self.signs.look(&self.inner.cursor, offered)
    }

    /// The library above may pass on bytes that other writers have framed.
    fn share_frames<A: Attempt>(&self) {
        if let Some(handle) = self.watcher.handle() {
            handle.may_share_frames();
            if A::IS_POLLED {
                handle.note_polled();
            }
        }
    }

    /// Whether other handles write frames to this connection already. Then the first bytes of this one may continue what
    /// another has begun, a message or even a frame.
    fn joins_others(&self, offered: &Offered<'_>) -> bool {
        let cursor = &self.inner.cursor;
        (cursor.begins_without_head(offered) || cursor.is_in_frames())
            && process::is_watched(&socket_of(&self.inner.stream))
    }

    /// The user had access to the stream. If another connection is in its place, this begins anew, with its handshake.
    #[cold]
    fn follow_stream<A: Attempt>(&mut self) {
        let socket = socket_of(&self.inner.stream);
        if self
            .watcher
            .handle()
            .is_some_and(|handle| handle.is_on_wire_of(&socket) && !self.is_guess)
        {
            self.watcher.attach_again(&mut self.inner);
            self.share_frames::<A>();
            return;
        }
        if self.watcher.handle().is_some() {
            // The rest of a frame would go to the new connection, where it does not begin a frame.
            let is_in_handshake = std::mem::take(&mut self.inner.is_in_handshake);
            let is_between = is_in_handshake || self.inner.cursor.is_between_frames();
            self.inner.cursor = if is_between {
                Cursor::at_connection()
            } else {
                Cursor::lost()
            };
            self.signs = Signs::default();
            self.is_guess = false;
            self.unwatched = 0;
            self.inner.handle = None;
        }
        self.watcher = Watcher::unattached();
    }
}

impl<S: fmt::Debug, K> fmt::Debug for TapWith<S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tap").field(self.inner.get_ref()).finish()
    }
}
