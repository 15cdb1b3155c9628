//! The only place that decides between std's and loom's primitives.
//!
//! The protocol is model-checked with `RUSTFLAGS="--cfg redhanded_loom"`; everything in `wire` that takes part in it
//! takes its atomics and locks from here.

#[cfg(not(redhanded_loom))]
mod chosen {
    pub(crate) use std::sync::Mutex;
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
}

#[cfg(redhanded_loom)]
mod chosen {
    pub(crate) use loom::sync::Mutex;
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
}

pub(crate) use chosen::*;

use std::sync::PoisonError;

/// Locks, poisoned or not: what the lock guards is left consistent by every critical section, and a panic of the
/// application must not turn into a second one here.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(not(redhanded_loom))]
pub(crate) use std::sync::MutexGuard;

#[cfg(redhanded_loom)]
pub(crate) use loom::sync::MutexGuard;
