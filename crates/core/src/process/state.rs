//! What a process keeps for its whole life: the settings that were asked for, and what runs.

use crate::collector::Collector;
use crate::settings::Settings;
use crate::stalls::Locks;
use crate::wire::{Registry, Stalled};
use std::sync::{Arc, Mutex, OnceLock};

pub(super) static CONFIGURED: Mutex<Option<Settings>> = Mutex::new(None);
pub(super) static RUNNING: OnceLock<Running> = OnceLock::new();

/// The collector with the wires it watches.
pub(super) struct Running {
    pub(super) collector: Arc<Collector>,
    pub(super) registry: Registry,
    pub(super) locks: Arc<Locks>,
    /// Backlogs that are findings.
    pub(super) stalled: Mutex<Vec<Arc<Stalled>>>,
    /// The process in which the worker runs.
    pub(super) worker: once_cell::sync::OnceCell<u32>,
}

/// What runs, if anything does: nothing has been watched yet otherwise.
pub(super) fn if_running() -> Option<&'static Running> {
    RUNNING.get()
}
