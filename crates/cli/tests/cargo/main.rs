//! `cargo redhanded`, on projects that are made for a test: what is watched, what is said, and that no file changes.
//!
//! All projects are built in one target folder, which stays there: the detector is built once.

#[cfg(feature = "push")]
#[allow(dead_code)] // The tests of `redhanded push` need more of it.
#[path = "../push/engine.rs"]
mod engine;
#[cfg(feature = "push")]
#[allow(dead_code)] // The engine's other half runs the command `redhanded`.
#[path = "../cli/run.rs"]
mod run;

mod endings;
mod lock_files;
mod project;
#[cfg(feature = "push")]
mod pushing;
mod ran;
mod trees;
mod watched;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The commands of this test wait for each other anyway. One that is killed must not be put right by another test.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}
