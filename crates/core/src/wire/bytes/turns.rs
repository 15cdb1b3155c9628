//! Writers that use one handle in turn, a call each: what each of them has left open in it.
//!
//! Only taps have them. A library's object keeps what the stream did not take, so that its bytes stay in order, whichever
//! thread flushes them.

use super::cursor::Cursor;
use super::evidence::{Clip, Inserted};
use super::offered::{Cut, Offered};
use super::unfinished::OpenFrame;
use crate::wire::half::{Half, Outcome};
use crate::witness::{Runner, Stack, Stamp};

/// How many writers are read apart.
const MAX_APART: usize = 16;

/// How many calls are read apart on a wire. A tap whose frames are none that the standard knows is not looked at for ever.
const MAX_CALLS_APART: u16 = 4096;

/// How many frames are remembered that other writers of the same handle have come into.
const MAX_LEFT: usize = 8;

#[derive(Debug, Default)]
pub(crate) struct Turns {
    left: Vec<LeftFrame>,
    suspects: Vec<Suspect>,
    apart: Vec<Apart>,
    /// The handle of which it is not known where in its frames it is.
    lost: Option<u64>,
    /// How many calls were read apart.
    calls_apart: u16,
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
    /// The frame of the first one.
    pub(crate) clip: Clip,
    /// The same, with what its writer has sent of it since, if that is not all.
    pub(crate) clip_now: Option<Clip>,
    pub(crate) newcomer: Newcomer,
}

impl Suspect {
    /// The frame of this writer, if it is one of the two.
    fn frame_of(&mut self, runner: &Runner) -> Option<&mut Option<Clip>> {
        if self.newcomer.half.runner().is(runner) {
            Some(&mut self.newcomer.own)
        } else {
            let is_first = self.first.runner().is(runner);
            is_first.then_some(&mut self.clip_now)
        }
    }

    /// One of the two has gone on with its frame.
    fn go_on(&mut self, runner: &Runner, offered: &Offered<'_>, accepted: u64) {
        let Some(frame) = self.frame_of(runner) else {
            return;
        };
        if let Some(clip) = frame {
            clip.go_on(offered, accepted);
        }
        frame.take_if(|clip| clip.is_out());
    }
}

/// A writer that began a frame while another one's was open.
#[derive(Debug, Clone)]
pub(crate) struct Newcomer {
    pub(crate) half: Half,
    pub(crate) inserted: Inserted,
    /// The frame that it has begun, if only a part of it is out.
    pub(crate) own: Option<Clip>,
    /// Where its bytes begin, as in [`Tear`](super::Tear).
    pub(crate) place: Option<Cut>,
    pub(crate) before_watching: Option<u64>,
}

/// A frame of one of the writers of a handle, each of which is read by itself: what all of them send is no stream of frames.
#[derive(Debug)]
struct Apart {
    open: OpenFrame,
    /// Where the writer stands in it, by its own calls.
    cursor: Cursor,
    /// Another writer that has begun a frame since.
    suspect: Option<Suspect>,
}

/// A call of a writer that is read apart.
#[derive(Debug)]
pub(crate) struct CallApart<'c> {
    pub(crate) runner: Runner,
    pub(crate) offered: &'c Offered<'c>,
    pub(crate) accepted: u64,
    pub(crate) newcomer: Newcomer,
    /// The frame that it has begun, if only a part of it is out.
    pub(crate) open: Option<OpenFrame>,
}

impl Apart {
    /// Its writer goes on, and may end the frame and begin another one.
    fn clip_call(&mut self, call: &CallApart<'_>) {
        let cut = Cut::at(call.accepted);
        match self.cursor.frame_round(call.offered, cut) {
            Some(frame) if frame.start < 0 => self.open.clip.go_on(call.offered, call.accepted),
            Some(frame) => {
                self.open.clip = Clip::new(frame, None, call.offered, cut);
                self.open.half = call.newcomer.half.clone();
            }
            None => {}
        }
    }

    fn handle(&self) -> u64 {
        self.open.half.handle
    }
}

/// Whether the call is of whole frames, one at least.
fn is_whole_frames(call: &CallApart<'_>) -> bool {
    let mut cursor = Cursor::at_connection().anew();
    cursor.pass(call.offered, call.offered.len(), |_| ());
    call.accepted > 0 && cursor.is_between_frames()
}

impl Turns {
    pub(crate) fn is_empty(&self) -> bool {
        self.left.is_empty() && self.suspects.is_empty() && !self.reads_apart()
    }

    /// Whether the writers of a handle are read apart.
    pub(crate) fn reads_apart(&self) -> bool {
        self.calls_apart < MAX_CALLS_APART && (self.lost.is_some() || !self.apart.is_empty())
    }

    /// It is not known where in its frames that handle is.
    pub(crate) fn note_lost(&mut self, handle: u64) {
        self.lost = Some(handle);
    }

    /// It is known again.
    pub(crate) fn note_found(&mut self) {
        self.lost = None;
    }

