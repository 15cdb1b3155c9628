//! A handle: one object that writes to a wire, and the claims it takes.
//!
//! A claim is taken in exactly one place, [`Handle::claim`]. An operation that is sure to write takes it when it
//! begins; one that may come back without writing (`read`, `flush`, a buffered `write`) takes it at its first write,
//! and a `read` gives it back before it goes on reading. So a program whose operations overlap without writing keeps
//! the contract and is never accused.

use super::contest::{Joined, Return, Ticket, Tickets, Token, Told};
use super::finding::{Half, OpenFinding, Outcome};
use super::live;
use super::slot::{Phase, Slot};
use super::sync::{
    Ordering::{AcqRel, Acquire},
    lock,
};
use super::word::State;
use super::{Contest, Socket, Wire};
use crate::error::{ConcurrentWrite, Party};
use crate::settings::{Capture, Policy};
use crate::witness::{Operation, Site, Stamp};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering, Ordering::Relaxed};
use std::sync::{Arc, Weak};

static NEXT_HANDLE: AtomicU64 = AtomicU64::new(1);

/// Boxed, because every claim returns whether it was refused, and hardly any is.
pub(crate) type Refusal = Box<ConcurrentWrite>;

/// One object that writes to a wire. Clones stand for the same object.
#[derive(Debug, Clone)]
pub(crate) struct Handle(Arc<Registration>);

#[derive(Debug)]
struct Registration {
    wire: Arc<Wire>,
    /// The wire's socket as this handle's own stream has it.
    socket: Socket,
    slot: Arc<Slot>,
    index: usize,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.slot.queue().end_with(true);
        // A message may be continued by an object to come; that nobody else did meanwhile, only counters can tell.
        let is_inside = || {
            lock(&self.wire.contest)
                .unfinished
                .frame_of(&self.slot)
                .is_some()
        };
        let captures =
            self.wire.recorder.capture() != Capture::Site && self.wire.has_open_frame.load(Relaxed);
        let stack = (captures && is_inside()).then(|| self.wire.recorder.capture_stack());
        let leaves_open = {
            let mut contest = lock(&self.wire.contest);
            contest.dismiss(self.index, stack);
            live::has_gone(contest.handles());
            contest.unfinished.has_abandoned(&self.slot)
                || (contest.unfinished.has_open_message() && self.wire.scale.is_known())
        };
        if leaves_open && self.socket.is_named_for_ever() {
            self.wire.keeper.keep(&self.wire);
        }
    }
}

// A claim is given back by unwinding, and every lock behind it is left consistent: nothing here is worse for a panic.
// Said here, because the recorder behind the wire is a trait object and says nothing by itself.
impl UnwindSafe for Handle {}
impl RefUnwindSafe for Handle {}

impl Handle {
    /// Puts a new handle on a wire. `None` when a million are on it already: the handle then goes unwatched.
    pub(crate) fn new(wire: Arc<Wire>, socket: Socket) -> Option<Handle> {
        let slot = Arc::new(Slot::new(
            NEXT_HANDLE.fetch_add(1, Ordering::Relaxed),
            socket.is_encrypted(),
        ));
        let index = {
            let mut contest = lock(&wire.contest);
            let index = contest.admit(slot.clone())?;
            live::has_come(contest.handles());
            index
        };
        Some(Handle(Arc::new(Registration {
            wire,
            socket,
            slot,
            index,
        })))
    }

    pub(crate) fn wire(&self) -> &Arc<Wire> {
        &self.0.wire
    }

    pub(super) fn slot(&self) -> &Arc<Slot> {
        &self.0.slot
    }

    pub(super) fn socket(&self) -> &Socket {
        &self.0.socket
    }

    /// Whether this is the very socket that the handle was made for, by the same descriptor.
    pub(crate) fn is_on(&self, socket: &Socket) -> bool {
        self.0.socket == *socket && self.0.socket.has_descriptor_of(socket)
    }

