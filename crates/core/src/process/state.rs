//! The statics of a process: the settings that a program has set, and what runs.

use super::connections::Connections;
use crate::collector::Collector;
use crate::provoke::Holds;
use crate::settings::Settings;
use crate::stalls::Locks;
use crate::wire::{Registry, Stalled};
use redhanded_report::Process;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock};

/// The settings that a program has set, until they are used.
pub(super) static CONFIGURED: Mutex<Option<Settings>> = Mutex::new(None);
pub(super) static RUNNING: OnceLock<Running> = OnceLock::new();

/// What runs in a process that watches.
pub(super) struct Running {
    pub(super) collector: Arc<Collector>,
    pub(super) registry: Arc<Registry>,
    /// Holds writers. `None` if none is ever held.
    pub(super) holds: Option<Holds>,
    pub(super) locks: Arc<Locks>,
    /// Backlogs that are findings now.
    pub(super) stalled: Mutex<Vec<Arc<Stalled>>>,
    /// What was watched so far.
    pub(super) connections: Connections,
    /// The process ends, and its record is to be complete.
    pub(super) is_ending: AtomicBool,
    /// A caller waited for findings, and they were not resolved in time.
    pub(super) was_late: AtomicBool,
    /// This process, with its run.
    pub(super) process: Process,
    /// The process in which the worker runs.
    pub(super) worker: once_cell::sync::OnceCell<u32>,
}

/// What runs. `None` if nothing has been watched yet.
pub(super) fn if_running() -> Option<&'static Running> {
    RUNNING.get()
}
