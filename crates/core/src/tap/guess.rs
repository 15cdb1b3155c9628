//! A tap that has seen no handshake, and takes short frames for what they seem to be.
//!
//! Protocols with a type and a length before each value may send many of them before one is no frame. So this tap has a
//! doubt left: it tells what is between frames whose ends it has seen, and gives up for ever at anything else.

use super::{KnownStreams, TapWith};
use crate::wire::{Cursor, Handle, Offered};
use crate::wrap::{Attempt, Watched, Watcher};

impl<S, K: KnownStreams> TapWith<S, K> {
    /// One call of what only seems to be frames.
    #[cold]
    #[track_caller]
    pub(super) fn call_guessing<A: Attempt>(
        &mut self,
        offered: &Offered<'_>,
        write: impl FnOnce(&mut Watched<S>) -> A,
    ) -> A {
        let is_confirmed = self.watcher.handle().is_some_and(Handle::is_confirmed);
        if !is_confirmed && self.signs.go_on_alike(&self.inner.cursor, offered) {
            return self.call_watched(offered, write);
        }
        if !self.goes_on_as_guessed(offered) {
            return write(&mut self.inner);
        }
        let cursor = self.inner.cursor;
        let result = self.call_watched(offered, write);
        let accepted = result.accepted().unwrap_or(0) as u64;
        self.signs.pass(&cursor, offered, accepted);
        result
    }

    /// The tap begins to watch by signs alone.
    pub(super) fn note_guess(&mut self) {
        if let Some(handle) = self.watcher.handle().filter(|it| !it.is_confirmed()) {
            handle.note_guess();
            self.is_guess = !self.signs.are_proof();
        }
    }

    /// Whether the bytes of a call are what was guessed. If not, they were no frames, and are never watched again.
    fn goes_on_as_guessed(&mut self, offered: &Offered<'_>) -> bool {
        let goes_on = self.signs.go_on(&self.inner.cursor, offered);
        if self.watcher.handle().is_some_and(Handle::is_confirmed) || self.signs.are_proof() {
            self.is_guess = false;
            return true;
        }
        if !goes_on {
            let handle = self.watcher.handle();
            handle.into_iter().for_each(Handle::note_no_frames);
            self.watcher = Watcher::unattached();
            self.inner.handle = None;
            self.inner.cursor = Cursor::lost();
            self.is_guess = false;
        }
        goes_on
    }
}
