//! The watch of a test: the findings since it began, on the wires of its scope and on those of no scope.

use super::state::if_running;
use crate::collector::{self, Seen};
use crate::forks::generation;
use crate::provoke::Watching;
use redhanded_report::Report;
use std::sync::Arc;

/// Why there is no answer. Nothing is claimed of the program under test.
const NO_ANSWER: &str =
    "redhanded did not answer in time: whether there were findings is not known";

/// What [`watch`](crate::watch) gives. It sees the findings of its scope that are made after it began.
///
/// ```
/// # extern crate redhanded_core as redhanded;
/// let watch = redhanded::watch();
/// // … the program under test …
/// watch.assert_clean();
/// ```
///
/// These are in a scope:
/// - the task that began it, or else the thread. Tasks that run on that thread are in it, too, unless they are in a scope of
///   their own;
/// - the threads and tasks that [enter](Scope::enter) it.
///
/// A connection belongs to the scope in which the first WebSocket (or [`Tap`](crate::Tap)) on it is made. If its other end is
/// in this process, that belongs to the same scope. A stall at a lock belongs to the scope of the waiter.
///
/// - A connection may belong to no scope: it was made before the first scope began, or in a thread that is in none. Every
///   watch sees its findings.
/// - If two scopes make WebSockets on one connection, it belongs to the nearest scope whose findings both see. If there is
///   none, it belongs to no scope.
/// - A scope sees the findings of the scopes in which it began. They do not see its findings.
/// - A scope ends with its watch. Then its connections belong to the scope in which it began. If there is none, only later
///   scopes of the same thread or task see their findings.
#[derive(Debug)]
#[must_use = "ask it for its findings"]
pub struct Watch {
    scope: Arc<collector::Scope>,
    /// What it saw when it began. That belongs to earlier scopes, even if it was still open then.
    before: Seen,
    /// In which process of a line of forks it began.
    generation: u64,
    /// Writers are held a little meanwhile, by default.
    _watching: Watching,
    /// How many connections were not watched any more when it began.
    faults_before: u64,
}

impl Watch {
    /// The reports of the findings that this scope has seen since it began. Their [`count`](Report::count) counts only these.
    /// Their writers and their wire are those of the first finding that was kept in full. Waits until earlier findings are
    /// in it: as long as redhanded gets on with them, and thirty seconds at most.
    ///
    /// # Panics
    /// If nothing is found, and this time is not enough, or a connection was not watched to its end: what is not
    /// known is not clean.
    #[track_caller]
    pub fn findings(&self) -> Vec<Report> {
        let (findings, is_complete) = self.look();
        assert!(is_complete || !findings.is_empty(), "{NO_ANSWER}");
        if let Some(sentence) = self.faults().filter(|_| findings.is_empty()) {
            panic!("{sentence}");
        }
        findings
    }

    /// Fails the test if there were findings.
    ///
    /// # Panics
    /// With every report in full, if there is one. Also if the collector did not answer, or a connection of the process was
    /// not watched to its end, because redhanded itself has failed: what is not known is not clean.
    #[track_caller]
    pub fn assert_clean(&self) {
        let (findings, is_complete) = self.look();
        let unknown = (!is_complete).then(|| NO_ANSWER.to_owned());
        let unknown = unknown.or_else(|| self.faults());
        if !findings.is_empty() {
            let reports: Vec<String> = findings.iter().map(Report::to_string).collect();
            panic!(
                "{} report(s) of writers caught together:\n\n{}{}",
                findings.len(),
                reports.join("\n"),
                unknown.unwrap_or_default()
            );
        }
        if let Some(unknown) = unknown {
            panic!("{unknown}");
        }
    }

    /// What there was before the watch began. `None` in a forked child of the process in which that was.
    fn in_this_process<'w, T>(&self, before: &'w T) -> Option<&'w T> {
        (self.generation == generation()).then_some(before)
    }

    /// What is said of the connections that were not watched to their end since it began.
    fn faults(&self) -> Option<String> {
        let before = self.in_this_process(&self.faults_before);
        let count = faults_so_far().saturating_sub(before.copied().unwrap_or(0));
        collector::sentence_on_faults(count)
    }

    /// The findings, and whether these are all that were made before.
    fn look(&self) -> (Vec<Report>, bool) {
        if_running().map_or((Vec::new(), true), |running| {
            let is_complete = running.settle();
            let nothing = Seen::default();
            let before = self.in_this_process(&self.before).unwrap_or(&nothing);
            let findings = running.collector.reports_in(&self.scope, before);
            (findings, is_complete)
        })
    }

    /// The scope, for other threads and tasks to enter.
    pub fn scope(&self) -> Scope {
        Scope(self.scope.clone())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(running) = if_running() {
            // Findings that are not resolved yet are counted for this scope first.
            running.settle();
        }
        self.scope.end();
        if let Some(running) = if_running() {
            running.collector.on_end_of_scope(&self.scope);
        }
    }
}

/// The scope of a [`Watch`], for other threads and tasks to enter.
///
/// ```
/// # extern crate redhanded_core as redhanded;
/// let watch = redhanded::watch();
/// let scope = watch.scope();
/// std::thread::spawn(move || {
///     let _entered = scope.enter();
///     // … connections made here belong to the watch …
/// })
/// .join()
/// .unwrap();
/// watch.assert_clean();
/// ```
#[derive(Debug, Clone)]
pub struct Scope(Arc<collector::Scope>);

impl Scope {
    /// Puts the calling task, or else the calling thread, into the scope until the returned value is dropped.
    pub fn enter(&self) -> Entered {
        Entered {
            number: self.0.enter(),
        }
    }
}

/// While this lives, the thread or task that [entered](Scope::enter) is in the scope.
#[derive(Debug)]
#[must_use = "it leaves the scope when this is dropped"]
pub struct Entered {
    number: u64,
}

impl Drop for Entered {
    fn drop(&mut self) {
        collector::leave(self.number);
    }
}

/// Begins a scope for tests, which ends when the [`Watch`] is dropped.
///
/// A connection belongs to the scope in which it was made. If one test makes a connection under its watch and keeps it in a
/// `static`, the watches of other tests do not see its findings. Make such a connection before the first watch, or make one
/// in each test.
pub fn watch() -> Watch {
    let scope = collector::Scope::begin();
    let before = if_running().map_or_else(Seen::default, |running| {
        running.settle();
        running.collector.seen(&scope)
    });
    Watch {
        scope,
        before,
        faults_before: faults_so_far(),
        _watching: Watching::begin(),
        generation: generation(),
    }
}

/// How many connections of the process are not watched any more, because a hook has failed.
fn faults_so_far() -> u64 {
    if_running().map_or(0, |running| running.collector.faults().count())
}
