//! A recorder for tests: it keeps what it is told, as many findings of a pair in full as it is made for, under any
//! policy.

use super::finding::{Audience, Finding, OpenFinding, PairKey, Recorder};
use super::sync::current_thread;
use super::tally::Tally;
use crate::settings::{Capture, Policy};
use crate::wire::identity::Socket;
use crate::witness::{Runner, Site, Stack};
use std::collections::HashMap;
// std's under loom, too: what the recorder does is no part of the protocol.
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Debug)]
pub(crate) struct TestRecorder {
    policy: Policy,
    pub(super) proves: bool,
    /// How many findings of a pair are kept in full.
    most: u32,
    /// None of them is: so many are kept already.
    is_full: bool,
    tallies: Mutex<HashMap<PairKey, Arc<TestTally>>>,
    pub(super) opened: Mutex<Vec<u64>>,
    pub(crate) closed: Mutex<Vec<Finding>>,
    pub(super) dismissed: Mutex<Vec<u64>>,
    overlapped: AtomicU64,
    /// Happens when the next stack is captured.
    pub(super) at_capture: Once,
}

/// Something that happens once, if at all.
#[derive(Default)]
pub(super) struct Once(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl Once {
    pub(super) fn set(&self, happens: impl FnOnce() + Send + 'static) {
        *self.0.lock().unwrap() = Some(Box::new(happens));
    }

    fn happen(&self) {
        let happens = self.0.lock().unwrap().take();
        if let Some(happens) = happens {
            happens();
        }
    }
}

impl std::fmt::Debug for Once {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Once").finish_non_exhaustive()
    }
}

impl Default for TestRecorder {
    fn default() -> Self {
        TestRecorder {
            policy: Policy::Observe,
            proves: true,
            most: u32::MAX,
            is_full: false,
            tallies: Mutex::default(),
            opened: Mutex::default(),
            closed: Mutex::default(),
            dismissed: Mutex::default(),
            overlapped: AtomicU64::new(0),
            at_capture: Once::default(),
        }
    }
}

impl TestRecorder {
    /// A recorder with this policy.
    pub(super) fn with_policy(policy: Policy) -> Self {
        TestRecorder {
            policy,
            ..TestRecorder::default()
        }
    }

    /// A recorder that keeps one finding of each pair in full.
    pub(super) fn keeping_one() -> Self {
        TestRecorder {
            most: 1,
            ..TestRecorder::default()
        }
    }

    /// A recorder that has kept one finding of each pair already, so that all others are only counted.
    pub(super) fn keeping_none() -> Self {
        TestRecorder {
            is_full: true,
            ..TestRecorder::keeping_one()
        }
    }

    /// How many findings were counted, of all pairs together.
    pub(super) fn count(&self) -> u64 {
        let tallies = self.tallies.lock().unwrap();
        tallies
            .values()
            .map(|tally| tally.count.load(Relaxed))
            .sum()
    }

    /// How many calls have ended that overlapped at least one other.
    pub(super) fn overlapped(&self) -> u64 {
        self.overlapped.load(Relaxed)
    }
}

impl Recorder for TestRecorder {
    fn policy(&self) -> Policy {
        self.policy
    }

    fn capture(&self) -> Capture {
        Capture::Overlap
    }

    fn proves(&self) -> bool {
        self.proves
    }

    fn stall(&self) -> Option<Duration> {
        None
    }

    /// One frame, whose address is the thread's number: so a stack is known to be its writer's own.
    fn capture_stack(&self) -> Stack {
        self.at_capture.happen();
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

    fn tally(&self, key: &PairKey, _audience: &Audience) -> Arc<dyn Tally> {
        let new = || {
            Arc::new(TestTally {
                most: self.most,
                kept: AtomicU32::new(u32::from(self.is_full)),
                count: AtomicU64::new(0),
            })
        };
        let mut tallies = self.tallies.lock().unwrap();
        tallies.entry(*key).or_insert_with(new).clone()
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

    fn overlapped(&self, calls: u64) {
        self.overlapped.fetch_add(calls, Relaxed);
    }

    fn given_up(&self, _socket: &Socket, _why: &str) {}
}

/// Keeps so many findings in full, and counts all.
#[derive(Debug)]
struct TestTally {
    most: u32,
    kept: AtomicU32,
    count: AtomicU64,
}

impl Tally for TestTally {
    fn reserve(&self) -> bool {
        let one_more = |kept| (kept < self.most).then_some(kept + 1);
        self.kept.fetch_update(Relaxed, Relaxed, one_more).is_ok()
    }

    fn give_back(&self) {
        self.kept.fetch_sub(1, Relaxed);
    }

    fn add(&self, findings: u64) {
        self.count.fetch_add(findings, Relaxed);
    }

    fn is_full(&self) -> bool {
        self.kept.load(Relaxed) >= self.most
    }

    fn is_empty(&self) -> bool {
        self.kept.load(Relaxed) == 0
    }

    fn is_unreported(&self) -> bool {
        self.is_empty()
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
