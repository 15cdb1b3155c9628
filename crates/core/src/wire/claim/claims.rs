//! The claims of one wire: the owner word, the tickets of those that found it taken, and the contest.

use super::contest::{Contest, Notice, Ticket};
use super::provoker::{Contestable, NearMiss, Provoker, WireProvoker};
use super::solitude::Solitude;
use super::word::{OwnerWord, State};
use crate::settings::{Capture, Policy};
use crate::wire::finding::{Finding, OpenFinding, Recorder, Unsettled};
use crate::wire::identity::Socket;
use crate::wire::sync::{
    AtomicU64, Mutex, MutexGuard,
    Ordering::{AcqRel, Acquire, Release},
    lock,
};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock, Weak};

#[derive(Debug)]
pub(crate) struct Claims {
    wire: u64,
    pub(super) word: OwnerWord,
    /// Whether one handle has the wire for itself.
    pub(super) solitude: Solitude,
    contest: Mutex<Contest>,
    /// How many writers have found the wire held.
    tickets: AtomicU64,
    /// How many handles are on the wire, for those that look from aside.
    handles: AtomicUsize,
    pub(super) recorder: Arc<dyn Recorder>,
    /// Whether every claim captures its stack at once. Asked at every claim, and fixed for the life of the process.
    pub(super) captures_eagerly: bool,
    policy: Policy,
    /// `None` where no writer is ever held.
    provoker: Option<Arc<dyn Provoker>>,
    /// There were so many handles at once that the provoker is asked.
    is_provoked: AtomicBool,
    /// There were several handles at once.
    had_others: AtomicBool,
    // Made late: most wires have one handle.
    provoked: OnceLock<Box<dyn WireProvoker>>,
    /// Some handle has seen a handshake, or is a library's: these are frames, whatever the others know.
    // Relaxed, and std's under loom: it is set when a handle is made, and one that sees it later refuses less.
    is_confirmed: AtomicBool,
    /// A hook has failed, and the wire is not watched any more.
    pub(super) given_up: AtomicBool,
}

impl Claims {
    pub(crate) fn new(
        wire: u64,
        socket: Socket,
        recorder: Arc<dyn Recorder>,
        provoker: Option<Arc<dyn Provoker>>,
    ) -> Self {
        let captures_eagerly = recorder.capture() == Capture::Always;
        let least_provoked = provoker
            .as_ref()
            .map_or(usize::MAX, |provoker| provoker.least_handles());
        Claims {
            wire,
            word: OwnerWord::new(),
            // Where each claim has more to do, it does not come to that without the word.
            solitude: Solitude::new(!captures_eagerly && least_provoked > 1),
            contest: Mutex::new(Contest::new(wire, socket)),
            tickets: AtomicU64::new(0),
            handles: AtomicUsize::new(0),
            captures_eagerly,
            policy: recorder.policy(),
            is_confirmed: AtomicBool::new(false),
            given_up: AtomicBool::new(false),
            recorder,
            is_provoked: AtomicBool::new(false),
            had_others: AtomicBool::new(false),
            provoker,
            provoked: OnceLock::new(),
        }
    }

