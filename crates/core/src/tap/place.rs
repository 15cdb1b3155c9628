//! A tap that has lost its place among its frames, and finds it again.
//!
//! Where a frame was torn, the next header is somewhere inside a call. The tap says nothing until frames begin and end with
//! calls again.

use super::{KnownStreams, TapWith};
use crate::wire::{Cursor, Handle, Offered, Signs};

/// Where the stream would be if a frame has begun with some call since.
#[derive(Debug)]
pub(super) struct Place {
    cursor: Cursor,
    signs: Signs,
}

impl Place {
    fn at_call() -> Place {
        Place {
            cursor: Cursor::at_connection().anew(),
            signs: Signs::after_contradiction(),
        }
    }

    /// To be said before bytes are offered. Gives where the stream is, if that is certain with them.
    fn look(&mut self, offered: &Offered<'_>) -> Option<Cursor> {
        let is_at_edge = self.cursor.is_between_frames() || self.cursor.is_behind_header();
        if !is_at_edge && !self.signs.are_any() {
            // Nothing speaks for this place, so that the next call may as well begin a frame.
            *self = Place::at_call();
        }
        self.signs
            .look(&self.cursor, offered)
            .then_some(self.cursor)
    }
}

impl<S, K: KnownStreams> TapWith<S, K> {
    /// Whether it is certain again with these bytes where the stream is.
    #[cold]
    pub(super) fn finds_place(&mut self, offered: &Offered<'_>) -> bool {
        if self.watcher.handle().is_some_and(Handle::is_lost) {
            return false;
        }
        let place = self.place.get_or_insert_with(|| Box::new(Place::at_call()));
        let Some(cursor) = place.look(offered) else {
            return false;
        };
        self.inner.cursor = cursor;
        self.place = None;
        self.watcher
            .handle()
            .into_iter()
            .for_each(Handle::found_place);
        true
    }

    /// So many of the bytes offered were accepted while the place was not known.
    pub(super) fn pass_lost(&mut self, offered: &Offered<'_>, accepted: Option<usize>) {
        if let Some(place) = &mut self.place {
            let accepted = accepted.unwrap_or(0) as u64;
            place.signs.pass(&place.cursor, offered, accepted);
            place.cursor.pass(offered, accepted, |_| ());
        }
    }
}
