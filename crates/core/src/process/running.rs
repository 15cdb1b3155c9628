//! Starts what a process has one of: the collector, the registry of wires, the locks, and the worker.

use super::attached::Attached;
use super::library::Library;
use super::printer::print_suppressed;
use super::state::{CONFIGURED, Known, Running, if_running, state};
use super::{event, exit, forks, near_misses, page, run, voice, worker};
use crate::collector::{self, Collector, Patience};
use crate::error::AlreadyWatching;
use crate::provoke::Holds;
use crate::settings::{Settings, Stderr};
use crate::stalls::Locks;
use crate::wire::{Handle, Provoker, Registry, Socket};
use redhanded_report::suppressions::Suppressions;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a caller, or the end of the process, waits for findings that are not resolved yet.
const PATIENCE: Patience = Patience {
    without_progress: Duration::from_secs(10),
    in_all: Duration::from_secs(30),
};

/// A new handle of this library on the wire of this socket. The first one starts everything. `None` if there are too many on the wire.
pub(crate) fn handle(socket: Socket, library: Library) -> Option<Attached> {
    Some(Attached::new(new_handle(socket, library)?, library))
}

/// The same, for this process alone.
pub(super) fn new_handle(socket: Socket, library: Library) -> Option<Handle> {
    let running = running();
    let unknown_type = socket.unknown_type();
    let Some((handle, is_new_wire)) = running.registry.handle(socket) else {
        // It may have to tell why.
        running.ensure_worker();
        return None;
    };
    if is_new_wire {
        running.connections.note(library, unknown_type);
    }
    // Its first act is to record this connection.
    running.ensure_worker();
    running.collector.on_handle(&handle, &running.registry);
    Some(handle)
}

/// The locks of this process. The first call starts everything.
pub(crate) fn locks() -> &'static Arc<Locks> {
    let running = running();
    running.ensure_worker();
    &running.locks
}

/// Looks for writers that wait too long: at locks, and with messages that are not flushed. The worker calls it every so
/// often, and says whether the process stood still since.
fn look_for_stalls(stood_still: bool) {
    let Some(running) = if_running() else {
        return;
    };
    running.locks.on_tick();
    if let Some(holds) = &running.holds {
        holds.on_tick();
    }
    let Some(patience) = running.collector.settings().stall else {
        return;
    };
    let recorder = &*running.collector;
    let mut stalled = running
        .stalled
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    stalled.retain(|backlog| !backlog.close_if_over(recorder));
    for backlog in running.registry.stalled(patience, stood_still, recorder) {
        backlog.open(recorder);
        stalled.push(backlog);
    }
}

/// Whether there is a handle on this socket.
pub(crate) fn is_watched(socket: &Socket) -> bool {
    if_running().is_some_and(|running| running.registry.has(socket))
}

/// What runs in this process. The first call starts it, without the worker.
pub(super) fn running() -> &'static Running {
    let state = state();
    state.running.get_or_init(|| start(state.inherited.clone()))
}

fn start(inherited: Option<Known>) -> Running {
    voice::open();
    let configured = CONFIGURED
        .get()
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    let Known {
        settings,
        suppressions,
    } = match (configured, inherited) {
        (Some(settings), _) => {
            voice::set_silent(settings.stderr == Stderr::Off);
            known(settings)
        }
        // A child goes on as its parent did.
        (None, Some(inherited)) => inherited,
        (None, None) => known(from_environment()),
    };
    let process = run::begin(settings.release.clone());
    let collector = Arc::new(Collector::new(settings, suppressions, process.clone()));
    exit::register();
    let holds = Holds::new(
        collector.settings(),
        near_misses::plan(collector.settings()),
    );
    let provoker = holds
        .clone()
        .map(|holds| Arc::new(holds) as Arc<dyn Provoker>);
    let registry = Arc::new(Registry::provoked_by(provoker, collector.clone()));
    forks::count();
    Running {
        locks: Locks::new(collector.clone(), registry.clone()),
        registry,
        holds,
        stalled: Mutex::default(),
        connections: Default::default(),
        is_ending: Default::default(),
        was_late: Default::default(),
        process,
        worker: once_cell::sync::OnceCell::new(),
        collector,
    }
}

