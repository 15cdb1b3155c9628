//! The rules of turns: with what a call of a handle goes on that several writers may use.

use super::compare::{begins_frame, continues, is_rest};
use crate::wire::bytes::{Clip, Content, Cursor, Header, Offered};
use crate::witness::Runner;

/// With what a call of a handle goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Where the handle's cursor stands.
    GoesOn,
    /// The same, as far as is known. But the bytes are another writer's than those before them in the frame, and could begin
    /// a frame of its own.
    Suspicious,
    /// A new frame, although one is open, and these bytes are not its rest.
    Abandons,
    /// The rest of a frame that was left at that state of the handle's progress, and where its writer stands in it.
    Resumes { state: u64, cursor: Cursor },
}

/// What is known before a call.
#[derive(Debug)]
pub(crate) struct Position<'p> {
    /// The frame in which the handle's cursor stands, and who wrote last in it.
    pub(crate) open: Option<(&'p Clip, Runner)>,
    /// The frames that others have come into, and who wrote in them.
    pub(crate) left: Vec<LeftAt<'p>>,
    /// Who calls.
    pub(crate) runner: Runner,
    /// Whether those that use the handle frame its bytes themselves.
    pub(crate) is_shared: bool,
}

/// A frame that another writer of the same handle has come into.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LeftAt<'p> {
    pub(crate) clip: &'p Clip,
    pub(crate) runner: Runner,
    pub(crate) state: u64,
    pub(crate) cursor: Cursor,
}

/// So many bytes that are the rest of a frame are no chance.
const TELLING: u64 = 8;

impl Position<'_> {
    /// With what a call goes on that offers these bytes.
    pub(crate) fn turn(&self, offered: &Offered<'_>) -> Turn {
        let goes_on = |(open, _): (&Clip, Runner)| is_rest(&open.after, offered);
        if self.open.is_some_and(goes_on) {
            return Turn::GoesOn;
        }
        let resumed = self
            .left
            .iter()
            .rev()
            .find(|left| self.resumes(left, offered));
        if let Some(&LeftAt { state, cursor, .. }) = resumed {
            return Turn::Resumes { state, cursor };
        }
        match self.open {
            Some((open, _)) if !continues(open, offered) => Turn::Abandons,
            Some((open, last)) if self.is_suspicious(open, last, offered) => Turn::Suspicious,
            _ => Turn::GoesOn,
        }
    }

    fn resumes(&self, left: &LeftAt<'_>, offered: &Offered<'_>) -> bool {
        let LeftAt { clip, runner, .. } = *left;
        let is_theirs = runner.is(&self.runner);
        if clip.after.is_empty() {
            // The writer had offered no more than was accepted.
            return is_theirs && !begins_frame(offered, clip.header.masked());
        }
        let is_telling = || offered.len().min(clip.after.len() as u64) >= TELLING;
        is_rest(&clip.after, offered) && (is_theirs || is_telling())
    }

    fn is_suspicious(&self, open: &Clip, last: Runner, offered: &Offered<'_>) -> bool {
        self.is_shared
            && open.after.is_empty()
            && !last.is(&self.runner)
            && begins_frame(offered, open.header.masked())
    }
}

/// Whether no writer of frames that are masked or not as `masked` says has begun one so. As much of the header is looked at
/// as there is.
pub(crate) fn is_impossible(header: &Header, masked: Option<bool>) -> bool {
    !header.is_empty()
        && (header.content() == Content::Reserved || !Header::is_plausible(header.bytes(), masked))
}
