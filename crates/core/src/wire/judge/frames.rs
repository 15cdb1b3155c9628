//! The rules of frames that were open before a call: which of them the call has torn.

use super::compare::{is_rest, is_untouched, tear_between_calls};
use super::{Before, Bytes, Open, TornFrame};
use crate::wire::bytes::{Clip, Cut, Inserted, Offered, OpenFrame, Tear, Torn};
use redhanded_report::Kind;

/// A frame of which a part was out before a call.
#[derive(Debug)]
pub(crate) struct OpenBefore {
    pub(crate) handle: u64,
    /// As in [`Open`].
    pub(crate) state: u64,
    pub(crate) starts_at: u64,
    pub(crate) clip: Clip,
}

impl OpenBefore {
    pub(crate) fn of(frame: &OpenFrame) -> Self {
        OpenBefore {
            handle: frame.half.handle,
            state: frame.state,
            starts_at: frame.starts_at,
            clip: frame.clip.clone(),
        }
    }
}

/// What a handle's bytes tear of the frames that were open before and are still where they were.
pub(super) fn torn_frames(
    before: &Before,
    bytes: &Bytes<'_>,
    frames: &[Open<'_>],
    place: Option<Cut>,
    inserted: &Inserted,
) -> Vec<TornFrame> {
    let before_call = |open: &Open<'_>| {
        before
            .open_frames
            .iter()
            .find(|known| known.handle == open.handle)
    };
    let torn = |open: &Open<'_>| {
        let known = before_call(open)?;
        let has_gone_on = has_gone_on(open, known);
        let is_torn = if open.handle == bytes.handle {
            before.abandons() && known.state == open.state
        } else {
            has_gone_on || stays(open, known) && !finishes(before, bytes.offered, open)
        };
        let is_certain = || has_gone_on || is_untouched(open.stamp, &before.reading);
        if !is_torn || open.is_told || !is_certain() {
            return None;
        }
        let is_own = open.handle == bytes.handle;
        let is_abandoned = open.is_abandoned || is_own && !before.may_come_back;
        let kind = if is_abandoned {
            Kind::AbandonedWrite
        } else {
            Kind::TornFrame
        };
        let clip = if has_gone_on {
            clip_between(known, open)
        } else {
            open.clip.clone()
        };
        Some(TornFrame {
            handle: open.handle,
            tear: Tear {
                is_encrypted: open.is_encrypted || bytes.is_encrypted,
                is_one_of_several: has_gone_on || open.is_handed_on,
                ..tear_between_calls(kind, &before.reading, place, Torn::Frame(clip), inserted)
            },
            has_gone_on,
        })
    };
    frames.iter().filter_map(torn).collect()
}

/// Whether an open frame is where it was before the call.
fn stays(open: &Open<'_>, known: &OpenBefore) -> bool {
    known.state == open.state && open.state_now == open.state
}

/// Whether a call goes on with a frame that was left behind: however a handle comes to have its rest, it finishes the frame with it.
fn finishes(before: &Before, offered: &Offered<'_>, open: &Open<'_>) -> bool {
    open.is_abandoned && !before.is_beginning && is_rest(open.rest, offered)
}

/// Whether the writer of a frame that was open before the call has sent more of the same frame, or is at it, and has not
/// come to its end. Then the call's bytes are inside the frame, whatever else has gone out.
fn has_gone_on(open: &Open<'_>, known: &OpenBefore) -> bool {
    known.starts_at == open.starts_at
        && !open.is_abandoned
        && !open.may_end
        && open.state_now != known.state
}

/// The frame, cut where its writer was before the call and may be now.
fn clip_between(known: &OpenBefore, open: &Open<'_>) -> Clip {
    let from = known.clip.cut.from;
    let last = open
        .clip
        .header
        .is_complete()
        .then(|| open.clip.header.frame_size().saturating_sub(1));
    let to = open
        .clip
        .cut
        .to
        .saturating_add(open.under_way)
        .min(last.unwrap_or(u64::MAX));
    let has_moved = to > from;
    Clip {
        cut: Cut { from, to },
        before: known.clip.before.clone(),
        after: if has_moved {
            Vec::new()
        } else {
            open.clip.after.clone()
        },
        ..open.clip.clone()
    }
}
