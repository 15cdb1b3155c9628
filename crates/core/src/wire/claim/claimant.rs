//! One handle's side of the claims of a wire.
//!
//! A claim is taken in exactly one place, [`Claimant::claim`].

use super::activity::{Activity, Described, Phase};
use super::claims::Claims;
use super::contest::{Contest, Joined, Return, Ticket, Tickets, Token};
use super::provoker::{Claimed, Provoked};
use super::word::State;
use crate::error::{ConcurrentWrite, Party};
use crate::fault::{self, Place};
use crate::settings::Policy;
use crate::wire::half::{Half, Outcome};
use crate::wire::sync::fence;
use crate::witness::{Operation, Site, Stamp};
use std::sync::Arc;

/// Boxed, because every claim returns whether it was refused, and hardly any is.
pub(crate) type Refusal = Box<ConcurrentWrite>;

#[derive(Debug)]
pub(crate) struct Claimant {
    claims: Arc<Claims>,
    activity: Arc<Activity>,
    index: usize,
}

impl Claimant {
    /// The side of a handle that has this index.
    pub(crate) fn new(claims: Arc<Claims>, activity: Arc<Activity>, index: usize) -> Claimant {
        Claimant {
            claims,
            activity,
            index,
        }
    }

    #[inline(always)]
    pub(super) fn claims(&self) -> &Claims {
        &self.claims
    }

    #[inline(always)]
    pub(crate) fn activity(&self) -> &Activity {
        &self.activity
    }

    /// The handle's index on its wire.
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// The policy for this writer. One of which only signs say that it writes frames is refused nothing.
    pub(crate) fn policy(&self) -> Policy {
        if self.activity.is_guess() && !self.claims.is_confirmed() {
            Policy::Observe
        } else {
            self.claims.policy()
        }
    }

    /// The one place in which a claim is taken. A brief one may do without a clock.
    #[inline(always)]
    pub(crate) fn claim(&self, described: Described<'_>, is_brief: bool) -> Result<(), Refusal> {
        if self.is_sole() && self.claims_alone(described, is_brief) {
            return Ok(());
        }
        self.claim_by_word()
    }

    /// Takes the claim of an operation that begins, if the handle has the wire for itself. Gives whether it has taken it. If not, the
    /// operation may be described already.
    #[inline(always)]
    pub(crate) fn begins_alone(&self, operation: Operation, site: Site, is_brief: bool) -> bool {
        self.is_sole() && {
            let described = self.activity.note_operation_alone(operation, site);
            self.claims_alone(described, is_brief)
        }
    }

    #[inline(always)]
    fn is_sole(&self) -> bool {
        self.claims.is_sole()
    }

    /// The same, on a wire that may have other handles.
    #[inline(never)]
    fn claim_by_word(&self) -> Result<(), Refusal> {
        let (claims, activity) = (&self.claims, &self.activity);
        activity.note_writer();
        if claims.captures_eagerly {
            activity.keep_eager_stack(claims.recorder.capture_stack());
        }
        match claims.word.try_claim_now(self.index) {
            Ok(()) => {
                activity.set_phase(Phase::Holding);
                if claims.is_provoked() {
                    self.provoke();
                }
                if claims.solitude.is_not_yet_sole() && fence::is_there() {
                    self.become_sole();
                }
                Ok(())
            }
            Err(seen) => self.claim_taken(seen),
        }
    }

    /// There are others who may come: the writer may be held until one does.
    #[cold]
    #[inline(never)]
    fn provoke(&self) {
        let (claims, activity) = (&self.claims, &self.activity);
        let provoked = claims.contain(|| {
            fault::point(Place::Provoke);
            let caller = Claimed {
                caller: activity.caller(),
                handles: claims.handles(),
                had_others: claims.had_others(),
                is_polled: activity.is_polled(),
                was_held: !activity.held().is_zero(),
                claim: &**claims,
            };
            claims.provoked().map(|provoked| provoked.on_claim(&caller))
        });
        match provoked.flatten() {
            None | Some(Provoked::No) => {}
            Some(Provoked::Held(held)) => activity.note_held(held),
            Some(Provoked::Split(pause)) => activity.set_split(pause),
        }
    }

    /// The wire was held a moment ago. It may be so for ever, because it is not watched any more.
    #[cold]
    fn claim_taken(&self, seen: State) -> Result<(), Refusal> {
        let claimed = self.claims.contain(|| self.claim_held(seen));
        claimed.unwrap_or_else(|| {
            self.activity.set_phase(Phase::Nested);
            Ok(())
        })
    }

    /// The wire was held a moment ago: contests the claim, or finds the wire free after all.
    fn claim_held(&self, mut seen: State) -> Result<(), Refusal> {
        fault::point(Place::Claim);
        let claims = &self.claims;
        let mine = claims.draw_ticket();
        loop {
            if !seen.is_held() {
                match claims.word.try_claim(seen, self.index) {
                    Ok(()) => {
                        self.activity.set_phase(Phase::Holding);
                        claims.contest().land(claims.drawn());
                        return Ok(());
                    }
                    Err(now) => seen = now,
                }
            } else if !seen.is_contested() {
                match claims.word.try_contest(seen) {
                    Ok(()) => {
                        let joined = self.join(&mut claims.contest(), seen, mine);
                        return self.compete(joined);
                    }
                    Err(now) => seen = now,
                }
            } else {
                let mut contest = claims.contest();
                match claims.contested_state(&contest) {
                    Ok(contested) => {
                        let joined = self.join(&mut contest, contested, mine);
                        drop(contest);
                        return self.compete(joined);
                    }
                    Err(now) => seen = now,
                }
            }
        }
    }

