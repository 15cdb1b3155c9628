//! What handles have left open on a wire: frames of which a part is out, and messages of which a fragment is out.
//!
//! The next call tears an open frame, with one thread as well as with two, and so does a data frame inside
//! an open message. Hardly any wire has anything open between two calls: a write that ends inside a frame is rare.

use super::cursor::Header;
use super::evidence::Clip;
use super::outgoing::Outgoing;
use super::reading::Stamped;
use crate::wire::half::{Half, Outcome};
use crate::witness::{Stack, Stamp};
use std::sync::Arc;

/// How many open frames of handles that are gone are remembered.
const MAX_ABANDONED: usize = 8;

/// How many messages inside each other are remembered.
pub(crate) const MAX_MESSAGES: usize = 8;

#[derive(Debug, Default)]
pub(crate) struct Unfinished {
    frames: Vec<OpenFrame>,
    messages: Vec<OpenMessage>,
    /// Who ended the last message of several fragments that has come to its end.
    // Boxed, because every wire has room for it and hardly any ever has one.
    last: Option<Box<Half>>,
}

/// A frame of which a part is out.
#[derive(Debug, Clone)]
pub(crate) struct OpenFrame {
    pub(crate) outgoing: Arc<Outgoing>,
    /// Who left it so: complete when the operation has come back.
    pub(crate) half: Half,
    pub(crate) clip: Clip,
    /// The state of the handle's progress since.
    pub(crate) state: u64,
    /// How many bytes the handle had got accepted when the frame began: another number for each of its frames.
    pub(crate) starts_at: u64,
    /// A call of the handle is under way with which the frame may come to its end.
    pub(crate) may_end: bool,
    /// Taken when it was left open.
    pub(crate) stamp: Option<Stamped>,
    /// The handle is gone: it cannot finish the frame any more.
    pub(crate) is_abandoned: bool,
    /// It was torn since, and that was told.
    pub(crate) is_told: bool,
    /// So many bytes of the rest that is known have gone out through other handles.
    pub(crate) handed_on: usize,
}

impl OpenFrame {
    /// The bytes that go on with the frame, as far as they are known.
    pub(crate) fn rest(&self) -> &[u8] {
        self.clip.after.get(self.handed_on..).unwrap_or_default()
    }

    /// Another handle got bytes accepted that begin as the rest does. Gives whether more of the rest is known.
    ///
    /// It may have them by chance, and most of all if they are few. Then it goes on with others.
    fn hand_on(&mut self, accepted: u64) -> bool {
        let accepted = usize::try_from(accepted).unwrap_or(usize::MAX);
        self.handed_on = self.handed_on.saturating_add(accepted);
        let out = self.clip.cut.from.saturating_add(self.handed_on as u64);
        let header = &self.clip.header;
        !self.rest().is_empty() && (!header.is_complete() || out < header.frame_size())
    }
}

/// A message of which not all fragments are out.
#[derive(Debug, Clone)]
pub(crate) struct OpenMessage {
    /// Who began it.
    pub(crate) half: Half,
    pub(crate) header: Header,
    /// As in [`OpenFrame`].
    pub(crate) stamp: Option<Stamped>,
}

impl Unfinished {
    pub(crate) fn frames(&self) -> &[OpenFrame] {
        &self.frames
    }

    pub(crate) fn frame_of(&self, handle: u64) -> Option<&OpenFrame> {
        self.frames.iter().find(|open| open.half.handle == handle)
    }

    fn frame_mut_of(&mut self, handle: u64) -> Option<&mut OpenFrame> {
        self.frames
            .iter_mut()
            .find(|open| open.half.handle == handle)
    }

    /// Whether a handle that is gone has left a frame open.
    pub(crate) fn has_abandoned(&self, handle: u64) -> bool {
        self.frame_of(handle).is_some_and(|open| open.is_abandoned)
    }

    /// A handle's last call ended inside a frame.
    pub(crate) fn open_frame(&mut self, frame: OpenFrame) {
        self.close_frame(frame.half.handle);
        self.frames.push(frame);
    }

    /// The frame is finished, or torn: either way, it is told once.
    pub(crate) fn close_frame(&mut self, handle: u64) -> Option<OpenFrame> {
        let index = self
            .frames
            .iter()
            .position(|open| open.half.handle == handle)?;
        Some(self.frames.swap_remove(index))
    }

    /// The frame of a handle was torn, and is not to be told again before its writer has come back to it.
    pub(crate) fn note_told(&mut self, handle: u64) {
        if let Some(open) = self.frame_mut_of(handle) {
            open.is_told = true;
        }
        // Its writer does not come back to this one.
        self.frames
            .retain(|open| !(open.is_told && open.is_abandoned));
    }

    /// Whether another handle than this one has left a frame behind whose rest is this.
    pub(crate) fn has_left(&self, handle: u64, is_rest: impl Fn(&[u8]) -> bool) -> bool {
        let mut frames = self.frames.iter();
        frames.any(|open| open.is_abandoned && open.half.handle != handle && is_rest(open.rest()))
    }

