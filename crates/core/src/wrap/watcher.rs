//! The watching side of a wrapper, and the one way in which wrappers carry out an operation.

use super::identify::socket_of;
use super::stream::Watched;
use crate::process;
use crate::wire::{Cursor, Handle, InProgress, Outcome};
use crate::witness::{Operation, Site};
use std::io;

/// The watching side of a wrapper: it holds this beside the library's object.
#[derive(Debug)]
pub struct Watcher {
    handle: Option<Handle>,
    /// The user had the stream in hand, and may have put another in its place.
    lent: bool,
}

impl Watcher {
    /// Watches nothing yet.
    pub fn unattached() -> Self {
        Watcher {
            handle: None,
            lent: false,
        }
    }

    /// Starts to watch a stream.
    pub fn attach<S>(stream: &mut Watched<S>) -> Self {
        // What is left of a frame would go to the new socket, and begin no frame there.
        stream.cursor = if stream.cursor.is_between_frames() {
            Cursor::at_frame()
        } else {
            Cursor::lost()
        };
        Self::attach_at_cursor(stream)
    }

    /// Starts to watch a stream of which the cursor knows where it is.
    pub(crate) fn attach_at_cursor<S>(stream: &mut Watched<S>) -> Self {
        let handle = process::handle(socket_of(&stream.stream));
        stream.handle.clone_from(&handle);
        Watcher {
            handle,
            lent: false,
        }
    }

    pub(crate) fn handle(&self) -> Option<&Handle> {
        self.handle.as_ref()
    }

    /// The user gets the stream in hand, and may write to it.
    pub fn lend(&mut self) {
        self.lent = true;
        self.handle.iter().for_each(Handle::expect_unwatched_bytes);
    }

    /// Whether [`attach_again`](Self::attach_again) is due.
    #[inline]
    pub fn was_lent(&self) -> bool {
        self.lent
    }

    /// The user had the stream in hand: if another socket is in its place, watches that one.
    #[cold]
    pub fn attach_again<S>(&mut self, stream: &mut Watched<S>) {
        self.lent = false;
        let socket = socket_of(&stream.stream);
        // A stream without a socket that is known may be any other; and a socket is asked through its descriptor.
        let is_same = self
            .handle
            .as_ref()
            .is_some_and(|handle| handle.is_on(&socket));
        if !is_same {
            *self = Watcher::attach(stream);
        }
    }

    /// Begins an operation that is sure to write.
    #[inline]
    #[track_caller]
    pub fn surely(&self, operation: Operation, site: Site) -> io::Result<Operating<'_>> {
        match &self.handle {
            Some(handle) => Ok(Operating(Some(handle.begin(operation, site)?))),
            None => Ok(Operating(None)),
        }
    }

    /// Begins an operation that is sure to write, or may come back without writing.
    #[inline]
    #[track_caller]
    pub fn surely_if(
        &self,
        sure: bool,
        operation: Operation,
        site: Site,
    ) -> io::Result<Operating<'_>> {
        if sure {
            self.surely(operation, site)
        } else {
            Ok(self.lazily(operation, site))
        }
    }

    /// To be called before a message is queued that nothing writes for now.
    #[inline]
    pub fn queues(&self, operation: Operation, site: Site) {
        if let Some(handle) = &self.handle {
            handle.queues(operation, site);
        }
    }

    /// To be called when there was no room for it.
    #[cold]
    pub fn on_not_queued(&self, operation: Operation) {
        if let Some(handle) = &self.handle {
            handle.on_not_queued(operation);
        }
    }

    /// Begins an operation that may come back without writing.
    #[inline]
    pub fn lazily(&self, operation: Operation, site: Site) -> Operating<'_> {
        Operating(
            self.handle
                .as_ref()
                .map(|handle| handle.begin_lazily(operation, site)),
        )
    }
}

/// An operation under way on a stream that may be unwatched.
#[derive(Debug)]
#[must_use = "the operation ends when this is dropped"]
pub struct Operating<'h>(Option<InProgress<'h>>);

impl Operating<'_> {
    /// The operation came back.
    #[inline]
    #[track_caller]
    pub fn end(self, outcome: Outcome) {
        if let Some(in_progress) = self.0 {
            in_progress.end(outcome);
        }
    }
}
