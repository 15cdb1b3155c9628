//! A recorder for tests: it keeps every finding in full.

use super::Account;
use super::finding::{Finding, OpenFinding, PairKey, Recorder};
use super::sync::current_thread;
use crate::scope::Scope;
use crate::settings::{Capture, Policy};
use crate::witness::{Site, Stack};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Debug, Default)]
pub(crate) struct Notebook {
    pub(super) opened: Mutex<Vec<u64>>,
    pub(crate) closed: Mutex<Vec<Finding>>,
    pub(super) dismissed: Mutex<Vec<u64>>,
}

impl Recorder for Notebook {
    fn policy(&self) -> Policy {
        Policy::Observe
    }

    fn capture(&self) -> Capture {
        Capture::Overlap
    }

    fn stall(&self) -> Option<Duration> {
        None
    }

    /// One frame, whose address is the thread's number: so a stack is known to be its writer's own.
    fn capture_stack(&self) -> Stack {
        Stack::of_addresses(&[current_thread() as usize])
    }

    fn account(&self, _key: &PairKey, _scope: Option<&Arc<Scope>>) -> Arc<Account> {
        Arc::new(Account::new(u32::MAX))
    }

    fn opened(&self, finding: OpenFinding) {
        self.opened.lock().unwrap().push(finding.finding.id);
    }

    fn closed(&self, finding: Finding) {
        self.closed.lock().unwrap().push(finding);
    }

    fn dismissed(&self, id: u64) {
        self.dismissed.lock().unwrap().push(id);
    }

    fn overlapped(&self, _calls: u64) {}
}

/// Where the caller stands.
#[track_caller]
pub(super) fn here() -> Site {
    Site::caller()
}