    /// A handle got the rest of a frame accepted that was left behind, or a part of it.
    pub(crate) fn take_over(&mut self, accepted: u64, is_rest: impl Fn(&[u8]) -> bool) {
        self.frames.retain_mut(|open| {
            !(open.is_abandoned && is_rest(open.rest())) || open.hand_on(accepted)
        });
    }

    /// A handle offers the rest of a frame whose writer is still there, and both hand on bytes that others have framed.
    /// Gives that writer: where either of the two is in which frame is not known from now on.
    pub(crate) fn hand_over(
        &mut self,
        to: &Outgoing,
        is_rest: impl Fn(&Clip) -> bool,
    ) -> Option<Arc<Outgoing>> {
        let is_handed_over = |open: &OpenFrame| {
            let may_be =
                open.outgoing.may_share_frames() && to.may_share_frames() && !open.is_abandoned;
            may_be && open.half.handle != to.handle() && is_rest(&open.clip)
        };
        let index = self.frames.iter().position(is_handed_over)?;
        Some(self.frames.swap_remove(index).outgoing)
    }

    /// What the socket had taken when a handle's frame was left open.
    pub(crate) fn stamp(&mut self, handle: u64, stamp: Option<Stamped>) {
        if let Some(open) = self.frame_mut_of(handle) {
            open.stamp = stamp;
        }
    }

    /// Bytes may have gone out that were not seen: what is open now is not known.
    pub(crate) fn forget(&mut self) {
        *self = Unfinished::default();
    }

    /// It is not known which messages are open.
    pub(crate) fn forget_messages(&mut self) {
        self.messages.clear();
        self.last = None;
    }

    pub(crate) fn has_open_message(&self) -> bool {
        !self.messages.is_empty()
    }

    /// The messages that are open, the innermost one last.
    pub(crate) fn messages(&self) -> &[OpenMessage] {
        &self.messages
    }

    /// The innermost message that is open.
    pub(crate) fn message(&self) -> Option<&OpenMessage> {
        self.messages.last()
    }

    pub(crate) fn open_message(&mut self, message: OpenMessage) {
        if self.messages.len() < MAX_MESSAGES {
            self.messages.push(message);
        }
    }

    /// A writer ends a message: its own, where several are open, and otherwise the innermost one.
    pub(crate) fn close_message(&mut self, by: Half) {
        let is_own = |open: &OpenMessage| {
            open.half.handle == by.handle && open.half.runner().is(&by.runner())
        };
        match self.messages.iter().rposition(is_own) {
            Some(own) => _ = self.messages.remove(own),
            None => _ = self.messages.pop(),
        }
        self.last = Some(Box::new(by));
    }

    /// Who ended the last message of several fragments that has come to its end.
    pub(crate) fn last_message(&self) -> Option<Half> {
        self.last.as_deref().cloned()
    }

    /// A call in which nothing was accepted leaves a handle's frame as it was. Gives whether it has one.
    pub(crate) fn stays_open(&mut self, handle: u64, state: u64) -> bool {
        self.frame_mut_of(handle)
            .map(|open| (open.state, open.may_end) = (state, false))
            .is_some()
    }

    /// A handle begins a call: whether its open frame may come to its end with it.
    pub(crate) fn expect_end(&mut self, handle: u64, may_end: impl FnOnce(&Clip) -> bool) {
        if let Some(open) = self.frame_mut_of(handle) {
            open.may_end = may_end(&open.clip);
        }
    }

    /// Whether the operation has not come back in which a handle left its frame open.
    pub(crate) fn has_frame_without_end(&self, handle: u64) -> bool {
        self.frame_of(handle)
            .is_some_and(|open| open.half.ended.is_none())
    }

    /// The operation comes back in which a handle left something open.
    pub(crate) fn came_back(&mut self, handle: u64, ended: (Stamp, Outcome), stack: Option<Stack>) {
        let of_frame = if ended.1 == Outcome::Returned {
            (ended.0, Outcome::Unfinished)
        } else {
            ended
        };
        let frames = self
            .frames
            .iter_mut()
            .filter(|open| open.half.handle == handle)
            .map(|open| (&mut open.half, of_frame));
        let messages = self
            .messages
            .iter_mut()
            .filter(|open| open.half.handle == handle)
            .map(|open| (&mut open.half, ended));
        let last = self
            .last
            .as_deref_mut()
            .filter(|half| half.handle == handle);
        for (half, ended) in frames
            .chain(messages)
            .chain(last.map(|half| (half, ended)))
            .filter(|(half, _)| half.ended.is_none())
        {
            half.ended = Some(ended);
            half.stack = half.stack.take().or_else(|| stack.clone());
            half.name_thread();
        }
    }

    /// A handle goes. Its messages can be continued by another one; its frame cannot.
    pub(crate) fn dismiss(&mut self, handle: u64, dropped: Option<Stack>) {
        if let Some(frame) = self.frame_mut_of(handle) {
            frame.is_abandoned = true;
            frame.half.dropped = dropped;
        }
        self.frames
            .retain(|open| !(open.is_told && open.is_abandoned));
        if self.frames.iter().filter(|open| open.is_abandoned).count() > MAX_ABANDONED {
            let oldest = self.frames.iter().position(|open| open.is_abandoned);
            oldest.map(|index| self.frames.remove(index));
        }
    }
}
