//! Handshakes below a tap: what is read and written of them, and when it begins to watch.

use super::{KnownStreams, TapWith};
use crate::process::{self, Library};
use crate::wire::Handle;
use crate::wrap::{Attempt, Watcher, socket_of};
use std::io::IoSliceMut;

impl<S, K: KnownStreams> TapWith<S, K> {
    /// Bytes have been read. They only matter before the connection is upgraded.
    #[inline]
    pub(super) fn note_read<A: Attempt>(&mut self, bytes: &[u8]) {
        if self.watcher.handle().is_none() {
            let had_asked = self.requests.ask_for_upgrade();
            let had_accepted = self.requests.accept_upgrade();
            self.requests.look(bytes);
            if !had_asked && self.requests.ask_for_upgrade() && self.is_among_others() {
                self.attach_in_handshake();
            } else if !had_accepted && self.requests.accept_upgrade() {
                self.attach_behind_answer::<A>();
            }
        }
    }

    /// The other end has accepted an upgrade. If this end has asked for it, frames follow. Another handle's may come before
    /// this one's first: only one that is watched by then is seen.
    #[cold]
    fn attach_behind_answer<A: Attempt>(&mut self) {
        let cursor = &mut self.inner.cursor;
        if !cursor.begins_frames_behind_request() {
            return;
        }
        K::make_known();
        if self.requests.accept_deflate() {
            cursor.note_deflates();
        }
        self.attach_for_frames::<A>(true);
        if let Some(handle) = self.watcher.handle() {
            handle.note_beginning_behind(self.unwatched);
        }
    }

    /// Whether other handles are on this connection.
    #[cold]
    pub(super) fn is_among_others(&self) -> bool {
        K::make_known();
        process::is_watched(&socket_of(&self.inner.stream))
    }

    /// Watches the answer to a request, too: what other handles send before it is in the handshake.
    #[cold]
    pub(super) fn attach_in_handshake(&mut self) {
        self.watcher = Watcher::attach_at_cursor(&mut self.inner, Library::TAP);
        self.watcher.note_made("Tap", self.made);
        let handle = self.watcher.handle();
        handle.into_iter().for_each(Handle::begin_handshake);
        self.inner.is_in_handshake = true;
    }

    /// A part of the answer is out. If it has ended, frames follow, or nothing is watched any more.
    #[cold]
    pub(super) fn go_on_from_handshake<A: Attempt>(&mut self) {
        let cursor = &self.inner.cursor;
        if cursor.is_in_head() {
            return;
        }
        self.inner.is_in_handshake = false;
        if cursor.is_in_frames() {
            self.share_frames::<A>();
            self.watcher
                .handle()
                .into_iter()
                .for_each(Handle::note_beginning);
        } else {
            self.watcher = Watcher::unattached();
            self.inner.handle = None;
        }
    }

    /// So many bytes have been read into these buffers.
    pub(super) fn note_read_into<A: Attempt>(&mut self, buffers: &[IoSliceMut<'_>], count: usize) {
        let mut left = count;
        for buffer in buffers {
            let now = left.min(buffer.len());
            self.note_read::<A>(buffer.get(..now).unwrap_or_default());
            left = left.saturating_sub(now);
        }
    }
}
