//! The activity of a handle: what its user does, readable by a writer that contests its claim.
//!
//! Only the handle's current user writes to it, and only while it holds no claim; the claim's compare-exchange
//! publishes it. After that it stays as it is until the claim is given back, which a contested claim can only be under
//! the contest's lock. So a reader that contested the claim reads a description that is whole and does not change. A claim that is
//! taken alone is published by its phase.

mod description;
mod glance;

use crate::wire::half::{Caller, Half, MadeCell, Side};
use crate::wire::sync::{
    AtomicBool, AtomicU8, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::witness::{Operation, Runner, Site, Stack, Stamp};
use crossbeam_utils::atomic::AtomicCell;
pub(crate) use description::Described;
use description::Description;
pub(crate) use glance::Glance;
// std's under loom, too: they are published with the description that they point to, and the models need not try more orders.
use std::sync::atomic;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Where an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Phase {
    /// No operation is under way.
    Idle,
    /// An operation is under way that has not written, and may never. It is noted, and not described yet.
    Noted,
    /// The same, described.
    Lazy,
    /// It has the wire, and no other handle is told: there is none.
    Sole,
    /// It has the wire.
    Holding,
    /// It found the wire held and is in the contest.
    Contesting,
    /// It runs inside another claim of the same thread.
    Nested,
}

/// The latest operation has the second description.
const SECOND: u8 = 1;
/// The latest operation has sent data.
const SENT_DATA: u8 = 1 << 1;

#[derive(Debug)]
pub(crate) struct Activity {
    handle: u64,
    made: MadeCell,
    /// Nothing but signs says that the handle writes frames.
    is_guess: atomic::AtomicBool,
    phase: AtomicU8,
    wrote: AtomicBool,
    /// A call to the stream in this operation failed.
    failed: AtomicBool,
    /// The operation under way and its call site, while it is only noted. Of the handle's own user.
    noted: (atomic::AtomicU64, AtomicCell<Site>),
    is_polled: atomic::AtomicBool,
    /// The next write is to be a part of its frame, and the rest so many nanoseconds later. Zero if it is not.
    split: atomic::AtomicU64,
    /// Which of the two is that of the latest operation, and whether that has sent data, as the bits below say. The other one is that of
    /// the operation before it that has sent data.
    latest: atomic::AtomicU8,
    descriptions: [Description; 2],
    /// When the latest claim was taken, or the handle was made. Those of a handle are all different, and in their order.
    latest_stamp: atomic::AtomicU64,
    /// The name of this claim in the contest, while contesting.
    token: AtomicU64,
    /// Only with `REDHANDED_CAPTURE=always`, and so in a box: few slots have one.
    eager_stack: Mutex<Option<Box<Stack>>>,
}

impl Activity {
    pub(crate) fn new(handle: u64, made: MadeCell) -> Self {
        Activity {
            handle,
            made,
            is_guess: atomic::AtomicBool::new(false),
            phase: AtomicU8::new(Phase::Idle as u8),
            wrote: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            noted: (
                atomic::AtomicU64::new(0),
                AtomicCell::new(Site::IN_BACKTRACE),
            ),
            is_polled: atomic::AtomicBool::new(false),
            split: atomic::AtomicU64::new(0),
            latest: atomic::AtomicU8::new(0),
            descriptions: [Description::new(), Description::new()],
            latest_stamp: atomic::AtomicU64::new(Stamp::now().to_bits()),
            token: AtomicU64::new(0),
            eager_stack: Mutex::new(None),
        }
    }

    /// Nothing but signs says that the handle writes frames.
    pub(crate) fn note_guess(&self) {
        // Only the handle's own user sets and reads it.
        self.is_guess.store(true, Relaxed);
    }

    pub(crate) fn is_guess(&self) -> bool {
        self.is_guess.load(Relaxed)
    }

    /// An operation begins that may come back without writing: what it would be described with.
    #[inline(always)]
    pub(crate) fn note_lazily(&self, operation: Operation, site: Site) {
        let (noted_operation, noted_site) = &self.noted;
        noted_operation.store(operation.to_bits(), Relaxed);
        noted_site.store(site);
        self.set_phase(Phase::Noted);
    }

    /// The operation that was noted comes to its first write.
    #[inline(always)]
    pub(crate) fn describe_noted(&self) -> Described<'_> {
        let (operation, site) = self.noted();
        self.note_operation(operation, site)
    }

    /// What was noted.
    #[inline(always)]
    pub(crate) fn noted(&self) -> (Operation, Site) {
        let (operation, site) = &self.noted;
        (Operation::from_bits(operation.load(Relaxed)), site.load())
    }

    /// An operation begins: what is to be done, and where it was asked for.
    #[inline(always)]
    pub(crate) fn note_operation(&self, operation: Operation, site: Site) -> Described<'_> {
        let described = self.note_operation_alone(operation, site);
        described.forget_hold();
        described
    }

    /// The same of a handle that is alone on its wire, and so was never held.
    #[inline(always)]
    pub(super) fn note_operation_alone(&self, operation: Operation, site: Site) -> Described<'_> {
        let mut latest = self.latest.load(Relaxed);
        if latest & SENT_DATA != 0 {
            latest = (latest ^ SECOND) & SECOND;
            self.latest.store(latest, Relaxed);
        }
        self.wrote.store(false, Relaxed);
        self.failed.store(false, Relaxed);
        let latest = self.description(latest);
        latest.operation.store(operation.to_bits(), Relaxed);
        latest.site.store(site);
        latest.described(site)
    }

    /// The operation under way, which is described already.
    pub(crate) fn described(&self) -> Described<'_> {
        let latest = self.latest();
        latest.described(latest.site.load())
    }

    /// The calling thread is about to claim the wire.
    #[inline(never)]
    pub(crate) fn note_writer(&self) {
        self.note_writer_at(self.described(), Stamp::now());
    }

    /// The same where no other handle is on the wire, and where to read a clock would take longer than all the rest.
    #[inline(always)]
    pub(crate) fn note_writer_roughly(&self, described: Described<'_>) {
        let latest = Stamp::from_bits(self.latest_stamp.load(Relaxed));
        self.note_writer_at(described, Stamp::roughly_after(latest));
    }

    #[inline(always)]
    fn note_writer_at(&self, described: Described<'_>, began: Stamp) {
        described.note_writer(began);
        self.latest_stamp.store(began.to_bits(), Relaxed);
    }

    /// The operation has sent a data frame, or a part of one.
    #[inline(always)]
    pub(crate) fn note_data(&self) {
        let latest = self.latest.load(Relaxed);
        self.latest.store(latest | SENT_DATA, Relaxed);
    }

    #[inline(always)]
    fn description(&self, index: u8) -> &Description {
        let [first, second] = &self.descriptions;
        if index & SECOND == 0 { first } else { second }
    }

    #[inline(always)]
    fn latest(&self) -> &Description {
        self.description(self.latest.load(Relaxed))
    }

    /// The latest operation that has sent data, if any has. `None` as well if the handle changes hands meanwhile.
    pub(crate) fn latest_data(&self) -> Option<Half> {
        let latest = self.latest.load(Relaxed);
        let has_sent_data = latest & SENT_DATA != 0;
        let index = if has_sent_data {
            latest
        } else {
            latest ^ SECOND
        };
        let half = self.description(index).half(self.handle, self.made.load());
        (half.began.to_bits() != 0 && self.latest.load(Relaxed) == latest).then_some(half)
    }

    /// How long the operation was held at a claim.
    pub(crate) fn held(&self) -> Duration {
        self.latest().held()
    }

    /// The operation was held so long.
    #[cold]
    pub(crate) fn note_held(&self, held: Duration) {
        self.latest().held.store(nanos(held), Relaxed);
    }

    #[cold]
    pub(crate) fn set_split(&self, pause: Duration) {
        self.split.store(nanos(pause), Relaxed);
    }

    /// Whether only a part of the next write is to go out at once.
    #[inline(always)]
    pub(crate) fn has_split(&self) -> bool {
        self.split.load(Relaxed) != 0
    }

    /// How much later the rest of the next write is to be handed on, if only a part of it goes out now. Said once.
    #[inline(always)]
    pub(crate) fn take_split(&self) -> Option<Duration> {
        let nanos = self.split.load(Relaxed);
        if nanos == 0 {
            return None;
        }
        self.split.store(0, Relaxed);
        Some(Duration::from_nanos(nanos))
    }

    /// The handle's calls are polls: their thread may have other tasks.
    pub(crate) fn is_polled(&self) -> bool {
        self.is_polled.load(Relaxed)
    }

    #[inline(always)]
    pub(crate) fn note_polled(&self) {
        if !self.is_polled() {
            self.is_polled.store(true, Relaxed);
        }
    }

    /// Who calls, as far as two writers are told apart.
    pub(crate) fn caller(&self) -> Caller {
        Caller {
            handle: self.handle,
            side: Side {
                act: self.operation().act(),
                site: self.site(),
            },
        }
    }

    pub(crate) fn keep_eager_stack(&self, stack: Stack) {
        *self
            .eager_stack
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Box::new(stack));
    }

    /// Who uses the handle, as it was when the claim was taken.
    pub(crate) fn runner(&self) -> Runner {
        let latest = self.latest();
        Runner {
            thread: latest.thread.load(Relaxed),
            task: latest.task.load(),
        }
    }

    /// The description as one half of a finding, to be completed when the writer comes back.
    pub(crate) fn half(&self) -> Half {
        let eager = self.eager_stack.lock();
        Half {
            stack: eager
                .unwrap_or_else(PoisonError::into_inner)
                .as_deref()
                .cloned(),
            ..self.latest().half(self.handle, self.made.load())
        }
    }

    #[inline(always)]
    pub(crate) fn phase(&self) -> Phase {
        // No table: it is asked some times at each call.
        match self.phase.load(Relaxed) {
            bits if bits == Phase::Noted as u8 => Phase::Noted,
            bits if bits == Phase::Lazy as u8 => Phase::Lazy,
            bits if bits == Phase::Sole as u8 => Phase::Sole,
            bits if bits == Phase::Holding as u8 => Phase::Holding,
            bits if bits == Phase::Contesting as u8 => Phase::Contesting,
            bits if bits == Phase::Nested as u8 => Phase::Nested,
            _ => Phase::Idle,
        }
    }

    /// Whether the operation under way has come to no write yet, asked by its user.
    #[inline(always)]
    pub(crate) fn is_noted(&self) -> bool {
        self.phase.load(Relaxed) == Phase::Noted as u8
    }

    /// Whether its user has the wire without the word, asked by its user.
    #[inline(always)]
    pub(crate) fn is_sole(&self) -> bool {
        self.phase.load(Relaxed) == Phase::Sole as u8
    }

    /// Release pairs with the acquire in [`is_sole_holder`](Self::is_sole_holder).
    #[inline(always)]
    pub(crate) fn set_phase(&self, phase: Phase) {
        self.phase.store(phase as u8, Release);
    }

    /// Whether its user has the wire without the word. One who comes beside it asks, and sees the description with it.
    pub(crate) fn is_sole_holder(&self) -> bool {
        self.phase.load(Acquire) == Phase::Sole as u8
    }

    #[inline(always)]
    pub(crate) fn note_written(&self) {
        self.wrote.store(true, Relaxed);
    }

    /// What the operation wrote did not come to the socket.
    #[cold]
    pub(crate) fn note_not_written(&self) {
        self.wrote.store(false, Relaxed);
    }

    #[cold]
    pub(crate) fn note_failed(&self) {
        self.failed.store(true, Relaxed);
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failed.load(Relaxed)
    }

    pub(crate) fn has_written(&self) -> bool {
        self.wrote.load(Relaxed)
    }

    pub(crate) fn token(&self) -> u64 {
        self.token.load(Relaxed)
    }

    pub(crate) fn set_token(&self, token: u64) {
        self.token.store(token, Relaxed);
    }

    pub(crate) fn operation(&self) -> Operation {
        Operation::from_bits(self.latest().operation.load(Relaxed))
    }

    pub(crate) fn site(&self) -> Site {
        self.latest().site.load()
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