/// Reads the settings, and says what is wrong with them.
fn from_environment() -> Settings {
    let (settings, errors) = Settings::from_env();
    voice::set_silent(settings.stderr == Stderr::Off);
    for line in Settings::unknown_variables() {
        voice::line(format_args!("{line}"));
    }
    for error in errors {
        voice::line(format_args!("{error}; going on with the default"));
    }
    settings
}

/// Reads what the settings name.
fn known(mut settings: Settings) -> Known {
    // The program may change its directory later.
    if let Some(absolute) = settings.report_dir.as_ref().map(std::path::absolute) {
        settings.report_dir = absolute.ok().or(settings.report_dir);
    }
    let read = settings
        .suppressions
        .as_deref()
        .map(Suppressions::read_without_waiting);
    let (suppressions, errors) = read.unwrap_or_default();
    for error in errors {
        voice::line(format_args!(
            "REDHANDED_SUPPRESSIONS: {error}; going on without it"
        ));
    }
    Known {
        settings,
        suppressions: Arc::new(suppressions),
    }
}

/// Sets how the crate behaves. Settings are not read from the environment then.
///
/// # Errors
/// [`AlreadyWatching`] if a connection is watched already, or another function of this crate has started it.
pub fn configure(settings: Settings) -> Result<(), AlreadyWatching> {
    let configured = CONFIGURED.get();
    let mut configured = configured.lock().unwrap_or_else(PoisonError::into_inner);
    if if_running().is_some() {
        return Err(AlreadyWatching);
    }
    *configured = Some(settings);
    Ok(())
}

/// The process ends. Resolves what is left, and gives the exit code that the settings ask for, if there are findings that
/// are not suppressed, or may not be.
pub(super) fn end() -> Option<u8> {
    let running = if_running().filter(|running| running.is_of_this_process())?;
    let deadline = Instant::now() + PATIENCE.in_all;
    let collector = &running.collector;
    if running.is_ending.swap(true, Relaxed) {
        return None;
    }
    let missing = if running.settle() {
        0
    } else {
        say_what_is_missing(collector)
    };
    print_suppressed(collector);
    let unwatched = collector::sentence_on_faults(collector.faults().count());
    if let Some(sentence) = unwatched.filter(|_| collector.settings().stderr != Stderr::Off) {
        voice::line(format_args!("{sentence}"));
    }
    page::end();
    event::flush(deadline);
    voice::flush(deadline);
    let code = collector.settings().exit_code?;
    let has_findings = missing > 0 || !collector.store().kinds().is_empty();
    has_findings.then_some(code)
}

/// The collector did not answer in time. Gives how many findings are in no report.
fn say_what_is_missing(collector: &Collector) -> u64 {
    let open = collector.store().not_shown();
    let missing = collector.inbox().unfinished_findings().saturating_add(open);
    let unnamed = collector.inbox().unnamed();
    voice::line(format_args!(
        "the collector did not answer in time: {missing} findings are not in the reports, and {unnamed} are without the names of functions"
    ));
    missing
}

impl Running {
    pub(super) fn ensure_worker(&self) {
        // Without the worker nothing is resolved. The next handle tries to start it again.
        let start = || {
            let (collector, process) = (self.collector.clone(), self.process.clone());
            worker::start(collector, process, look_for_stalls)
        };
        if let Err(error) = self.worker.get_or_try_init(start) {
            voice::line(format_args!("no thread for the reports: {error}"));
        }
    }

    /// Waits until every earlier finding is in the store. Gives whether they are: a time-out is never "clean".
    pub(super) fn settle(&self) -> bool {
        // The worker would wait for itself: it calls wakers, and one may ask for reports.
        if worker::is_this_thread() {
            return true;
        }
        let inbox = self.collector.inbox();
        let is_done = match self.worker.get() {
            Some(()) if self.is_of_this_process() => inbox.settle(PATIENCE),
            // A child that was not noticed has the collector, and not its worker.
            Some(()) => false,
            None => inbox.unfinished_findings() == 0,
        };
        self.was_late.fetch_or(!is_done, Relaxed);
        is_done
    }

    /// Whether it was not started by a parent that forked this process with a bare system call.
    fn is_of_this_process(&self) -> bool {
        self.process.pid == std::process::id()
    }
}
