//! The claims of a handle that has its wire for itself, and what becomes of them when a second one comes.
//!
//! Why they need no locked instruction is argued in [`solitude`](super::solitude).

use super::activity::{Described, Phase};
use super::claimant::{Claimant, Refusal};
use super::claims::Claims;
use super::contest::Contest;
use crate::wire::half::Outcome;
use crate::wire::sync::fence;
use std::io;

impl Claims {
    /// Whether the only handle of the wire claims it without the word.
    #[inline(always)]
    pub(super) fn is_sole(&self) -> bool {
        self.solitude.is_sole()
    }

    /// A handle is about to come to the wire. If it is the second one, it finds the claim of the first one in the word.
    ///
    /// # Errors
    /// If the system does not tell whether there is such a claim. The wire cannot be watched then.
    pub(in crate::wire) fn expect_another(&self, contest: &Contest) -> io::Result<()> {
        if contest.handles() == 0 || self.solitude.is_shared() {
            return Ok(());
        }
        let was_sole = self.solitude.is_sole();
        self.solitude.note_shared();
        if was_sole {
            fence::heavy()?;
            if let Some(holder) = contest.sole_holder() {
                let claimed = self.word.try_claim(self.word.load(), holder);
                debug_assert!(claimed.is_ok(), "the word was free");
            }
        }
        Ok(())
    }
}

impl Claimant {
    /// Takes a wire that this handle has for itself. Gives whether it has taken it.
    #[inline(always)]
    pub(super) fn claims_alone(&self, described: Described<'_>, is_brief: bool) -> bool {
        let (activity, claims) = (self.activity(), self.claims());
        if is_brief {
            activity.note_writer_roughly(described);
        } else {
            activity.note_writer();
        }
        activity.set_phase(Phase::Sole);
        fence::light();
        claims.is_sole() || self.was_seen_claiming()
    }

    /// A second handle came meanwhile. Gives whether it has seen this claim, which then is in the word.
    #[cold]
    fn was_seen_claiming(&self) -> bool {
        let _contest = self.claims().contest();
        let was_seen = self.is_in_word();
        let phase = if was_seen {
            Phase::Holding
        } else {
            Phase::Lazy
        };
        self.activity().set_phase(phase);
        was_seen
    }

    /// Gives a claim back that was taken alone.
    #[inline(always)]
    pub(super) fn give_back_alone(&self, outcome: Outcome) -> Option<Refusal> {
        if self.gives_back_alone() {
            None
        } else {
            self.give_back_joined(outcome)
        }
    }

    /// Gives a claim back that was taken alone. Gives whether that is all; if not, a second handle came meanwhile, and
    /// [`give_back_joined`](Self::give_back_joined) does the rest.
    #[inline(always)]
    pub(crate) fn gives_back_alone(&self) -> bool {
        self.activity().set_phase(Phase::Idle);
        fence::light();
        self.claims().is_sole()
    }

    /// A second handle came meanwhile.
    #[cold]
    pub(crate) fn give_back_joined(&self, outcome: Outcome) -> Option<Refusal> {
        let was_seen = {
            let _contest = self.claims().contest();
            self.is_in_word()
        };
        if was_seen {
            self.give_back_word(outcome)
        } else {
            None
        }
    }

    /// Has the word say that this handle has the wire, where only its activity says so. Gives whether it does: it does not on a wire
    /// that is given up.
    pub(super) fn enter_word(&self, _contest: &Contest) -> bool {
        let word = &self.claims().word;
        let seen = word.load();
        // No second handle comes while the contest is locked. One that has come has claimed the word for this one.
        let is_in_word = if seen.is_held() {
            seen.is_of(self.index())
        } else {
            word.try_claim(seen, self.index()).is_ok()
        };
        if is_in_word {
            self.activity().set_phase(Phase::Holding);
        }
        is_in_word
    }

    fn is_in_word(&self) -> bool {
        self.claims().word.load().is_of(self.index())
    }

    /// This handle is the only one and has its claim by the word, and there is a fence now: from here on it needs no word.
    #[cold]
    pub(super) fn become_sole(&self) {
        let claims = self.claims();
        let contest = claims.contest();
        let is_alone = contest.handles() == 1 && claims.solitude.is_not_yet_sole();
        if is_alone && claims.word.try_release().is_ok() {
            claims.solitude.note_sole();
            self.activity().set_phase(Phase::Sole);
        }
    }
}
