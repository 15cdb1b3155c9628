//! The bounded, process-wide store of reports.
//!
//! Writers only drop their findings into the inbox. A thread of its own (the worker) takes them from there, resolves
//! their stacks and puts the reports on the shelf, from which the page, the files and [`reports`](crate::reports) read.

mod bytes;
mod exit;
mod files;
mod inbox;
mod page;
mod place;
mod printer;
mod resolve;
mod shelf;
mod watch;
mod words;
mod worker;

pub use watch::{Entered, Scope, Watch, watch};

use crate::error::AlreadyWatching;
use crate::locks::Locks;
use crate::report::Report;
use crate::scope;
use crate::settings::{Capture, Policy, Settings, Stderr};
use crate::suppressions::Suppressions;
use crate::wire::{
    Account, Finding, Handle, Live, OpenFinding, PairKey, Recorder, Registry, Socket, Stalled,
};
use crate::witness::Stack;
use inbox::{Inbox, Message};
#[allow(unused_imports)] // Only a page asks.
pub(crate) use shelf::{Listed, Pulse};
use shelf::{Seen, Shelf, View};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// How many fingerprints are told apart. Findings beyond it are counted, see [`Statistics::dropped_findings`].
pub(crate) const MAX_REPORTS: usize = 10_000;

/// How many findings of one fingerprint are kept in full.
pub(crate) const MAX_SAMPLES: u32 = 3;

/// How many findings may wait for their backtraces to tell which report they belong to, of one pair of operations.
const MAX_UNPLACED: u32 = 512;

/// How long a caller waits at most for findings that are still on their way.
const PATIENCE: Duration = Duration::from_secs(10);

static CONFIGURED: Mutex<Option<Settings>> = Mutex::new(None);
static COLLECTOR: OnceLock<Running> = OnceLock::new();

/// The collector with the wires it watches.
struct Running {
    collector: Arc<Collector>,
    registry: Registry,
    locks: Arc<Locks>,
    /// Backlogs that are findings.
    stalled: Mutex<Vec<Arc<Stalled>>>,
}

/// Counters of the whole process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Findings, of all reports together.
    pub findings: u64,
    /// Calls that wrote and overlapped at least one other call.
    pub overlapping_calls: u64,
    /// Findings that were counted and belong to no report: because there are too many reports already, or because so
    /// many came at once that their backtraces were not taken and nothing else tells where they were made.
    pub dropped_findings: u64,
    /// Findings of reports that are suppressed ([`Settings::suppressions`]). They are in `findings`, too.
    pub suppressed_findings: u64,
}

/// The store of reports, and what fills it.
///
/// Locks are taken in this order: the shelf, the contest of a wire, the accounts. Writers never take the shelf.
#[derive(Debug)]
pub(crate) struct Collector {
    settings: Settings,
    suppressions: Arc<Suppressions>,
    accounts: Mutex<Accounts>,
    inbox: Inbox,
    shelf: Mutex<Shelf>,
    overlapping_calls: AtomicU64,
    /// The process in which the worker runs.
    worker: once_cell::sync::OnceCell<u32>,
}

#[derive(Debug)]
struct Accounts {
    by_fingerprint: HashMap<String, Arc<Account>>,
    /// Of findings that have no fingerprint yet.
    unplaced: HashMap<PairKey, Arc<Account>>,
    overflow: Arc<Account>,
    /// The parts of those above that belong to scopes, by the scope's number.
    parts: HashMap<u64, Parts>,
}

/// What belongs to one scope.
#[derive(Debug, Default)]
struct Parts {
    by_fingerprint: HashMap<String, Arc<Account>>,
    unplaced: HashMap<PairKey, Arc<Account>>,
}

impl Accounts {
    fn of(&mut self, fingerprint: String) -> Arc<Account> {
        if self.by_fingerprint.len() >= MAX_REPORTS
            && !self.by_fingerprint.contains_key(&fingerprint)
        {
            return self.overflow.clone();
        }
        self.by_fingerprint
            .entry(fingerprint)
            .or_insert_with(|| Arc::new(Account::new(MAX_SAMPLES)))
            .clone()
    }

    /// Findings that belong to no report.
    fn dropped(&self) -> u64 {
        self.overflow.count()
            + self
                .unplaced
                .values()
                .map(|account| account.count())
                .sum::<u64>()
    }

