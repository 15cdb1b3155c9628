//! How writers leave the contest, and how their pairs are completed.

// Each index was found in the same list a moment ago, under the lock of the contest, or is the loop's own.
#![cfg_attr(not(test), allow(clippy::indexing_slicing))]

use super::entry::{Pair, Ticket, Token, finding};
use super::{Contest, Notice, steps};
use crate::settings::Capture;
use crate::wire::finding::Recorder;
use crate::wire::half::Outcome;
use crate::witness::{Stack, Stamp};

/// What a writer says of itself when it comes back.
#[derive(Debug)]
pub(crate) struct Return {
    /// How many tickets there are by now.
    pub(crate) drawn: Ticket,
    pub(crate) ended: Stamp,
    pub(crate) outcome: Outcome,
    pub(crate) stack: Option<Stack>,
}

impl Contest {
    /// Whether a writer that is about to leave should capture its stack first. `drawn` is how many tickets there are.
    pub(crate) fn wants_stack(&self, token: Token, drawn: Ticket, recorder: &dyn Recorder) -> bool {
        let Some(entry) = self.entry(token) else {
            return false;
        };
        // The writer that is awaited may never come, and in a storm all would capture for nothing.
        let may_be_kept = || self.landed < drawn && !self.is_well_known(entry.half.side());
        let is_kept = || {
            let mut pairs = self.pairs_of(token).into_iter();
            pairs.any(|index| self.pairs[index].kept)
        };
        entry.half.stack.is_none()
            && recorder.capture() != Capture::Site
            && (is_kept() || may_be_kept())
    }

    /// A writer gives its claim back. Completes its pairs whose other side has done so, too.
    pub(crate) fn leave(&mut self, token: Token, how: Return) -> Vec<Notice> {
        let Some(entry) = self.entry_mut(token) else {
            return Vec::new();
        };
        let is_alone = entry.pairs == 0;
        entry.wrote = entry.has_written();
        entry.writing = false;
        entry.half.ended = Some((how.ended, how.outcome));
        if let Some(activity) = &entry.activity {
            entry.half.held = activity.held();
        }
        entry.half.stack = entry.half.stack.take().or(how.stack);
        let wrote = entry.wrote;
        self.writing.retain(|writing| *writing != token);
        self.may_forget |= is_alone;
        if !wrote {
            self.forget_overlaps_with(token);
        }
        self.end_with(token);
        if self.landed < how.drawn {
            self.stay_behind(token, how.drawn);
        }
        self.settle_unkept_pairs(token);
        let mut notices = Vec::new();
        for index in self.pairs_of(token).into_iter().rev() {
            let pair = &self.pairs[index];
            let complete = [pair.first, pair.second]
                .iter()
                .all(|side| self.entry(*side).is_some_and(|entry| !entry.writing));
            if complete && pair.awaits_rest {
                notices.extend(self.open_finding(pair.id).map(Notice::Opened));
            } else if complete {
                let pair = self.remove_pair(index);
                notices.extend(self.close(&pair));
            }
        }
        notices.reverse();
        self.forget_finished(&mut notices);
        notices
    }

    /// A writer that leaves has not written: the others have not overlapped a call that wrote.
    fn forget_overlaps_with(&mut self, token: Token) {
        let pairs = self.pairs_of(token).into_iter();
        let others: Vec<_> = pairs
            .filter_map(|index| self.pairs[index].other_side(token))
            .collect();
        for other in others {
            if let Some(entry) = self.entry_mut(other) {
                entry.overlapped = entry.overlapped.saturating_sub(1);
            }
        }
    }

    pub(super) fn close(&mut self, pair: &Pair) -> Option<Notice> {
        let (first, second) = (self.entry(pair.first)?, self.entry(pair.second)?);
        if first.wrote && second.wrote {
            return self.tell_closed(pair, finding(pair, first, second, self.on()));
        }
        if pair.kept {
            pair.tally.give_back();
        }
        pair.was_opened.then_some(Notice::Dismissed(pair.id))
    }

    /// Drops the entries that no pair and no challenger needs any more.
    pub(super) fn forget_finished(&mut self, notices: &mut Vec<Notice>) {
        if !std::mem::take(&mut self.may_forget) {
            return;
        }
        steps::note(self.entries.len());
        let missed = self
            .overtaken
            .as_ref()
            .map_or(&[][..], |overtaken| &overtaken.missed);
        let mut overlapped: u64 = 0;
        self.entries.retain(|entry| {
            let needed = entry.writing
                || missed.iter().any(|missed| missed.token == entry.token)
                || entry.pairs > 0;
            if !needed && entry.overlapped > 0 && entry.wrote {
                overlapped = entry
                    .owed_calls
                    .saturating_add(1)
                    .saturating_add(overlapped);
            }
            needed
        });
        if overlapped > 0 {
            notices.push(Notice::Overlapped(overlapped));
        }
    }
}
