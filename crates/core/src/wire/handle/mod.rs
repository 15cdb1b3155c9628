//! A handle: one object that writes to a wire, and its operations.
//!
//! An operation that is sure to write takes the claim when it begins; one that may come back without writing (`read`,
//! `flush`, a buffered `write`) takes it at its first write, and a `read` gives it back before it goes on reading. So a
//! program whose operations overlap without writing keeps the contract and is never accused. Until its first write, such an operation
//! leaves a note of what it is, and no description: most polls write nothing.

mod call;
mod child;
mod guess;
mod in_progress;
mod pieces;
mod wire;

pub(crate) use call::Call;
pub(crate) use in_progress::InProgress;
pub(crate) use wire::WireRef;
pub(super) use wire::{HandleRef, Shared, Wire};

use crate::fault::{self, Place};
use crate::forks;
use crate::settings::{Capture, Policy};
use crate::wire::bytes::{Cursor, Outgoing};
use crate::wire::claim::{Activity, Claimant, Phase, Refusal};
use crate::wire::half::{Made, MadeCell, Outcome};
use crate::wire::identity::Socket;
use crate::wire::sync::caught;
use crate::wire::watching;
use crate::witness::{Operation, Site};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Waker;
use std::time::{Duration, Instant};

static NEXT_HANDLE: AtomicU64 = AtomicU64::new(1);

/// One object that writes to a wire. Clones stand for the same object.
#[derive(Debug, Clone)]
pub(crate) struct Handle(Arc<Registration>);

#[derive(Debug)]
struct Registration {
    wire: Arc<Wire>,
    /// The wire's socket as this handle's own stream has it.
    socket: Socket,
    claimant: Claimant,
    outgoing: Arc<Outgoing>,
    /// In which process of a line of forks it was made.
    generation: u64,
}

impl Drop for Registration {
    fn drop(&mut self) {
        // The locks of the parent's wire may be held for ever in a forked child.
        if self.generation != forks::generation() {
            return;
        }
        // The application's object is dropped with it, perhaps while its thread unwinds.
        if let Err(why) = caught(|| self.leave_wire()) {
            self.wire.claims.give_up(&why);
        }
    }
}

impl Registration {
    fn leave_wire(&self) {
        fault::point(Place::Detach);
        let (wire, handle) = (&self.wire, self.outgoing.handle());
        self.outgoing.queue().end_with(true);
        wire.shared.queued.release(self.outgoing.queue().mark());
        // A message may be continued by an object to come; that none did meanwhile, only counters can tell.
        let is_inside = || wire.traffic.record().unfinished.frame_of(handle).is_some();
        let captures = wire.recorder().capture() != Capture::Site && wire.traffic.has_open_frame();
        let stack = (captures && is_inside()).then(|| wire.recorder().capture_stack());
        let mut notices = Vec::new();
        let leaves_open = {
            // Both at once: a handle that comes may get the index as soon as the contest is unlocked.
            let mut contest = wire.claims.contest();
            let mut record = wire.traffic.record();
            let given_up = call::given_up_with(&mut record, handle);
            for (name, kind) in given_up.into_iter().filter(|_| !wire.claims.is_given_up()) {
                notices.extend(contest.settle_left(name, kind, wire.recorder()));
            }
            contest.dismiss(self.claimant.index());
            record.dismiss(self.claimant.index(), stack);
            watching::note_gone(contest.handles());
            wire.claims.note_handles(&contest);
            record.unfinished.has_abandoned(handle)
                || (record.unfinished.has_open_message() && wire.traffic.scale.is_known())
        };
        wire.claims.tell(notices);
        wire.claims.note_gone(handle);
        if leaves_open && self.socket.is_named_for_ever() {
            wire.shared.keeper.keep(wire);
        }
    }
}

// A claim is given back by unwinding, and every lock behind it is left consistent: nothing here is worse for a panic.
// Said here, because the recorder behind the wire is a trait object and says nothing by itself.
impl UnwindSafe for Handle {}
impl RefUnwindSafe for Handle {}

impl Handle {
    /// Puts a new handle on a wire. `None` when a million are on it already, or the wire is not watched any more: the handle then
    /// goes unwatched.
    pub(crate) fn new(wire: Arc<Wire>, socket: Socket) -> Option<Handle> {
        let handle = wire.claims.contain(|| Handle::put_on(wire.clone(), socket));
        handle.flatten()
    }

