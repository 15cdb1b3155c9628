//! A call that has come back and is looked at, and what was noted of it.

use crate::wire::bytes::{Cursor, GapNumber, OpenFrame};
use crate::wire::claim::Token;
use crate::wire::half::Half;
use crate::wire::judge::{Before, Bytes, Fragmented};
use redhanded_report::Kind;

/// A call that has come back and is looked at.
pub(super) struct Ended<'c> {
    pub(super) before: Option<Box<Before>>,
    pub(super) bytes: Bytes<'c>,
    /// Where the cursor stood before the call, whatever the call went on with.
    pub(super) left_at: Cursor,
    /// Where the cursor stands now.
    pub(super) now: Cursor,
    pub(super) accepted: u64,
    /// If all that went out is read as one stream, there is a header in this call that no writer writes.
    pub(super) has_impossible: bool,
}

/// What was noted when the call came back, before it was over for others.
pub(super) struct Noted {
    /// The state of the caller's progress while it was inside.
    pub(super) state_inside: u64,
    /// The messages that were open before the call, the innermost one last.
    pub(super) messages: Vec<Fragmented>,
    pub(super) open_message: Option<u8>,
    pub(super) message_of_frame: Option<u8>,
    /// The caller's own open frame, if the call went on with something else.
    pub(super) abandoned: Option<OpenFrame>,
    /// Findings that waited for what becomes of a frame, by the name of its writer, and what they are now.
    pub(super) settled: Vec<(Token, Kind)>,
    /// Who sent the latest data frame, if this call sends one that continues nothing.
    pub(super) latest_data: Option<Half>,
    /// The gaps in torn frames into which the bytes of this call go, too.
    pub(super) gaps: Vec<GapNumber>,
}