    fn unplaced(&mut self, key: &PairKey) -> Arc<Account> {
        if self.unplaced.len() >= MAX_REPORTS && !self.unplaced.contains_key(key) {
            return self.overflow.clone();
        }
        self.unplaced
            .entry(*key)
            .or_insert_with(|| Arc::new(Account::provisional(MAX_UNPLACED)))
            .clone()
    }

    /// The part that belongs to a scope, or the whole where there is none.
    fn of_in(&mut self, fingerprint: String, scope: Option<&Arc<scope::Scope>>) -> Arc<Account> {
        let whole = self.of(fingerprint.clone());
        let Some(scope) = scope.filter(|_| !whole.keeps_nothing()) else {
            return whole;
        };
        let scope = scope.nearest_live();
        let parts = &mut self.parts.entry(scope.id()).or_default().by_fingerprint;
        parts
            .entry(fingerprint)
            .or_insert_with(|| Arc::new(Account::part_of(whole, scope)))
            .clone()
    }

    fn unplaced_in(&mut self, key: &PairKey, scope: Option<&Arc<scope::Scope>>) -> Arc<Account> {
        let whole = self.unplaced(key);
        let Some(scope) = scope.filter(|_| !whole.keeps_nothing()) else {
            return whole;
        };
        let scope = scope.nearest_live();
        let parts = &mut self.parts.entry(scope.id()).or_default().unplaced;
        parts
            .entry(*key)
            .or_insert_with(|| Arc::new(Account::part_of(whole, scope)))
            .clone()
    }

    /// A scope has ended: what somebody may still count for it belongs to whoever has what it leaves.
    fn end(&mut self, scope: &Arc<scope::Scope>) {
        let parts = self
            .parts
            .get(&scope.id())
            .into_iter()
            .flat_map(|parts| &parts.by_fingerprint);
        let in_use = parts.filter(|(_, part)| Arc::strong_count(part) > 1);
        let in_use: Vec<_> = in_use
            .map(|(fingerprint, part)| (fingerprint.clone(), part.clone()))
            .collect();
        for (fingerprint, part) in in_use {
            part.leave_to(self.of_in(fingerprint, Some(scope)));
        }
        // Who begins later counts from there on.
        let seen = scope::all_seen();
        self.parts.retain(|id, parts| {
            if seen.contains(id) {
                return true;
            }
            parts
                .by_fingerprint
                .retain(|_, part| Arc::strong_count(part) > 1);
            parts.unplaced.retain(|_, part| Arc::strong_count(part) > 1);
            !parts.by_fingerprint.is_empty() || !parts.unplaced.is_empty()
        });
    }

    /// What a scope sees.
    fn view(&self, scope: &Arc<scope::Scope>) -> View {
        let parts = self.parts.iter().filter(|(id, _)| scope.sees(**id));
        let mut by_fingerprint = HashMap::<String, Vec<Arc<Account>>>::new();
        for (fingerprint, part) in parts.flat_map(|(_, parts)| &parts.by_fingerprint) {
            by_fingerprint
                .entry(fingerprint.clone())
                .or_default()
                .push(part.clone());
        }
        View::new(scope.clone(), by_fingerprint)
    }
}

/// A new handle on the wire that is this socket. The first one starts everything.
pub(crate) fn handle(socket: Socket) -> Option<Handle> {
    let running = running();
    running.collector.ensure_worker();
    running.registry.handle(socket)
}

/// What happens at the locks of this process. Whoever asks first starts everything.
pub(crate) fn locks() -> &'static Arc<Locks> {
    let running = running();
    running.collector.ensure_worker();
    &running.locks
}

/// What the worker does every so often: whoever waits too long shall say so.
fn look_for_stalls() {
    let Some(running) = COLLECTOR.get() else {
        return;
    };
    running.locks.on_tick();
    let Some(patience) = running.collector.settings.stall else {
        return;
    };
    let recorder = &*running.collector;
    let mut stalled = running
        .stalled
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    stalled.retain(|backlog| !backlog.close_if_over(recorder));
    for backlog in running.registry.stalled(patience, recorder) {
        backlog.open(recorder);
        stalled.push(backlog);
    }
}

/// Whether somebody watches this socket.
pub(crate) fn is_watched(socket: &Socket) -> bool {
    COLLECTOR
        .get()
        .is_some_and(|running| running.registry.has(socket))
}