    fn put_on(wire: Arc<Wire>, socket: Socket) -> Option<Handle> {
        fault::point(Place::Attach);
        let number = NEXT_HANDLE.fetch_add(1, Ordering::Relaxed);
        let mark = wire.shared.queued.mark();
        let made = MadeCell::default();
        let outgoing = Arc::new(Outgoing::new(
            number,
            made.clone(),
            socket.is_encrypted(),
            mark,
        ));
        let activity = Arc::new(Activity::new(number, made));
        let admitted = {
            let mut contest = wire.claims.contest();
            wire.claims.expect_another(&contest).map(|()| {
                contest.admit(activity.clone()).inspect(|index| {
                    wire.traffic.record().admit(*index, outgoing.clone());
                    watching::note_new(contest.handles());
                    wire.claims.note_handles(&contest);
                })
            })
        };
        if let Err(why) = &admitted {
            wire.claims
                .give_up(&format!("the system refuses membarrier: {why}"));
        }
        let Ok(Some(index)) = admitted else {
            wire.shared.queued.release(outgoing.queue().mark());
            return None;
        };
        let this = HandleRef {
            wire: Arc::downgrade(&wire),
            outgoing: Arc::downgrade(&outgoing),
        };
        wire.shared.queued.own(outgoing.queue().mark(), this);
        let claimant = Claimant::new(wire.claims.clone(), activity, index);
        Some(Handle(Arc::new(Registration {
            wire,
            socket,
            claimant,
            outgoing,
            generation: forks::generation(),
        })))
    }

    #[inline(always)]
    pub(crate) fn wire(&self) -> &Arc<Wire> {
        &self.0.wire
    }

    #[inline(always)]
    pub(in crate::wire) fn claimant(&self) -> &Claimant {
        &self.0.claimant
    }

    #[inline(always)]
    pub(in crate::wire) fn activity(&self) -> &Activity {
        self.0.claimant.activity()
    }

    #[inline(always)]
    pub(in crate::wire) fn outgoing(&self) -> &Arc<Outgoing> {
        &self.0.outgoing
    }

    pub(in crate::wire) fn socket(&self) -> &Socket {
        &self.0.socket
    }

    /// The handle's number, never given again.
    pub(in crate::wire) fn number(&self) -> u64 {
        self.0.outgoing.handle()
    }

    /// Whether this is the very socket that the handle was made for, by the same descriptor.
    pub(crate) fn is_on(&self, socket: &Socket) -> bool {
        self.0.socket == *socket && self.0.socket.has_descriptor_of(socket)
    }

    /// Whether neither this socket nor the handle's own is known.
    pub(crate) fn is_on_unknown(&self, socket: &Socket) -> bool {
        self.0.socket.key().is_none() && socket.key().is_none()
    }

    /// Whether this is the handle's wire, by whatever descriptor.
    pub(crate) fn is_on_wire_of(&self, socket: &Socket) -> bool {
        self.0.socket == *socket
    }

    /// The object of this handle is of this type, and was made there. Clones are the same object.
    pub(crate) fn note_made(&self, kind: &'static str, site: Site) {
        self.outgoing().made().store(Some(Made { kind, site }));
    }

    /// To be called when bytes may go out past every watched object. Where the system does not count them, it is not
    /// known any more what is open on the wire.
    pub(crate) fn expect_unwatched_bytes(&self) {
        self.0.wire.traffic.expect_unwatched_bytes();
    }

    /// To be called when this handle may be handing on bytes that others have framed, so that another handle may finish
    /// what this one has begun.
    pub(crate) fn may_share_frames(&self) {
        self.0.outgoing.set_may_share_frames();
    }

    /// To be called when this handle's calls are polls: a thread may use it for several futures in turn.
    pub(crate) fn note_polled(&self) {
        self.0.outgoing.set_polled();
    }

    /// A poll is about to write.
    #[inline(always)]
    pub(crate) fn writes_in_polls(&self) {
        self.activity().note_polled();
    }

    /// How much later the rest of a poll's bytes is to be handed on, if a part of them goes out now: asked for by name, and only
    /// where a frame begins.
    #[inline(always)]
    pub(crate) fn split(&self, cursor: &Cursor, offered: u64) -> Option<Duration> {
        let pause = self.activity().take_split()?;
        (cursor.is_between_frames() && offered >= Self::LEAST_SPLIT).then_some(pause)
    }

    /// Fewer bytes are no more than a header.
    const LEAST_SPLIT: u64 = 4;

    /// Wakes a task whose write goes on at that time.
    #[cfg_attr(not(any(feature = "futures-io", feature = "tokio")), allow(dead_code))] // Only polls go on later.
    #[cold]
    pub(crate) fn wake_at(&self, at: Instant, waker: &Waker) {
        match self.wire().claims.provoked() {
            Some(provoked) => provoked.wake_at(at, waker),
            None => waker.wake_by_ref(),
        }
    }