    /// Reads a call of a handle as one of its writer alone. Gives what is certain then: the writer has finished its frame
    /// with the very bytes that were due, and another one has begun a frame in between.
    pub(crate) fn read_apart(&mut self, call: CallApart<'_>) -> Option<Suspect> {
        self.calls_apart = self.calls_apart.saturating_add(1);
        let handle = call.newcomer.half.handle;
        let is_own = |it: &Apart| it.handle() == handle && it.open.half.runner().is(&call.runner);
        if let Some(index) = self.apart.iter().position(is_own) {
            let own = self.apart.get_mut(index)?;
            let is_at_payload = own.cursor.is_behind_header();
            own.clip_call(&call);
            own.cursor.pass(call.offered, call.accepted, |_| ());
            let is_whole = is_at_payload && call.accepted == call.offered.len();
            if own.cursor.inside().is_some() && !own.cursor.is_lost() {
                return None;
            }
            let own = self.apart.remove(index);
            return own
                .suspect
                .filter(|_| is_whole && own.cursor.is_between_frames());
        }
        let begins = call.open.is_some() || is_whole_frames(&call);
        if !begins {
            return None;
        }
        let others = self.apart.iter_mut().filter(|it| it.handle() == handle);
        for other in others.filter(|it| it.suspect.is_none()) {
            other.suspect = Some(Suspect {
                handle,
                first: other.open.half.clone(),
                clip: other.open.clip.clone(),
                clip_now: None,
                newcomer: call.newcomer.clone(),
            });
        }
        if let Some(open) = call.open {
            let mut cursor = Cursor::at_connection().anew();
            cursor.pass(call.offered, call.accepted, |_| ());
            if self.apart.len() == MAX_APART {
                self.apart.remove(0);
            }
            self.apart.push(Apart {
                open,
                cursor,
                suspect: None,
            });
        }
        None
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

    /// A writer came inside a frame of another one, with a call of which so many bytes were accepted.
    pub(crate) fn suspect(&mut self, mut suspect: Suspect, offered: &Offered<'_>, accepted: u64) {
        if let Some(mut before) = self.acquit(suspect.handle) {
            let (first, newcomer) = (suspect.first.runner(), suspect.newcomer.half.runner());
            if before.first.runner().is(&newcomer) {
                // The writer of the frame comes back to it, and its payload looks like a frame.
                before.go_on(&newcomer, offered, accepted);
                self.suspects.push(before);
                return;
            }
            // Whether it is the turn of the one before that ends now.
            if before.newcomer.half.runner().is(&first) {
                match before.newcomer.own {
                    Some(own) => suspect.clip = own,
                    // All of its frames are out, and none of them can be torn any more.
                    None => {
                        suspect.clip = before.clip_now.unwrap_or(before.clip);
                        suspect.first = before.first;
                    }
                }
            } else if before.first.runner().is(&first)
                && let Some(now) = before.clip_now
            {
                // The bytes of the one before are none of this frame's.
                suspect.clip = now;
            }
            suspect.clip_now = Some(suspect.clip.clone());
        }
        self.suspects.push(suspect);
    }

    /// A call of a handle has gone on where it was, and so many bytes were accepted.
    pub(crate) fn go_on(
        &mut self,
        handle: u64,
        runner: &Runner,
        offered: &Offered<'_>,
        accepted: u64,
    ) {
        let of_handle = self.suspects.iter_mut().filter(|it| it.handle == handle);
        of_handle.for_each(|it| it.go_on(runner, offered, accepted));
    }

    /// A call of a handle has begun something else, as it seems. It may as well be more of a frame of its writer.
    pub(crate) fn may_go_on(&mut self, handle: u64, runner: &Runner, accepted: u64) {
        let of_handle = self.suspects.iter_mut().filter(|it| it.handle == handle);
        let frames = of_handle.filter_map(|it| it.frame_of(runner)?.as_mut());
        frames.for_each(|clip| clip.may_go_on(accepted));
    }

    /// There is nothing to suspect in that handle any more. Gives what was suspected.
    pub(crate) fn acquit(&mut self, handle: u64) -> Option<Suspect> {
        let index = self.suspects.iter().position(|it| it.handle == handle)?;
        Some(self.suspects.swap_remove(index))
    }

    /// Whether the operation has not come back in which a writer of that handle came inside a frame.
    pub(crate) fn has_suspect_without_end(&self, handle: u64) -> bool {
        let is_without_end =
            |it: &&Suspect| it.handle == handle && it.newcomer.half.ended.is_none();
        let apart = self.apart.iter();
        let has_begun = |it: &Apart| it.handle() == handle && it.open.half.ended.is_none();
        self.suspects.iter().any(|it| is_without_end(&it))
            || apart
                .clone()
                .filter_map(|it| it.suspect.as_ref())
                .any(|it| is_without_end(&it))
            || apart.clone().any(has_begun)
    }

    /// A handle goes.
    pub(crate) fn dismiss(&mut self, handle: u64) {
        self.acquit(handle);
        self.apart.retain(|it| it.handle() != handle);
        self.lost = self.lost.filter(|lost| *lost != handle);
    }

    /// The operation of a handle comes back.
    pub(crate) fn came_back(
        &mut self,
        handle: u64,
        ended: (Stamp, Outcome),
        stack: Option<&Stack>,
    ) {
        let mut halves: Vec<&mut Half> = self
            .suspects
            .iter_mut()
            .map(|it| &mut it.newcomer.half)
            .collect();
        for apart in &mut self.apart {
            halves.push(&mut apart.open.half);
            let suspect = apart.suspect.iter_mut();
            halves.extend(suspect.flat_map(|it| [&mut it.first, &mut it.newcomer.half]));
        }
        let is_over = |half: &&mut Half| half.handle == handle && half.ended.is_none();
        for half in halves.into_iter().filter(is_over) {
            half.ended = Some(ended);
            half.stack = half.stack.take().or_else(|| stack.cloned());
            half.name_thread();
        }
    }
}