fn running() -> &'static Running {
    COLLECTOR.get_or_init(|| {
        let configured = CONFIGURED
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let (settings, errors) = match configured {
            Some(settings) => (settings, Vec::new()),
            None => Settings::from_env(),
        };
        for error in errors {
            printer::line(format_args!("{error}; going on with the default"));
        }
        let read = settings.suppressions.as_deref().map(Suppressions::read);
        let (suppressions, errors) = read.unwrap_or_default();
        for error in errors {
            printer::line(format_args!(
                "REDHANDED_SUPPRESSIONS: {error}; going on without it"
            ));
        }
        let collector = Arc::new(Collector::new(settings, suppressions));
        exit::register();
        Running {
            registry: Registry::new(collector.clone()),
            locks: Locks::new(collector.clone()),
            stalled: Mutex::default(),
            collector,
        }
    })
}

/// Sets how the crate behaves, before it reads the environment.
///
/// # Errors
/// [`AlreadyWatching`] if a connection is watched already, or another function of this crate was called.
pub fn configure(settings: Settings) -> Result<(), AlreadyWatching> {
    let mut configured = CONFIGURED.lock().unwrap_or_else(PoisonError::into_inner);
    if COLLECTOR.get().is_some() {
        return Err(AlreadyWatching);
    }
    *configured = Some(settings);
    Ok(())
}

/// Every report of this process, the latest first. Waits for findings that are still on their way, ten seconds at most.
pub fn reports() -> Vec<Report> {
    let Some(running) = COLLECTOR.get() else {
        return Vec::new();
    };
    running.collector.settle();
    running.collector.shelf().reports()
}

/// The reports that are there now, without waiting.
#[allow(dead_code)] // Only a page asks.
pub(crate) fn reports_now() -> Vec<Report> {
    COLLECTOR
        .get()
        .map(|running| running.collector.shelf().reports())
        .unwrap_or_default()
}

/// One report that is there now.
#[allow(dead_code)] // Only a page asks.
pub(crate) fn report_now(id: &str) -> Option<Report> {
    COLLECTOR.get()?.collector.shelf().report(id)
}

/// Every report that is there now, in no order, without copies of their backtraces.
#[allow(dead_code)] // Only a page asks.
pub(crate) fn listed_now() -> Vec<Listed> {
    COLLECTOR
        .get()
        .map(|running| running.collector.shelf().listed())
        .unwrap_or_default()
}

/// How much is there now.
#[allow(dead_code)] // Only a page asks.
pub(crate) fn pulse() -> Pulse {
    COLLECTOR
        .get()
        .map(|running| running.collector.shelf().pulse())
        .unwrap_or_default()
}

/// How many findings belong to no report.
#[allow(dead_code)] // Only a page asks.
pub(crate) fn dropped_now() -> u64 {
    COLLECTOR
        .get()
        .map(|running| running.collector.accounts().dropped())
        .unwrap_or_default()
}

/// Some of the wires that are watched now.
#[allow(dead_code)] // Only a page asks.
pub(crate) fn live(offset: usize, limit: usize) -> Option<Live> {
    Some(COLLECTOR.get()?.registry.live(offset, limit))
}

/// What a scope sees of what is there now. Waits as [`reports`] does.
fn seen(scope: &Arc<scope::Scope>) -> Seen {
    let Some(running) = COLLECTOR.get() else {
        return Seen::default();
    };
    running.collector.settle();
    let view = running.collector.accounts().view(scope);
    running.collector.shelf().seen(&view)
}

/// The reports of what a scope sees beyond what it saw when it began. Waits as [`reports`] does.
fn reports_in(scope: &Arc<scope::Scope>, before: &Seen) -> Vec<Report> {
    let Some(running) = COLLECTOR.get() else {
        return Vec::new();
    };
    running.collector.settle();
    let view = running.collector.accounts().view(scope);
    running.collector.shelf().reports_in(&view, before)
}

/// A scope has ended.
fn end_scope(scope: &Arc<scope::Scope>) {
    if let Some(running) = COLLECTOR.get() {
        // Those whose backtraces tell which report they belong to are still to be booked to this scope.
        running.collector.settle();
    }
    scope.end();
    let Some(running) = COLLECTOR.get() else {
        return;
    };
    running.collector.accounts().end(scope);
    running.collector.shelf().forget(scope.id());
}

