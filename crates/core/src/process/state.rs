//! The statics of a process: the settings that a program has set, and what runs.

use super::connections::Connections;
use crate::collector::Collector;
use crate::forks::{self, PerProcess};
use crate::provoke::Holds;
use crate::settings::Settings;
use crate::stalls::Locks;
use crate::wire::{Registry, Stalled};
use redhanded_report::Process;
use redhanded_report::suppressions::Suppressions;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock};

/// The settings that a program has set, until they are used.
pub(super) static CONFIGURED: PerProcess<Mutex<Option<Settings>>> = PerProcess::new(|before| {
    let before = before.and_then(forks::inherited);
    Mutex::new(before.and_then(|settings| settings.clone()))
});

static STATE: PerProcess<State> = PerProcess::new(|before| State {
    running: OnceLock::new(),
    inherited: before.and_then(State::known),
});

/// What runs in a process, and how.
#[derive(Debug)]
pub(super) struct State {
    pub(super) running: OnceLock<Running>,
    /// How its parent watched, if it did.
    pub(super) inherited: Option<Known>,
}

/// Settings, with what was read because of them.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) settings: Settings,
    pub(super) suppressions: Arc<Suppressions>,
}

impl State {
    /// How this process watches, if it does, or else how its parent did.
    fn known(&self) -> Option<Known> {
        let of_running = |running: &Running| Known {
            settings: running.collector.settings().clone(),
            suppressions: running.collector.suppressions().clone(),
        };
        let running = self.running.get();
        running.map(of_running).or_else(|| self.inherited.clone())
    }
}

/// What runs in a process that watches.
#[derive(Debug)]
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
    /// The worker runs.
    pub(super) worker: once_cell::sync::OnceCell<()>,
}

/// The state of this process.
pub(super) fn state() -> &'static State {
    STATE.get()
}

/// What runs. `None` if nothing has been watched yet.
pub(super) fn if_running() -> Option<&'static Running> {
    state().running.get()
}