    /// Enters the contest. Gives as well because of which writer this one is refused, if it is.
    fn join(&self, contest: &mut Contest, state: State, mine: Ticket) -> (Joined, Option<Half>) {
        let tickets = Tickets {
            mine,
            drawn: self.claims.drawn(),
        };
        let joined = contest.join(state, &self.activity, tickets, self.claims.recorder());
        match joined.token {
            Some(token) => {
                self.activity.set_token(token);
                self.activity.set_phase(Phase::Contesting);
            }
            None => self.activity.set_phase(Phase::Nested),
        }
        let refuses = self.policy() != Policy::Observe;
        let opponent = joined.token.filter(|_| refuses);
        let opponent = opponent.and_then(|token| contest.refuse(token));
        (joined, opponent)
    }

    /// What a writer does that found others on the wire: captures its stack, and lets the policy speak.
    fn compete(&self, (joined, opponent): (Joined, Option<Half>)) -> Result<(), Refusal> {
        let claims = &self.claims;
        let Some(token) = joined.token else {
            return Ok(());
        };
        if joined.kept {
            let stack = joined.wants_stack.then(|| claims.recorder.capture_stack());
            let notices = claims.contest().opened_by(token, stack);
            claims.tell(notices);
        }
        opponent.map_or(Ok(()), |opponent| {
            // It was about to write, and would have.
            self.activity.note_written();
            Err(self.accusation(&opponent))
        })
    }

    /// Whether a finding can be told of this writer: it has a claim of its own.
    pub(crate) fn has_claim(&self) -> bool {
        matches!(
            self.activity.phase(),
            Phase::Sole | Phase::Holding | Phase::Contesting
        )
    }

    /// The name of this writer in the contest, which it enters if it is not there yet. `None` without a claim of its
    /// own.
    pub(crate) fn enter(&self, contest: &mut Contest) -> Option<Token> {
        match self.activity.phase() {
            Phase::Contesting => Some(self.activity.token()),
            Phase::Sole if self.enter_word(contest) => self.enter(contest),
            Phase::Holding => {
                let word = &self.claims.word;
                let seen = word.load();
                if !seen.is_contested() {
                    // Fails only if another writer was faster, which serves as well.
                    let _ = word.try_contest(seen);
                }
                let token = contest.holder(word.load(), self.claims.recorder())?;
                self.activity.set_token(token);
                self.activity.set_phase(Phase::Contesting);
                Some(token)
            }
            Phase::Idle | Phase::Noted | Phase::Lazy | Phase::Sole | Phase::Nested => None,
        }
    }

    /// Gives the claim back, if there is one. Under the policy `panic`, gives what this writer is to panic with.
    #[inline(always)]
    pub(crate) fn give_back(&self, outcome: Outcome) -> Option<Refusal> {
        if self.activity.is_sole() {
            return self.give_back_alone(outcome);
        }
        match self.activity.phase() {
            Phase::Idle | Phase::Noted | Phase::Lazy | Phase::Sole | Phase::Nested => None,
            Phase::Holding | Phase::Contesting => self.give_back_word(outcome),
        }
    }

    /// Gives a claim back that is in the word, or in the contest.
    #[inline(never)]
    pub(super) fn give_back_word(&self, outcome: Outcome) -> Option<Refusal> {
        if self.activity.phase() == Phase::Contesting {
            return self.leave_contained(Some(self.activity.token()), None, outcome);
        }
        match self.claims.word.try_release() {
            Ok(()) => None,
            Err(contested) => self.leave_contained(None, Some(contested), outcome),
        }
    }

    #[cold]
    fn leave_contained(
        &self,
        token: Option<Token>,
        holder_of: Option<State>,
        outcome: Outcome,
    ) -> Option<Refusal> {
        let left = self
            .claims
            .contain(|| self.leave(token, holder_of, outcome));
        left.flatten()
    }

    fn leave(
        &self,
        token: Option<Token>,
        holder_of: Option<State>,
        outcome: Outcome,
    ) -> Option<Refusal> {
        fault::point(Place::GiveBack);
        let claims = &self.claims;
        let recorder = claims.recorder();
        let (notices, opponent) = {
            let mut contest = claims.contest();
            let token = token.or_else(|| contest.holder(holder_of?, recorder))?;
            let mut stack = None;
            if contest.wants_stack(token, claims.drawn(), recorder) {
                // Others come and go while this one looks at its own stack.
                drop(contest);
                stack = Some(recorder.capture_stack());
                contest = claims.contest();
            }
            // One that wrote nothing broke nothing, though others may have been refused because of it.
            let wrote = self.activity.has_written();
            let opponent = contest.opponent_of(token).filter(|_| wrote);
            // Read once: a ticket that this writer has not seen is no reason to keep the wire.
            let drawn = claims.drawn();
            let how = Return {
                drawn,
                ended: Stamp::now(),
                outcome,
                stack,
            };
            let notices = contest.leave(token, how);
            if contest.end_if_quiet(drawn) && !claims.is_given_up() {
                claims.word.free();
            }
            (notices, opponent)
        };
        claims.tell(notices);
        let must_panic = self.policy() == Policy::Panic && outcome != Outcome::Refused;
        opponent
            .filter(|_| must_panic)
            .map(|opponent| self.accusation(&opponent))
    }

    pub(crate) fn accusation(&self, opponent: &Half) -> Refusal {
        let site = self.activity.site().call_site();
        Box::new(ConcurrentWrite {
            this: Party::new(self.activity.operation(), site),
            other: Party::new(opponent.operation, opponent.site.call_site()),
        })
    }
}