    /// Whether this is the handle's wire, by whatever descriptor.
    pub(crate) fn is_on_wire_of(&self, socket: &Socket) -> bool {
        self.0.socket == *socket
    }

    /// To be called when bytes may go out past every watched object. Where nobody counts them, it is not known any more
    /// what is open on the wire.
    pub(crate) fn expect_unwatched_bytes(&self) {
        let wire = &self.0.wire;
        if !wire.scale.is_known() {
            let mut contest = lock(&wire.contest);
            contest.unfinished.forget();
            wire.note_unfinished(&contest);
            wire.has_seen_data.store(false, Ordering::Relaxed);
        }
    }

    /// To be called when whoever writes through this handle may be handing on bytes that others have framed, so that
    /// another handle may finish what this one has begun.
    pub(crate) fn may_share_frames(&self) {
        self.0.slot.set_may_share_frames();
    }

    /// Begins an operation that is sure to write. Under the policy `error`, a second writer gets the error here.
    ///
    /// # Panics
    /// Under the policy `panic`, if another writer has the wire.
    #[inline]
    #[track_caller]
    pub(crate) fn begin(
        &self,
        operation: Operation,
        site: Site,
    ) -> Result<InProgress<'_>, Refusal> {
        let in_progress = self.begin_lazily(operation, site);
        match self.claim() {
            Ok(()) => Ok(in_progress),
            Err(refusal) => Err(in_progress.refuse(refusal)),
        }
    }

    /// Begins an operation that may come back without writing.
    #[inline]
    pub(crate) fn begin_lazily(&self, operation: Operation, site: Site) -> InProgress<'_> {
        let slot = &self.0.slot;
        slot.describe(operation, site);
        slot.set_phase(Phase::Lazy);
        InProgress { handle: self }
    }

    /// Takes the claim of an operation that comes to its first write.
    #[inline]
    #[track_caller]
    pub(super) fn before_write(&self) -> Result<(), Refusal> {
        let slot = &self.0.slot;
        if slot.phase() == Phase::Lazy {
            self.claim()
                .map_err(|refusal| self.give_up(refusal, Phase::Lazy))?;
        }
        slot.mark_written();
        Ok(())
    }

    /// To be called when the stream refused the bytes it was offered.
    #[cold]
    pub(crate) fn write_failed(&self) {
        self.0.slot.mark_failed();
    }

    /// To be called before the stream is read: whoever reads has finished what it had to write.
    ///
    /// # Panics
    /// As [`InProgress::end`].
    #[inline]
    #[track_caller]
    pub(crate) fn before_read(&self) {
        if matches!(self.0.slot.phase(), Phase::Holding | Phase::Contesting) {
            let outcome = if self.0.slot.has_failed() {
                Outcome::Failed
            } else {
                Outcome::Returned
            };
            let accusation = self.give_back(outcome);
            self.0.slot.set_phase(Phase::Lazy);
            if let Some(accusation) = accusation {
                self.enforce(accusation);
            }
        }
    }

    /// Whether the operation under way met another writer.
    #[cfg(all(test, redhanded_loom))]
    pub(super) fn is_contesting(&self) -> bool {
        self.0.slot.phase() == Phase::Contesting
    }

    /// The one place in which a claim is taken.
    #[inline]
    fn claim(&self) -> Result<(), Refusal> {
        let Registration {
            wire, slot, index, ..
        } = &*self.0;
        slot.sign();
        if wire.captures_eagerly {
            slot.keep_eager_stack(wire.recorder.capture_stack());
        }
        match wire.word.try_claim_now(*index) {
            Ok(()) => {
                slot.set_phase(Phase::Holding);
                Ok(())
            }
            Err(seen) => self.claim_held(seen),
        }
    }

    /// The wire was held a moment ago: contests the claim, or finds the wire free after all.
    #[cold]
    fn claim_held(&self, mut seen: State) -> Result<(), Refusal> {
        let Registration {
            wire, slot, index, ..
        } = &*self.0;
        // Before the exchange that contests a claim, whose release makes it seen by that claim's holder.
        let mine = wire.tickets.fetch_add(1, AcqRel);
        loop {
            if !seen.is_held() {
                match wire.word.try_claim(seen, *index) {
                    Ok(()) => {
                        slot.set_phase(Phase::Holding);
                        lock(&wire.contest).land(wire.tickets.load(Acquire));
                        return Ok(());
                    }
                    Err(now) => seen = now,
                }
            } else if !seen.is_contested() {
                match wire.word.try_contest(seen) {
                    Ok(()) => {
                        let joined = self.join(&mut lock(&wire.contest), seen, mine);
                        return self.compete(joined);
                    }
                    Err(now) => seen = now,
                }
            } else {
                let mut contest = lock(&wire.contest);
                // A contested period only ends under this lock.
                seen = wire.word.load();
                if seen.is_contested() {
                    let joined = self.join(&mut contest, seen, mine);
                    drop(contest);
                    return self.compete(joined);
                }
            }
        }
    }

    fn join(&self, contest: &mut Contest, state: State, mine: Ticket) -> Joined {
        let Registration { wire, slot, .. } = &*self.0;
        let tickets = Tickets {
            mine,
            drawn: wire.tickets.load(Acquire),
        };
        let joined = contest.join(state, slot, tickets, &*wire.recorder);
        match joined.token {
            Some(token) => {
                slot.set_token(token);
                slot.set_phase(Phase::Contesting);
            }
            None => slot.set_phase(Phase::Nested),
        }
        joined
    }

    /// What a writer does that found others on the wire: captures its stack, and lets the policy speak.
    fn compete(&self, joined: Joined) -> Result<(), Refusal> {
        let Registration { wire, slot, .. } = &*self.0;
        let Some(token) = joined.token else {
            return Ok(());
        };
        if joined.kept {
            let stack = joined.wants_stack.then(|| wire.recorder.capture_stack());
            let told = lock(&wire.contest).opened_by(token, stack, (wire.id, &wire.socket));
            self.tell(told);
        }
        match joined.opponent {
            Some(opponent) if wire.recorder.policy() != Policy::Observe => {
                // It was about to write, and would have.
                slot.mark_written();
                Err(self.accusation(&opponent))
            }
            _ => Ok(()),
        }
    }

    /// The name of this writer in the contest, which it enters if it is not there yet. `None` without a claim of its
    /// own.
    pub(super) fn enter_contest(&self) -> Option<Token> {
        let Registration { wire, slot, .. } = &*self.0;
        match slot.phase() {
            Phase::Contesting => Some(slot.token()),
            Phase::Holding => {
                let seen = wire.word.load();
                if !seen.is_contested() {
                    // Fails only if another writer was faster, which serves as well.
                    let _ = wire.word.try_contest(seen);
                }
                let token = lock(&wire.contest).holder(wire.word.load())?;
                slot.set_token(token);
                slot.set_phase(Phase::Contesting);
                Some(token)
            }
            Phase::Idle | Phase::Lazy | Phase::Nested => None,
        }
    }

    /// Gives the claim back, if there is one. Under the policy `panic`, gives what this writer is to panic with.
    #[inline]
    fn give_back(&self, outcome: Outcome) -> Option<Refusal> {
        let Registration { wire, slot, .. } = &*self.0;
        if slot.is_unfinished() {
            self.leave_unfinished(outcome);
        }
        match slot.phase() {
            Phase::Holding => match wire.word.try_release() {
                Ok(()) => None,
                Err(contested) => self.leave(None, Some(contested), outcome),
            },
            Phase::Contesting => self.leave(Some(slot.token()), None, outcome),
            Phase::Idle | Phase::Lazy | Phase::Nested => None,
        }
    }

    #[cold]
    fn leave(
        &self,
        token: Option<Token>,
        holder_of: Option<State>,
        outcome: Outcome,
    ) -> Option<Refusal> {
        let Registration { wire, .. } = &*self.0;
        let (told, opponent) = {
            let mut contest = lock(&wire.contest);
            let token = token.or_else(|| contest.holder(holder_of?))?;
            let mut stack = None;
            if contest.wants_stack(token, wire.tickets.load(Acquire), &*wire.recorder) {
                // Others come and go while this one looks at its own stack.
                drop(contest);
                stack = Some(wire.recorder.capture_stack());
                contest = lock(&wire.contest);
            }
            let opponent = contest.opponent_of(token);
            // Read once: a ticket that this writer has not seen is no reason to keep the wire.
            let drawn = wire.tickets.load(Acquire);
            let how = Return {
                drawn,
                ended: Stamp::now(),
                outcome,
                stack,
            };
            let told = contest.leave(token, how, (wire.id, &wire.socket));
            if contest.is_quiet(drawn) {
                wire.word.free();
            }
            (told, opponent)
        };
        self.tell(told);
        let must_panic = wire.recorder.policy() == Policy::Panic && outcome != Outcome::Refused;
        opponent
            .filter(|_| must_panic)
            .map(|opponent| self.accusation(&opponent))
    }

    pub(super) fn tell(&self, told: Vec<Told>) {
        let wire = &self.0.wire;
        for one in told {
            match one {
                Told::Opened(finding) => {
                    let on: Weak<Wire> = Arc::downgrade(wire);
                    wire.recorder.opened(OpenFinding { finding, on });
                }
                Told::Closed(finding) => wire.recorder.closed(finding),
                Told::Dismissed(id) => wire.recorder.dismissed(id),
                Told::Overlapped(calls) => wire.recorder.overlapped(calls),
            }
        }
    }

    pub(super) fn accusation(&self, opponent: &Half) -> Refusal {
        let this = Party::new(self.0.slot.operation(), self.0.slot.site().call_site());
        Box::new(ConcurrentWrite {
            this,
            other: Party::new(opponent.operation, opponent.site.call_site()),
        })
    }

    /// Leaves without having written.
    #[cold]
    #[track_caller]
    pub(super) fn give_up(&self, refusal: Refusal, next: Phase) -> Refusal {
        let _ = self.give_back(Outcome::Refused);
        self.0.slot.set_phase(next);
        self.enforce(refusal)
    }

    /// Turns a refusal into a panic where the policy says so.
    #[track_caller]
    fn enforce(&self, refusal: Refusal) -> Refusal {
        if self.0.wire.recorder.policy() == Policy::Panic && !std::thread::panicking() {
            panic!("{refusal}");
        }
        refusal
    }
}

