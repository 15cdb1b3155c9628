//! Brings writers to meet that nearly do: a writer that has just taken its claim is held a little, where another one of the
//! wire is due. Detection then does not wait for luck.
//!
//! A hold is before the first byte and inside the claim. So nothing of the held operation is out, no answer of the peer to it can
//! bring the other writer, and two that meet overlap by the same exchange as ever. Nothing here makes a finding.
//!
//! The rule and what it knows are pure, on a clock that is made up: [`rhythm`] (when a handle comes), [`limits`] (how long writers may be held at
//! all), [`pairs`] (what is known of two call sites), [`rule`] (whether to hold, and how long), [`budget`] (how much a thread or a wire may be held). [`plan`] (the sites
//! that an earlier run has named), [`place`] (where a thread may wait) and [`hold`] (the wait itself) stand beside them. [`wire`]
//! asks all of them at a claim, with what it knows of its handles ([`track`]). [`process`] is what the wires of a process share, and
//! [`near_misses`] tells of it.
//!
//! # Locks
//! What is kept of a wire has a lock of its own, and what is kept of pairs is in shards. A writer only tries them: where another
//! thread has one, it is not held. A handle that goes waits for the lock of its wire, which is never held long.

// A panic here would be one in the application's own call.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used
    )
)]

mod budget;
mod clock;
mod hold;
mod limits;
mod near_misses;
mod pairs;
mod place;
mod plan;
mod process;
mod rhythm;
mod rule;
mod shards;
mod side;
#[cfg(all(test, not(redhanded_loom)))]
mod tests;
mod track;
mod wakes;
mod wire;

pub(crate) use near_misses::{Named, Told};
pub(crate) use plan::Plan;
pub(crate) use process::{Holds, Watching};
