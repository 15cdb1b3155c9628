//! What the sequence lock is made of: std's primitives, or loom's under the model checker.

#[cfg(not(redhanded_loom))]
pub(super) use std::sync::atomic::{AtomicU64, fence};

#[cfg(redhanded_loom)]
pub(super) use loom::sync::atomic::{AtomicU64, fence};
