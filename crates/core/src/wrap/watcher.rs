//! The watcher: what a wrapper keeps beside the library's object, and begins its operations with.

use super::identify::{library_of, socket_of};
use super::stream::Watched;
use crate::process::{self, Attached, Library};
use crate::wire::{Cursor, Handle, InProgress, Outcome};
use crate::witness::{Operation, Site};
use std::io;

/// The watching side of a wrapper, to be kept beside the library's object.
///
/// It has the handle of the wire. The [`Watched`] stream that it was attached to has it, too. Keep the watcher in a field
/// before the library's object, so that it is dropped first: when the stream is closed, the system may give the number of
/// its socket to another one at once.
#[derive(Debug)]
pub struct Watcher {
    handle: Option<Attached>,
    library: Library,
    made: Option<(&'static str, Site)>,
    /// The user had access to the stream, and may have put another one in its place.
    lent: bool,
}

impl Watcher {
    /// A watcher that watches nothing yet. Operations begin and end, and are not seen.
    pub fn unattached() -> Self {
        Watcher {
            handle: None,
            library: Library::UNKNOWN,
            made: None,
            lent: false,
        }
    }

    /// Makes a handle for a stream and starts to watch. To be called between two frames: behind the handshake, and before
    /// the first frame is written. `library` is the one that the wrapper wraps.
    ///
    /// The first handle of a process starts everything: the settings are read, and the worker starts. With a million
    /// handles on one wire already, this one is not watched.
    pub fn attach<S>(stream: &mut Watched<S>, library: Library) -> Self {
        if let Some(watcher) = Self::after_handshake(stream, library) {
            return watcher;
        }
        // The rest of a frame would go to the new socket, where it does not begin a frame.
        stream.cursor = if stream.cursor.is_between_frames() {
            Cursor::at_frame()
        } else {
            Cursor::lost()
        };
        // A library above the wrapper may have put its adapter round the stream. Then the program uses that library.
        Self::attach_at_cursor(stream, library_of::<S>().unwrap_or(library))
    }

    /// Makes a handle for a stream whose object makes a handshake, before any of it is sent. Each call or poll of the handshake
    /// is an operation, [`Act::Handshake`](super::Act::Handshake), that begins lazily. When the handshake has succeeded, call
    /// [`attach`](Self::attach): the handle stays. What other handles send before that is in the handshake.
    pub fn attach_in_handshake<S>(stream: &mut Watched<S>, library: Library) -> Self {
        stream.cursor = Cursor::at_connection();
        let watcher = Self::attach_at_cursor(stream, library_of::<S>().unwrap_or(library));
        watcher
            .handle()
            .into_iter()
            .for_each(Handle::begin_handshake);
        stream.is_in_handshake = true;
        watcher
    }

    /// The handle of the handshake, if the stream has one and is still the same.
    fn after_handshake<S>(stream: &mut Watched<S>, library: Library) -> Option<Self> {
        if !std::mem::take(&mut stream.is_in_handshake) {
            return None;
        }
        stream.cursor = Cursor::at_frame();
        let attached = stream.handle.take()?;
        let handle = attached.handle()?;
        handle.end_handshake();
        let socket = socket_of(&stream.stream);
        if !handle.is_on(&socket) && !handle.is_on_unknown(&socket) {
            return None;
        }
        handle.note_beginning();
        stream.handle = Some(attached.clone());
        Some(Watcher {
            handle: Some(attached),
            library: library_of::<S>().unwrap_or(library),
            made: None,
            lent: false,
        })
    }

    /// Starts to watch a stream whose cursor is already in the right place, and which carries frames for certain.
    pub(crate) fn attach_at_cursor<S>(stream: &mut Watched<S>, library: Library) -> Self {
        let watcher = Self::attach_by_signs(stream, library);
        watcher.handle().into_iter().for_each(Handle::confirm);
        watcher
    }

    /// The same, where only signs say that it does.
    pub(crate) fn attach_by_signs<S>(stream: &mut Watched<S>, library: Library) -> Self {
        let socket = socket_of(&stream.stream);
        let socket = if stream.cursor.deflates() {
            socket.deflating()
        } else {
            socket
        };
        let handle = process::handle(socket, library);
        // An adapter makes calls of polls.
        let of_adapter = handle.as_ref().filter(|_| library_of::<S>().is_some());
        if let Some(handle) = of_adapter.and_then(Attached::handle) {
            handle.writes_in_polls();
        }
        stream.handle.clone_from(&handle);
        Watcher {
            handle,
            library,
            made: None,
            lent: false,
        }
    }

    /// Says of which type the wrapper is, such as `WebSocket`, and where the application made it:
    /// [`Site::IN_BACKTRACE`] if that is not known. Reports show both.
    pub fn note_made(&mut self, kind: &'static str, site: Site) {
        self.made = Some((kind, site));
        self.handle()
            .into_iter()
            .for_each(|handle| handle.note_made(kind, site));
    }

    /// The same, of what is known already, after another stream was attached.
    fn note_made_again(mut self, made: Option<(&'static str, Site)>) -> Self {
        if let Some((kind, site)) = made {
            self.note_made(kind, site);
        }
        self
    }

    #[inline(always)]
    pub(crate) fn handle(&self) -> Option<&Handle> {
        self.handle.as_ref()?.handle()
    }

    /// To be called before the user gets access to the stream, by `&mut` or by value: what is written to it then is not
    /// watched.
    pub fn lend(&mut self) {
        self.lent = true;
        self.handle()
            .into_iter()
            .for_each(Handle::expect_unwatched_bytes);
    }

    /// Whether the user has had access to the stream. Then [`attach_again`](Self::attach_again) is to be called before the
    /// next operation.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn was_lent(&self) -> bool {
        self.lent
    }

