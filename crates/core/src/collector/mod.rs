//! The bounded, process-wide store of reports.
//!
//! Writers put their findings into the inbox, and do no more. A thread of the process takes them from there, resolves them,
//! and puts the reports into the store. The page, the files and [`reports`](crate::reports) read the store.

mod faults;
mod inbox;
mod scope;
// Only the page lists what is in it.
#[cfg_attr(not(feature = "dashboard"), allow(dead_code))]
mod store;
mod tallies;
mod tally;
mod telling;

pub(crate) use faults::sentence as sentence_on_faults;
pub(crate) use inbox::{Message, Patience};
pub(crate) use scope::{Scope, leave};
pub(crate) use store::{Closed, Seen};
#[cfg(feature = "dashboard")]
pub(crate) use store::{Listed, Pulse};
pub(crate) use tally::{ReportTally, of as tally_of};
pub(crate) use telling::{ResolvedFinding, Resolver};

use crate::settings::{Capture, Policy, Settings};
use crate::statistics::Statistics;
use crate::wire::{
    Audience, Finding, Handle, OpenFinding, PairKey, Recorder, Registry, Socket, Tally,
};
use crate::witness::{Runner, Stack};
use faults::Faults;
use inbox::Inbox;
use redhanded_report::suppressions::Suppressions;
use redhanded_report::{Kind, Process, Report};
use scope::WireScopes;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::Store;
use tallies::Tallies;

/// The store of reports, and what fills it.
///
/// Locks are taken in this order: the store, the contest of a wire, the scopes of wires, the tallies. Writers never lock
/// the store.
#[derive(Debug)]
pub(crate) struct Collector {
    settings: Settings,
    suppressions: Arc<Suppressions>,
    tallies: Mutex<Tallies>,
    inbox: Inbox,
    store: Mutex<Store>,
    overlapping_calls: AtomicU64,
    /// Which scopes see the findings of which wires.
    wire_scopes: WireScopes,
    faults: Faults,
}

impl Collector {
    pub(crate) fn new(
        settings: Settings,
        suppressions: Arc<Suppressions>,
        process: Process,
    ) -> Self {
        Collector {
            settings,
            suppressions,
            tallies: Mutex::new(Tallies::new()),
            inbox: Inbox::new(),
            store: Mutex::new(Store::new(process)),
            overlapping_calls: AtomicU64::new(0),
            wire_scopes: WireScopes::default(),
            faults: Faults::default(),
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn suppressions(&self) -> &Arc<Suppressions> {
        &self.suppressions
    }

    pub(crate) fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// A handle was made: its wire belongs to the scope of the caller, unless it belongs to another already.
    pub(crate) fn on_handle(&self, handle: &Handle, registry: &Registry) {
        self.wire_scopes.note_handle(handle, registry);
    }

    /// The connections that are not watched any more because a hook has failed.
    pub(crate) fn faults(&self) -> &Faults {
        &self.faults
    }

    /// How many findings each suppression has hidden.
    pub(crate) fn suppressed(&self) -> Vec<u64> {
        self.store().suppressed(self.suppressions.count())
    }

    /// How many findings belong to no report.
    #[cfg(feature = "dashboard")]
    pub(crate) fn dropped(&self) -> u64 {
        self.tallies().dropped()
    }

    pub(crate) fn statistics(&self) -> Statistics {
        // Before the tallies are locked: the store locks contests, and a writer in a contest may wait for the tallies.
        let suppressed_findings = self.suppressed().iter().sum();
        let tallies = self.tallies();
        Statistics {
            findings: tallies.findings(),
            overlapping_calls: self.overlapping_calls.load(Ordering::Relaxed),
            dropped_findings: tallies.dropped(),
            suppressed_findings,
        }
    }

    /// What a scope sees now.
    pub(crate) fn seen(&self, scope: &Arc<Scope>) -> Seen {
        let view = self.tallies().view(scope);
        self.store().seen(&view)
    }

    /// The reports of the findings that a scope sees now and did not see when it began.
    pub(crate) fn reports_in(&self, scope: &Arc<Scope>, before: &Seen) -> Vec<Report> {
        let view = self.tallies().view(scope);
        self.store().reports_in(&view, before)
    }

    /// A scope has ended.
    pub(crate) fn on_end_of_scope(&self, scope: &Arc<Scope>) {
        self.tallies().end(scope);
        self.store().forget(scope.id());
    }

    /// The tally of a finding whose fingerprint is known.
    pub(crate) fn tally_at(
        &self,
        fingerprint: &str,
        kind: Kind,
        scope: Option<&Arc<Scope>>,
    ) -> Arc<ReportTally> {
        self.tallies().of_in(fingerprint.to_owned(), kind, scope)
    }

    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tallies(&self) -> MutexGuard<'_, Tallies> {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder for Collector {
    fn policy(&self) -> Policy {
        self.settings.policy
    }

    fn capture(&self) -> Capture {
        self.settings.capture
    }

    fn proves(&self) -> bool {
        self.settings.proof
    }

    fn stall(&self) -> Option<Duration> {
        self.settings.stall
    }

    #[inline(never)]
    fn capture_stack(&self) -> Stack {
        Stack::capture()
    }

    fn audience_of(&self, wire: u64, writer: Runner) -> Audience {
        self.wire_scopes.of_writer(wire, writer)
    }

    fn audience_of_pair(&self, wire: u64, writers: [&Audience; 2]) -> Audience {
        self.wire_scopes.of_pair(wire, writers)
    }

    fn audience_at_lock(&self, waiter: Runner, holder: Runner) -> Audience {
        scope::at_lock(waiter, holder)
    }

    fn tally(&self, key: &PairKey, audience: &Audience) -> Arc<dyn Tally> {
        let scope = scope::of_audience(audience);
        let mut tallies = self.tallies();
        if key.is_placed() {
            let fingerprint = telling::fingerprint_of_key(key);
            tallies.of_in(fingerprint, key.kind, scope.as_ref())
        } else {
            tallies.unplaced_in(key, scope.as_ref())
        }
    }

    fn opened(&self, finding: OpenFinding) {
        self.inbox.put(Message::Opened(finding));
    }

    fn closed(&self, finding: Finding) {
        let tally = finding.tally.clone();
        if !self.inbox.put(Message::Closed(finding)) && tally.is_provisional() {
            // It will never be resolved.
            tally.add(1);
            tally.give_back();
        }
    }

    fn dismissed(&self, id: u64) {
        self.inbox.put(Message::Dismissed(id));
    }

    fn overlapped(&self, calls: u64) {
        self.overlapping_calls.fetch_add(calls, Ordering::Relaxed);
    }

    fn given_up(&self, socket: &Socket, why: &str) {
        self.faults.note(socket, why);
    }
}