/// Counters of the whole process. Waits as [`reports`] does.
pub fn statistics() -> Statistics {
    let Some(running) = COLLECTOR.get() else {
        return Statistics::default();
    };
    let collector = &running.collector;
    collector.settle();
    // Before the accounts: the shelf looks into contests, and whoever is in a contest may wait for the accounts.
    let suppressed_findings = collector
        .shelf()
        .suppressed(collector.suppressions.len())
        .iter()
        .sum();
    let accounts = collector.accounts();
    let dropped_findings = accounts.dropped();
    let counted: u64 = accounts
        .by_fingerprint
        .values()
        .map(|account| account.count())
        .sum();
    Statistics {
        findings: counted + dropped_findings,
        overlapping_calls: collector.overlapping_calls.load(Ordering::Relaxed),
        dropped_findings,
        suppressed_findings,
    }
}

/// Where the page is, if there is one. Waits until it is known.
pub fn url() -> Option<String> {
    let running = running();
    running.collector.ensure_worker();
    running.collector.settle();
    page::url()
}

impl Collector {
    fn new(settings: Settings, suppressions: Suppressions) -> Self {
        Collector {
            settings,
            suppressions: Arc::new(suppressions),
            accounts: Mutex::new(Accounts {
                by_fingerprint: HashMap::new(),
                unplaced: HashMap::new(),
                overflow: Arc::new(Account::new(0)),
                parts: HashMap::new(),
            }),
            inbox: Inbox::new(),
            shelf: Mutex::new(Shelf::new()),
            overlapping_calls: AtomicU64::new(0),
            worker: once_cell::sync::OnceCell::new(),
        }
    }

    fn ensure_worker(self: &Arc<Self>) {
        // Without a thread nothing is resolved; the next handle tries again.
        let started = self
            .worker
            .get_or_try_init(|| worker::start(self.clone()).map(|()| std::process::id()));
        if let Err(error) = started {
            printer::line(format_args!("no thread for the reports: {error}"));
        }
    }

    /// Waits until every finding that was made before is on the shelf.
    fn settle(&self) {
        // A forked child has the collector, and not its worker.
        let has_worker = self
            .worker
            .get()
            .is_some_and(|started_by| *started_by == std::process::id());
        // The worker would wait for itself: a subscriber that is told of a report may ask for more.
        if has_worker && !worker::is_this_thread() {
            self.inbox.settle(PATIENCE);
        }
    }

    /// Says what was suppressed: nothing goes away in silence, unless silence is asked for.
    fn tell_suppressed(&self) {
        let counts = self.shelf().suppressed(self.suppressions.len());
        let told = (self.settings.stderr != Stderr::Off)
            .then(|| self.suppressions.sentence(&counts))
            .flatten();
        let unused =
            (self.settings.stderr == Stderr::Full).then(|| self.suppressions.unused(&counts));
        for sentence in told.into_iter().chain(unused.into_iter().flatten()) {
            printer::line(format_args!("{sentence}"));
        }
    }

    /// The account of a finding whose fingerprint is known by now.
    fn account_at(&self, fingerprint: &str, scope: Option<&Arc<scope::Scope>>) -> Arc<Account> {
        self.accounts().of_in(fingerprint.to_owned(), scope)
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accounts(&self) -> MutexGuard<'_, Accounts> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder for Collector {
    fn policy(&self) -> Policy {
        self.settings.policy
    }

    fn capture(&self) -> Capture {
        self.settings.capture
    }

    fn stall(&self) -> Option<Duration> {
        self.settings.stall
    }

    #[inline(never)]
    fn capture_stack(&self) -> Stack {
        Stack::capture()
    }

    fn account(&self, key: &PairKey, scope: Option<&Arc<scope::Scope>>) -> Arc<Account> {
        let mut accounts = self.accounts();
        if key.is_placed() {
            accounts.of_in(place::fingerprint_of_key(key), scope)
        } else {
            accounts.unplaced_in(key, scope)
        }
    }

    fn opened(&self, finding: OpenFinding) {
        self.inbox.put(Message::Opened(finding));
    }

    fn closed(&self, finding: Finding) {
        let account = finding.account.clone();
        if !self.inbox.put(Message::Closed(finding)) && account.is_provisional() {
            // Nobody will place it any more.
            account.add(1);
            account.give_back();
        }
    }

    fn dismissed(&self, id: u64) {
        self.inbox.put(Message::Dismissed(id));
    }

    fn overlapped(&self, calls: u64) {
        self.overlapping_calls.fetch_add(calls, Ordering::Relaxed);
    }
}