    /// The user had access to the stream. If it has another socket now, watches that one.
    #[cold]
    pub fn attach_again<S>(&mut self, stream: &mut Watched<S>) {
        self.lent = false;
        let socket = socket_of(&stream.stream);
        // The same socket may have another descriptor, and it is asked for its counters by its descriptor. A stream of an
        // unknown type keeps its wire: libraries lend it at every poll. Should it have been replaced, that does no harm, since
        // no other handle can be on the wire, and what was open on it is forgotten when the stream is lent.
        let is_same = self
            .handle()
            .is_some_and(|handle| handle.is_on(&socket) || handle.is_on_unknown(&socket));
        if !is_same {
            *self = Watcher::attach(stream, self.library).note_made_again(self.made);
        }
    }

    /// Begins an operation that is sure to write. It has the wire from now on.
    ///
    /// # Errors
    /// Under the policy `error`, if another writer has the wire. The source of the error is a
    /// [`ConcurrentWrite`](crate::error::ConcurrentWrite). Return it, and do not call the library: nothing has been written.
    ///
    /// # Panics
    /// Under the policy `panic`, if another writer has the wire.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[track_caller]
    pub fn begin(&self, operation: Operation, site: Site) -> io::Result<Operating<'_>> {
        match self.handle() {
            Some(handle) => Ok(Operating(Some(handle.begin(operation, site)?))),
            None => Ok(Operating(None)),
        }
    }

    /// Whether the policy is one that refuses: a wrapper then asks for the wire before its library has the message.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn refuses(&self) -> bool {
        self.handle().is_some_and(Handle::refuses)
    }

    /// How many bytes of frames the library has queued at most, as far as it was told. `None` if that is not known, because the stream
    /// did not take all of what it was last offered.
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn queued_at_most(&self) -> Option<u64> {
        self.handle().map_or(Some(0), Handle::queued_at_most)
    }

    /// Begins an operation that is sure to write, as [`begin`](Self::begin) does, or one that is not, as
    /// [`begin_lazily`](Self::begin_lazily) does.
    ///
    /// # Errors
    /// As [`begin`](Self::begin), if it is sure to write.
    ///
    /// # Panics
    /// As [`begin`](Self::begin), if it is sure to write.
    #[cfg_attr(not(debug_assertions), inline)]
    #[track_caller]
    pub fn begin_if_sure(
        &self,
        sure: bool,
        operation: Operation,
        site: Site,
    ) -> io::Result<Operating<'_>> {
        if sure {
            self.begin(operation, site)
        } else {
            Ok(self.begin_lazily(operation, site))
        }
    }

    /// Begins an operation that may return without writing, such as a read, a flush or a buffered write. It takes the wire
    /// with its first write. Under the policy `error`, that write gets the error.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn begin_lazily(&self, operation: Operation, site: Site) -> Operating<'_> {
        Operating(
            self.handle()
                .map(|handle| handle.begin_lazily(operation, site)),
        )
    }

    /// To be called before the library queues a message that it may leave in its buffer. If no flush follows in time, that is
    /// a stall.
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn on_queued(&self, operation: Operation, site: Site) {
        if let Some(handle) = self.handle() {
            handle.queues(operation, site);
        }
    }

    /// Begins an operation as its handle does it.
    #[inline(always)]
    pub(crate) fn begin_by<'w>(
        &'w self,
        begin: impl FnOnce(&'w Handle) -> InProgress<'w>,
    ) -> Operating<'w> {
        Operating(self.handle().map(begin))
    }

    /// [`on_queued`](Self::on_queued) and [`begin_lazily`](Self::begin_lazily) at once, for an operation that queues its message.
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn begin_queued(&self, operation: Operation, site: Site) -> Operating<'_> {
        Operating(self.handle().map(|handle| {
            handle.queues(operation, site);
            handle.begin_lazily(operation, site)
        }))
    }

    /// To be called if the library did not queue the message after all, because there was no room or it may not be sent.
    #[cold]
    pub fn on_not_queued(&self, operation: Operation) {
        if let Some(handle) = self.handle() {
            handle.on_not_queued(operation);
        }
    }
}

/// An operation under way. It ends with [`end`](Self::end). If it is dropped, the writer has panicked.
#[derive(Debug)]
#[must_use = "the operation ends when this is dropped"]
pub struct Operating<'h>(Option<InProgress<'h>>);

impl Operating<'_> {
    /// The library's method has returned. A wrapper says [`Returned`](Outcome::Returned), [`Failed`](Outcome::Failed), or
    /// for a poll [`Pending`](Outcome::Pending). The detector finds out by itself if a frame is left unfinished.
    ///
    /// # Panics
    /// Under the policy `panic`, if another writer came while this one had the wire.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[track_caller]
    pub fn end(self, outcome: Outcome) {
        if let Some(in_progress) = self.0 {
            in_progress.end(outcome);
        }
    }

    /// The same, where the outcome is asked for only if the detector may need it. For nearly all operations it does not.
    ///
    /// # Panics
    /// As [`end`](Self::end).
    #[inline(always)]
    #[track_caller]
    pub fn end_with(self, outcome: impl FnOnce() -> Outcome) {
        if let Some(in_progress) = self.0 {
            in_progress.end_with(outcome);
        }
    }
}

#[cfg(test)]
mod tests;
