//! Writers that use one handle in turn, a call each: what each of them has left open in it.
//!
//! Only taps have them. A library's object keeps what the stream did not take, so that its bytes stay in order, whichever
//! thread flushes them.

use super::cursor::Cursor;
use super::evidence::{Clip, Inserted};
use super::offered::Cut;
use super::unfinished::OpenFrame;
use crate::wire::half::{Half, Outcome};
use crate::witness::{Stack, Stamp};

/// How many frames are remembered that other writers of the same handle have come into.
const MAX_LEFT: usize = 8;

#[derive(Debug, Default)]
pub(crate) struct Turns {
    left: Vec<LeftFrame>,
    suspects: Vec<Suspect>,
}

/// A frame of which a part is out, and into which another writer of the same handle has come.
#[derive(Debug)]
pub(crate) struct LeftFrame {
    pub(crate) open: OpenFrame,
    /// Where its writer stands in it.
    pub(crate) cursor: Cursor,
    /// The name of its writer in the finding that waits for what becomes of it, as the one who tells of it knows the name.
    pub(crate) awaited_as: Option<u64>,
}

/// A writer that came inside a frame of another one with what could be a frame of its own. It may as well be payload: what
/// follows decides.
#[derive(Debug, Clone)]
pub(crate) struct Suspect {
    pub(crate) handle: u64,
    pub(crate) first: Half,
    pub(crate) second: Half,
    /// The frame of the first one.
    pub(crate) clip: Clip,
    pub(crate) inserted: Inserted,
    /// The frame that the second one has begun, if only a part of it is out.
    pub(crate) own: Option<Clip>,
    /// Where its bytes begin, as in [`Tear`](super::Tear).
    pub(crate) place: Option<Cut>,
    pub(crate) before_watching: Option<u64>,
}

impl Suspect {
    /// The writer `second` came into the frame that was left open.
    pub(crate) fn new(open: &OpenFrame, second: Half, inserted: Inserted) -> Self {
        Suspect {
            handle: open.half.handle,
            first: open.half.clone(),
            second,
            clip: open.clip.clone(),
            inserted,
            own: None,
            place: None,
            before_watching: None,
        }
    }
}

impl Turns {
    pub(crate) fn is_empty(&self) -> bool {
        self.left.is_empty() && self.suspects.is_empty()
    }

    /// The frames that were left by writers of that handle.
    pub(crate) fn left_of(&self, handle: u64) -> impl Iterator<Item = &LeftFrame> {
        self.left
            .iter()
            .filter(move |left| left.open.half.handle == handle)
    }

    /// Another writer has come into a frame. Gives the oldest one, if there are too many.
    pub(crate) fn leave(&mut self, frame: LeftFrame) -> Option<LeftFrame> {
        self.left.push(frame);
        (self.left.len() > MAX_LEFT).then(|| self.left.remove(0))
    }

    /// The writer of a frame comes back to it, which was left at that state of the handle's progress.
    pub(crate) fn resume(&mut self, handle: u64, state: u64) -> Option<LeftFrame> {
        let is_it = |left: &LeftFrame| left.open.half.handle == handle && left.open.state == state;
        let index = self.left.iter().position(is_it)?;
        Some(self.left.remove(index))
    }

    /// The writers of that handle that go on with something else, or will never come back.
    pub(crate) fn give_up(
        &mut self,
        handle: u64,
        has_gone_on: impl Fn(&LeftFrame) -> bool,
    ) -> Vec<LeftFrame> {
        self.left
            .extract_if(.., |left| {
                left.open.half.handle == handle && has_gone_on(left)
            })
            .collect()
    }

    /// The latest writer that came inside a frame of that handle.
    pub(crate) fn suspect_of(&self, handle: u64) -> Option<&Suspect> {
        self.suspects.iter().find(|it| it.handle == handle)
    }

    /// A writer came inside a frame of another one.
    pub(crate) fn suspect(&mut self, mut suspect: Suspect) {
        if let Some(before) = self.acquit(suspect.handle) {
            // The frame that the one before has begun, if it is its writer's turn that ends now.
            let is_of_it = before.second.runner().is(&suspect.first.runner());
            if let Some(own) = before.own.filter(|_| is_of_it) {
                suspect.clip = own;
            }
        }
        self.suspects.push(suspect);
    }

    /// There is nothing to suspect in that handle any more. Gives what was suspected.
    pub(crate) fn acquit(&mut self, handle: u64) -> Option<Suspect> {
        let index = self.suspects.iter().position(|it| it.handle == handle)?;
        Some(self.suspects.swap_remove(index))
    }

    /// Whether the operation has not come back in which a writer of that handle came inside a frame.
    pub(crate) fn has_suspect_without_end(&self, handle: u64) -> bool {
        self.suspect_of(handle)
            .is_some_and(|suspect| suspect.second.ended.is_none())
    }

    /// The operation of a handle comes back.
    pub(crate) fn came_back(
        &mut self,
        handle: u64,
        ended: (Stamp, Outcome),
        stack: Option<&Stack>,
    ) {
        let suspects = self.suspects.iter_mut().filter(|it| it.handle == handle);
        for half in suspects
            .map(|it| &mut it.second)
            .filter(|half| half.ended.is_none())
        {
            half.ended = Some(ended);
            half.stack = half.stack.take().or_else(|| stack.cloned());
            half.name_thread();
        }
    }
}
