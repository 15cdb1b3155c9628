//! Who has the wire, and what went out on it: the algorithm, alone. It knows no WebSocket library, no HTTP and no files.
//!
//! Every object that writes to a socket is a [`Handle`] on that socket's [`Wire`]. A writer takes a claim with one
//! compare-exchange on the owner word and gives it back with another. Nothing else happens while writers keep apart.
//! When one finds the wire held, both describe themselves in the wire's contest, each captures its own stack in its own
//! call, and the last one out hands the finding to the [`Recorder`].
//!
//! # Floors
//! Each knows those below it, and none above:
//!
//! 1. `registry`: which wire a socket is, what is on the wires for a page (`live`), and what does not come to a wire
//!    (`backlog`).
//! 2. `handle`: an object and its operations, with the `wire` that joins both sides of one socket. `handle::call` is the
//!    only place where one side decides about the other: before and after a call to the stream it **looks** (readings,
//!    without the contest), has the rules **judge** (once under the locks), and **tells** (stacks and recorder, without a
//!    lock).
//! 3. `claim`: who has the wire. It does not know `bytes`.
//! 4. `judge`: the rules, as pure functions; and `finding`: what is handed to the recorder. Both know `bytes`.
//! 5. `bytes`: what went out. It does not know `claim`.
//! 6. `identity` (what makes two handles share a wire, and what its socket counts), `half` (one side of a finding),
//!    `tally`, `watching`, `sync`, `fence`.
//!
//! # Lock order
//! From the outermost to the innermost; a lock is only taken while holding those before it:
//!
//! 1. the registry's map of wires (`registry`): held while a wire is looked at from aside;
//! 2. the contest of a wire (`claim::Claims::contest`);
//! 3. the record of a wire (`bytes::Traffic::record`);
//! 4. what the recorder takes when it is asked for an audience or a tally (never a lock from above).
//!
//! No lock is held while a stack is captured, while the application's stream is called, or while the recorder is told of
//! a finding. The keeper's list of wires and the eager stack of an activity are taken alone or last, and nothing under
//! them.

// A panic here would be one in the application's own send. Numbers of other writers change while they are read, so that
// they are compared and never trusted.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used
    )
)]

mod bytes;
mod claim;
#[cfg(not(redhanded_loom))]
pub(crate) mod fence;
mod finding;
mod half;
mod handle;
mod identity;
mod judge;
mod registry;
mod sync;
mod tally;
#[cfg(test)]
mod test_recorder;
#[cfg(all(test, not(redhanded_loom)))]
mod tests;
mod watching;

#[cfg(all(test, redhanded_loom))]
mod model;

#[cfg(fuzzing)]
pub(crate) use bytes::cursor_model;
pub(crate) use bytes::{
    Backlog, Clip, Content, Cursor, Cut, Doubt, Header, Inserted, Offered, Proof, Requests, Short,
    Signs, Tear, Torn,
};
pub(crate) use claim::{Claimed, Contestable, NearMiss, Provoked, Provoker, WireProvoker};
pub(crate) use finding::{
    Audience, Deadlock, Finding, LockFacts, OpenFinding, PairKey, Recorder, Unsettled, next_finding,
};
pub use half::Outcome;
pub(crate) use half::{Caller, Half, Side};
pub(crate) use handle::{Call, Handle, InProgress, WireRef};
pub use identity::Socket;
#[cfg(feature = "dashboard")]
pub(crate) use registry::{Live, LiveHandle, LiveWire, LiveWriter};
pub(crate) use registry::{Registry, Stalled, UnderWay};
pub(crate) use sync::fence::prepare as prepare_fence;
pub(crate) use tally::Tally;
#[cfg(all(test, not(redhanded_loom)))]
pub(crate) use test_recorder::TestRecorder;
#[cfg(feature = "dashboard")]
pub(crate) use watching::{Watching, watching};
pub(crate) use watching::{forget_in_child, has_wires};
