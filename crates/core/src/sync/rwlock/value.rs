//! The value of a watched `RwLock`: who has passed the gate gets a guard of it.
//!
//! `unsafe` is needed because `lock_api` makes its promises of a raw lock in unsafe traits: while a writer has the lock, no other
//! one has it, and while readers have it, no writer has it. The gate keeps that (`gate/word.rs`): one is let in by a step that
//! finds no other one in its way, and is inside until it leaves. Who has waited has passed before its guard is made.
#![allow(unsafe_code)] // Argued above.

use super::gate::Gate;
use crate::process;
use crate::stalls::Wanted;
use crate::witness::{Access, LockRecord, Site};
use lock_api::GuardNoSend;
use std::sync::Arc;

/// A value behind a gate.
pub(super) type Value<T> = lock_api::RwLock<Gate, T>;
/// The value, to read.
pub(super) type ReadGuard<'a, T> = lock_api::RwLockReadGuard<'a, Gate, T>;
/// The value, to write.
pub(super) type WriteGuard<'a, T> = lock_api::RwLockWriteGuard<'a, Gate, T>;

pub(super) const fn new<T>(value: T) -> Value<T> {
    Value::const_new(Gate::new(), value)
}

/// Waits for the lock, to read.
#[cold]
pub(super) fn wait_to_read<'v, T: ?Sized>(
    value: &'v Value<T>,
    record: &Arc<LockRecord>,
    site: Site,
) -> ReadGuard<'v, T> {
    wait(value, record, Access::Shared, site);
    // SAFETY: it has passed, and only this guard leaves.
    unsafe { value.make_read_guard_unchecked() }
}

/// Waits for the lock, to write.
#[cold]
pub(super) fn wait_to_write<'v, T: ?Sized>(
    value: &'v Value<T>,
    record: &Arc<LockRecord>,
    site: Site,
) -> WriteGuard<'v, T> {
    wait(value, record, Access::Exclusive, site);
    // SAFETY: it has passed, and only this guard leaves.
    unsafe { value.make_write_guard_unchecked() }
}

/// Waits until it has passed the gate.
fn wait<T: ?Sized>(value: &Value<T>, record: &Arc<LockRecord>, access: Access, site: Site) {
    // SAFETY: it only passes, and does not leave.
    let gate = unsafe { value.raw() };
    let turn = gate.queue(access);
    let wanted = Wanted {
        record,
        access,
        site,
    };
    process::locks().wait(
        wanted,
        |patience| turn.pass_within(patience).then_some(()),
        || turn.pass(),
    );
}

// SAFETY: see the head of this file.
unsafe impl lock_api::RawRwLock for Gate {
    #[allow(clippy::declare_interior_mutable_const)] // As `lock_api` asks for it.
    const INIT: Self = Gate::new();

    type GuardMarker = GuardNoSend;

    fn lock_shared(&self) {
        self.queue(Access::Shared).pass();
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn try_lock_shared(&self) -> bool {
        self.try_pass(Access::Shared)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn unlock_shared(&self) {
        self.leave(Access::Shared);
    }

    fn lock_exclusive(&self) {
        self.queue(Access::Exclusive).pass();
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn try_lock_exclusive(&self) -> bool {
        self.try_pass(Access::Exclusive)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn unlock_exclusive(&self) {
        self.leave(Access::Exclusive);
    }

    fn is_locked(&self) -> bool {
        self.is_passed(Access::Shared)
    }

    fn is_locked_exclusive(&self) -> bool {
        self.is_passed(Access::Exclusive)
    }
}

// SAFETY: a downgrade is one step, in which the writer becomes a reader.
unsafe impl lock_api::RawRwLockDowngrade for Gate {
    unsafe fn downgrade(&self) {
        Gate::downgrade(self);
    }
}