    /// Begins an operation that is sure to write. Under the policy `error`, a second writer gets the error here, and so
    /// does one that would tear what is open.
    ///
    /// # Panics
    /// Under the policy `panic`, if another writer has the wire.
    #[inline(always)]
    #[track_caller]
    pub(crate) fn begin(
        &self,
        operation: Operation,
        site: Site,
    ) -> Result<InProgress<'_>, Refusal> {
        // What stays open, and what comes behind it, is what reports are about.
        let wire = &**self.wire();
        let is_brief = operation.is_brief() && !wire.traffic.has_any_open();
        let is_asked = wire.refuses_tears || !is_brief;
        if !is_asked && self.claimant().begins_alone(operation, site, true) {
            return Ok(InProgress::of(self));
        }
        self.begin_slowly(operation, site)
    }

    /// The same where the claim may be refused, or needs a clock.
    #[inline(never)]
    #[track_caller]
    fn begin_slowly(&self, operation: Operation, site: Site) -> Result<InProgress<'_>, Refusal> {
        let (claimant, wire) = (self.claimant(), &**self.wire());
        let described = claimant.activity().note_operation(operation, site);
        let in_progress = InProgress::of(self);
        let is_brief = operation.is_brief() && !wire.traffic.has_any_open();
        let mut begun = claimant.claim(described, is_brief);
        if wire.refuses_tears {
            begun = begun.and_then(|()| self.refuse_to_begin(operation));
        }
        match begun {
            Ok(()) => Ok(in_progress),
            Err(refusal) => Err(in_progress.refuse(refusal)),
        }
    }

    /// Begins an operation that may come back without writing.
    #[inline(always)]
    pub(crate) fn begin_lazily(&self, operation: Operation, site: Site) -> InProgress<'_> {
        self.activity().note_lazily(operation, site);
        InProgress::of(self)
    }

    /// Describes an operation that comes to its first write, and takes its claim. `is_brief` says that the call offers one whole message of
    /// few bytes, where nothing is open. Gives whether the operation has not written before.
    #[inline(always)]
    #[track_caller]
    pub(in crate::wire) fn before_write(&self, is_brief: bool) -> Result<bool, Refusal> {
        let activity = self.activity();
        let described = match activity.phase() {
            Phase::Noted => Some(activity.describe_noted()),
            Phase::Lazy => Some(activity.described()),
            _ => None,
        };
        // One that is refused counts as one that has written.
        let is_first = !activity.has_written();
        if let Some(described) = described {
            self.claimant()
                .claim(described, is_brief)
                .map_err(|refusal| self.give_up(refusal, Phase::Lazy))?;
        }
        activity.note_written();
        Ok(is_first)
    }

    /// To be called when the stream refused the bytes it was offered.
    #[cold]
    pub(crate) fn write_failed(&self) {
        self.activity().note_failed();
    }

    /// To be called before the stream is read: an operation that reads has finished what it had to write.
    ///
    /// # Panics
    /// As [`InProgress::end`].
    #[cfg_attr(not(debug_assertions), inline)]
    #[track_caller]
    pub(crate) fn before_read(&self) {
        if self.claimant().has_claim() {
            let outcome = if self.activity().has_failed() {
                Outcome::Failed
            } else {
                Outcome::Returned
            };
            let accusation = self.give_back(outcome);
            self.activity().set_phase(Phase::Lazy);
            if let Some(accusation) = accusation {
                self.enforce(accusation);
            }
        }
    }

    /// Whether the operation under way met another writer.
    #[cfg(all(test, redhanded_loom))]
    pub(in crate::wire) fn is_contesting(&self) -> bool {
        self.activity().phase() == Phase::Contesting
    }

    /// Runs a hook that is off the quiet path, as [`Claims::contain`](crate::wire::claim::Claims::contain) does.
    #[cold]
    fn contain<R>(&self, hook: impl FnOnce() -> R) -> Option<R> {
        self.wire().claims.contain(hook)
    }

    /// Leaves without having written.
    #[cold]
    #[track_caller]
    pub(in crate::wire) fn give_up(&self, refusal: Refusal, next: Phase) -> Refusal {
        let _ = self.give_back(Outcome::Refused);
        self.activity().set_phase(next);
        self.enforce(refusal)
    }

    /// Turns a refusal into a panic where the policy says so.
    #[track_caller]
    fn enforce(&self, refusal: Refusal) -> Refusal {
        if self.claimant().policy() == Policy::Panic && !std::thread::panicking() {
            panic!("{refusal}");
        }
        refusal
    }
}
