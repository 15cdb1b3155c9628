//! What is only counted: writers that left while others were on their way, and pairs of which nothing is kept in full.
//!
//! A storm makes millions of both. They cost additions here, and no entry waits for the other side.

// Each index was found in the same list a moment ago, under the lock of the contest, or is the loop's own.
#![cfg_attr(not(test), allow(clippy::indexing_slicing))]

use super::Contest;
use super::entry::{Missed, MissedRun, Ticket, Token};
use crate::wire::finding::{PairKey, Recorder};
use crate::wire::half::Side;
use redhanded_report::Kind;
use std::sync::Arc;

/// How many writers that left while tickets were out are remembered one by one, and how many classes of them.
const MAX_MISSED: usize = 64;

/// Writers that left while tickets were out.
#[derive(Debug, Default)]
pub(super) struct Overtaken {
    pub(super) missed: Vec<Missed>,
    runs: Vec<MissedRun>,
}

impl Contest {
    /// Those that are remembered one by one.
    pub(super) fn missed(&self) -> &[Missed] {
        self.overtaken
            .as_ref()
            .map_or(&[], |overtaken| &overtaken.missed)
    }

    fn runs(&self) -> &[MissedRun] {
        self.overtaken
            .as_ref()
            .map_or(&[], |overtaken| &overtaken.runs)
    }

    fn overtaken(&mut self) -> &mut Overtaken {
        self.overtaken.get_or_insert_default()
    }

    /// No ticket is out any more.
    pub(super) fn forget_overtaken(&mut self) {
        if let Some(overtaken) = &mut self.overtaken {
            // An entry that was only missed is needed no more.
            self.may_forget |= !overtaken.missed.is_empty();
            overtaken.missed.clear();
            overtaken.runs.clear();
        }
    }

    /// Whether every tally in which a writer like this one appears has all that it keeps.
    pub(super) fn is_well_known(&self, side: Side) -> bool {
        let mut tallies = self
            .tallies
            .iter()
            .filter(|(key, ..)| key.sides.contains(&side))
            .peekable();
        tallies.peek().is_some() && tallies.all(|(_, _, tally)| tally.is_full())
    }

    /// A writer that leaves while tickets are out did overlap those who hold them.
    pub(super) fn stay_behind(&mut self, token: Token, drawn: Ticket) {
        let Some(entry) = self.entry(token) else {
            return;
        };
        let (side, wrote, calls) = (
            entry.half.side(),
            entry.wrote,
            u64::from(entry.overlapped == 0),
        );
        let audience = entry.audience.clone();
        if !self.is_well_known(side) && self.missed().len() < MAX_MISSED {
            self.overtaken().missed.push(Missed { token, drawn });
        } else if wrote {
            let is_of =
                |run: &MissedRun| run.side == side && run.audience.number() == audience.number();
            match self.runs().iter().position(is_of) {
                Some(index) => {
                    let run = &mut self.overtaken().runs[index];
                    run.findings = run.findings.saturating_add(1);
                    run.calls = run.calls.saturating_add(calls);
                }
                None if self.runs().len() < MAX_MISSED => {
                    self.overtaken().runs.push(MissedRun {
                        side,
                        audience,
                        drawn,
                        findings: 1,
                        calls,
                    });
                }
                None => {}
            }
        }
    }

    /// A writer with the ticket `mine` overlapped all that left after it was drawn.
    pub(super) fn settle_runs(&mut self, token: Token, mine: Ticket, recorder: &dyn Recorder) {
        for index in 0..self.runs().len() {
            let (run, entry) = (&self.runs()[index], self.entry(token));
            let Some(entry) = entry.filter(|_| run.drawn > mine) else {
                continue;
            };
            let (findings, calls) = (run.findings, run.calls);
            let key = PairKey::new(Kind::Overlap, run.side, entry.half.side());
            let audience = recorder.audience_of_pair(self.wire, [&run.audience, &entry.audience]);
            let tally = self.tally_for(key, &audience, recorder);
            // What no report tells of is not counted; the next of its kind is kept.
            if tally.is_unreported() {
                continue;
            }
            // They have overlapped a writer now.
            self.overtaken().runs[index].calls = 0;
            if let Some(entry) = self.entry_mut(token) {
                entry.overlapped = entry.overlapped.saturating_add(1);
                entry.owed.push((tally, findings));
                entry.owed_calls = entry.owed_calls.saturating_add(calls);
            }
        }
    }

    /// Pairs that are only counted do not wait for the other side: it may stay for hours, and see millions go.
    pub(super) fn settle_unkept_pairs(&mut self, token: Token) {
        let Some(entry) = self.entry(token) else {
            return;
        };
        let (wrote, half) = (entry.wrote, entry.half.clone());
        for index in self.pairs_of(token).into_iter().rev() {
            let pair = &self.pairs[index];
            let Some(other) = pair.other_side(token).filter(|_| pair.is_only_counted()) else {
                continue;
            };
            let pair = self.remove_pair(index);
            let Some(other) = self.entry_mut(other).filter(|_| wrote) else {
                continue;
            };
            other.met.get_or_insert_with(|| half.clone());
            if other.has_written() {
                pair.tally.add(1);
                self.findings = self.findings.saturating_add(1);
            } else {
                match other
                    .owed
                    .iter_mut()
                    .find(|(tally, _)| Arc::ptr_eq(tally, &pair.tally))
                {
                    Some((_, count)) => *count = count.saturating_add(1),
                    None => other.owed.push((pair.tally, 1)),
                }
            }
        }
        let Some(entry) = self.entry_mut(token) else {
            return;
        };
        let owed = std::mem::take(&mut entry.owed);
        for (tally, count) in owed.into_iter().filter(|_| wrote) {
            tally.add(count);
            self.findings = self.findings.saturating_add(count);
        }
    }
}
