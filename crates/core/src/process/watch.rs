//! A scope for tests: what was found since it began, on its own wires and on those that are nobody's.

use super::state::if_running;
use crate::collector::{self, Seen};
use crate::report::Report;
use std::sync::Arc;

/// What [`watch`](crate::watch) gives: sees the findings of its scope that are made after it.
///
/// ```
/// let watch = redhanded::watch();
/// // … the program under test …
/// watch.assert_clean();
/// ```
///
/// A connection belongs to the scope in which the first WebSocket (or [`Tap`](crate::Tap)) on it is made, and so does its
/// other end, if that is in this process. Who is in a scope: the task that began it; or the thread, with the tasks that a
/// runtime runs on it, as long as they are in none of their own; and whoever [enters](Scope::enter) it. A stall at a lock
/// belongs to the scope of the one that waits.
///
/// - A connection that belongs to no scope (made before the first one, or in a thread that is in none) is everybody's: every
///   watch sees what is found on it. So is one on which scopes that are not inside each other make WebSockets.
/// - A scope sees what is found on the connections of the scopes in which it was begun, and they do not see what is found
///   on its own.
/// - When a scope ends (with the watch), its connections belong to the one in which it was begun; without one, only later
///   scopes of the same thread or task see what is found on them.
#[derive(Debug)]
#[must_use = "ask it for its findings"]
pub struct Watch {
    scope: Arc<collector::Scope>,
    /// What it saw when it began. That belongs to earlier scopes, whatever becomes of what was open then.
    before: Seen,
}

impl Watch {
    /// The reports with findings made since in this scope, with their [`count`](Report::count) since, and the writers and the
    /// wire of the first of them that was kept in full. Waits for findings that are still on their way, ten seconds at most.
    pub fn findings(&self) -> Vec<Report> {
        if_running().map_or_else(Vec::new, |running| {
            running.settle();
            running.collector.reports_in(&self.scope, &self.before)
        })
    }

    /// Fails the test if there were findings.
    ///
    /// # Panics
    /// With every report in full, if there is one.
    #[track_caller]
    pub fn assert_clean(&self) {
        let findings = self.findings();
        if !findings.is_empty() {
            let reports: Vec<String> = findings.iter().map(Report::to_string).collect();
            panic!(
                "{} report(s) of writers caught together:\n\n{}",
                findings.len(),
                reports.join("\n")
            );
        }
    }

    /// The scope, for other threads and tasks to enter.
    pub fn scope(&self) -> Scope {
        Scope(self.scope.clone())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(running) = if_running() {
            // Those whose backtraces tell which report they belong to are still to be counted for this scope.
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
    /// Takes the calling task in, or else the calling thread, until what this gives is dropped.
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
/// A connection belongs to the scope in which it was first made: one that is kept in a `static`, and made under the watch of
/// one test, is not seen by those of others, whatever they do with it. Make it before any of them, or in each.
pub fn watch() -> Watch {
    let scope = collector::Scope::begin();
    let before = if_running().map_or_else(Seen::default, |running| {
        running.settle();
        running.collector.seen(&scope)
    });
    Watch { scope, before }
}