    pub(crate) fn contest(&self) -> MutexGuard<'_, Contest> {
        lock(&self.contest)
    }

    pub(crate) fn policy(&self) -> Policy {
        self.policy
    }

    /// What is on the wire are frames for certain.
    pub(crate) fn confirm(&self) {
        self.is_confirmed.store(true, Relaxed);
    }

    pub(crate) fn is_confirmed(&self) -> bool {
        self.is_confirmed.load(Relaxed)
    }

    pub(crate) fn recorder(&self) -> &dyn Recorder {
        &*self.recorder
    }

    /// Whether the claim is contested. A hint, as that of the [`OwnerWord`].
    #[inline(always)]
    pub(crate) fn is_contested(&self) -> bool {
        self.word.is_contested()
    }

    /// A handle has come or gone.
    pub(crate) fn note_handles(&self, contest: &Contest) {
        self.handles.store(contest.handles(), Release);
        let provoker = self.provoker.as_ref();
        if provoker.is_some_and(|it| contest.handles() >= it.least_handles()) {
            self.is_provoked.store(true, Relaxed);
        }
        if contest.handles() > 1 {
            self.had_others.store(true, Relaxed);
        }
    }

    /// Whether there are handles on the wire, without a lock.
    pub(crate) fn has_handles(&self) -> bool {
        self.handles.load(Acquire) > 0
    }

    /// Whether the provoker is asked of a writer that has just taken its claim. One relaxed load: a handle that comes just now
    /// may be seen at the next claim. One that is gone may come again.
    #[inline(always)]
    pub(super) fn is_provoked(&self) -> bool {
        self.is_provoked.load(Relaxed)
    }

    /// Whether there are, or once were, several handles on the wire.
    pub(super) fn had_others(&self) -> bool {
        self.had_others.load(Relaxed)
    }

    /// How many handles are on the wire, about.
    pub(super) fn handles(&self) -> usize {
        self.handles.load(Relaxed)
    }

    /// What provokes the writers of this wire, if anything does.
    pub(crate) fn provoked(&self) -> Option<&dyn WireProvoker> {
        let provoker = self.provoker.as_ref()?;
        let of_wire = self.provoked.get_or_init(|| provoker.of_wire(self.wire));
        Some(&**of_wire)
    }

    /// Two writers are found.
    fn note_found(&self, finding: &Finding) {
        if let (Some(provoked), Some(second)) = (self.provoked.get(), &finding.second) {
            provoked.on_found(&finding.first.caller(), &second.caller());
        }
    }

    /// A handle goes from the wire. Never under a lock.
    pub(crate) fn note_gone(&self, handle: u64) {
        if let Some(provoked) = self.provoked.get() {
            provoked.on_gone(handle);
        }
    }

    /// Those that came close on this wire.
    // Only a page looks.
    #[cfg_attr(not(feature = "dashboard"), allow(dead_code))]
    pub(crate) fn near_misses(&self) -> Vec<NearMiss> {
        let provoked = self.provoked.get();
        provoked.map_or_else(Vec::new, |provoked| provoked.near_misses())
    }

    /// How the wire is now.
    #[cfg(all(test, redhanded_loom))]
    pub(crate) fn is_held(&self) -> bool {
        self.word.load().is_held()
    }

    /// Draws the ticket of a writer that found the wire held. To be drawn before the exchange that contests a claim,
    /// whose release makes it seen by that claim's holder.
    pub(super) fn draw_ticket(&self) -> Ticket {
        self.tickets.fetch_add(1, AcqRel)
    }

    /// How many tickets there are.
    pub(super) fn drawn(&self) -> Ticket {
        self.tickets.load(Acquire)
    }

    /// The state of the word, if it is contested. Under the lock of the contest that is certain: a contested period
    /// only ends there.
    pub(super) fn contested_state(
        &self,
        _contest: &MutexGuard<'_, Contest>,
    ) -> Result<State, State> {
        let seen = self.word.load();
        if seen.is_contested() {
            Ok(seen)
        } else {
            Err(seen)
        }
    }

    /// Tells the recorder what the contest has brought. Never under a lock.
    pub(crate) fn tell(self: &Arc<Self>, notices: Vec<Notice>) {
        for notice in notices {
            match notice {
                Notice::Opened(finding) => {
                    let on: Weak<Claims> = Arc::downgrade(self);
                    self.recorder.opened(OpenFinding { finding, on });
                }
                Notice::Closed(finding) => {
                    self.note_found(&finding);
                    self.recorder.closed(finding);
                }
                Notice::Dismissed(id) => self.recorder.dismissed(id),
                Notice::Overlapped(calls) => self.recorder.overlapped(calls),
            }
        }
    }
}

impl Contestable for Claims {
    fn is_contested(&self) -> bool {
        self.word.is_contested()
    }
}

impl Unsettled for Claims {
    /// A pair that is still open, if both of its writers have written.
    fn as_it_is_now(&self, pair: u64) -> Option<Finding> {
        self.contest().open_finding(pair)
    }

    fn is_open(&self, pair: u64) -> bool {
        self.contest().is_open(pair)
    }
}
