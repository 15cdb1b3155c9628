//! What is known of a writer: its operation, its thread and task, when it began, and where it was called.
//!
//! On a writer's path this costs a few loads and stores. Backtraces and names cost more, and are only taken when a claim
//! is contested. The collector's thread resolves symbols later.

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

mod clock;
mod lock;
mod operation;
mod origin;
mod site;
mod spans;
mod stack;
mod symbolize;
mod task;
mod thread;

pub(crate) use clock::{Stamp, Stopwatch};
pub(crate) use lock::{
    Access, HeldLock, Hold, HoldId, Lock, LockKind, LockRecord, ReaderSlot, Recorded, Registered,
    Runner, Slot, maker_of, try_held_locks,
};
pub use operation::{Act, Operation};
pub(crate) use origin::from_package;
#[cfg(test)]
pub(crate) use origin::origin_of_file;
pub use site::Site;
pub(crate) use stack::Stack;
pub(crate) use symbolize::Symbolizer;
pub(crate) use task::{Task, current_task};
pub(crate) use thread::{ThreadId, current_thread, thread_name};

/// For the collector's thread.
pub(crate) use clock::tick;
