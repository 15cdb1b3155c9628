//! What went out: the bytes that handles have offered to a wire, and what is known of where they are.
//!
//! Knows nothing of claims. A handle is a number here, and a writer that left something open is described by the
//! [`Half`](super::half::Half) that it left behind.

mod ahead;
mod cursor;
mod evidence;
mod handshake;
mod intrusions;
mod marks;
mod offered;
mod outgoing;
mod progress;
mod queue;
mod reading;
mod record;
mod signs;
mod traffic;
mod turns;
mod unfinished;

pub(super) use ahead::Bounds;
#[cfg(fuzzing)]
pub(crate) use cursor::model as cursor_model;
pub(crate) use cursor::{Content, Cursor, Header, Passed, Requests, Short};
pub(crate) use evidence::{Clip, Doubt, GapNumber, Inserted, Proof, Tear, Torn};
pub(super) use handshake::Early;
pub(super) use intrusions::Intrusion;
pub(crate) use marks::Marks;
pub(crate) use offered::{Cut, Offered};
pub(super) use outgoing::Outgoing;
pub(crate) use queue::Backlog;
pub(super) use reading::{Caller, Inside, Reading, Stamped};
pub(super) use record::Record;
pub(crate) use signs::Signs;
pub(super) use traffic::Traffic;
pub(super) use turns::{CallApart, LeftFrame, Newcomer, Suspect, Turns};
pub(super) use unfinished::{MAX_MESSAGES, OpenFrame, OpenMessage, Unfinished};

#[cfg(test)]
pub(super) use reading::Snapshot;