/// An operation under way. Ends with [`end`](Self::end), or by unwinding.
#[derive(Debug)]
#[must_use = "the operation ends when this is dropped"]
pub(crate) struct InProgress<'h> {
    handle: &'h Handle,
}

impl InProgress<'_> {
    /// The operation came back.
    ///
    /// # Panics
    /// Under the policy `panic`, if another writer came while this one had the wire.
    #[inline]
    #[track_caller]
    pub(crate) fn end(self, outcome: Outcome) {
        let handle = self.handle;
        let accusation = handle.give_back(outcome);
        handle.0.slot.set_phase(Phase::Idle);
        // What the drop would do is done.
        std::mem::forget(self);
        if let Some(accusation) = accusation {
            handle.enforce(accusation);
        }
    }

    /// The operation must not be carried out.
    #[track_caller]
    fn refuse(self, refusal: Refusal) -> Refusal {
        self.handle.give_up(refusal, Phase::Idle)
    }
}

impl Drop for InProgress<'_> {
    fn drop(&mut self) {
        // Idle after `end`; otherwise the stack is unwinding through the operation, perhaps out of a call to the stream.
        if self.handle.slot().ledger().end_call_if_inside() {
            self.handle.expect_unwatched_bytes();
        }
        let _ = self.handle.give_back(Outcome::Panicked);
        self.handle.0.slot.set_phase(Phase::Idle);
    }
}
