//! A recorder for tests: it keeps every finding in full.

use super::finding::{Audience, Finding, OpenFinding, PairKey, Recorder};
use super::sync::current_thread;
use super::tally::Tally;
use crate::settings::{Capture, Policy};
use crate::witness::{Runner, Site, Stack};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Debug, Default)]
pub(crate) struct TestRecorder {
    pub(super) opened: Mutex<Vec<u64>>,
    pub(crate) closed: Mutex<Vec<Finding>>,
    pub(super) dismissed: Mutex<Vec<u64>>,
}

impl Recorder for TestRecorder {
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

    fn audience_of(&self, _wire: u64, _writer: Runner) -> Audience {
        Audience::default()
    }

    fn audience_of_pair(&self, _wire: u64, _writers: [&Audience; 2]) -> Audience {
        Audience::default()
    }

    fn audience_at_lock(&self, _waiter: Runner, _holder: Runner) -> Audience {
        Audience::default()
    }

    fn tally(&self, _key: &PairKey, _audience: &Audience) -> Arc<dyn Tally> {
        Arc::new(Unlimited)
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

/// Keeps every finding in full.
#[derive(Debug)]
struct Unlimited;

impl Tally for Unlimited {
    fn reserve(&self) -> bool {
        true
    }

    fn give_back(&self) {}

    fn add(&self, _findings: u64) {}

    fn is_full(&self) -> bool {
        false
    }

    fn is_empty(&self) -> bool {
        true
    }

    fn is_untold(&self) -> bool {
        true
    }

    fn is_provisional(&self) -> bool {
        false
    }
}

/// Where the caller stands.
#[track_caller]
pub(super) fn here() -> Site {
    Site::caller()
}
