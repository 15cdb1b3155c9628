//! Tears in the contest: which pair a tear belongs to, and what is known of the bytes of the pairs that are none.
//!
//! A tear is told once. If the two writers overlap, it is their pair that becomes the tear; if one had left long before,
//! it is brought back as an entry that does not write any more.

// Each index was found in the same list a moment ago, under the lock of the contest, or is the loop's own.
#![cfg_attr(not(test), allow(clippy::indexing_slicing))]

use super::entry::{Entry, Pair, Token};
use super::{Contest, Notice};
use crate::wire::finding::{Doubt, Finding, PairKey, Recorder, Tear, Torn, next_finding};
use crate::wire::half::Half;
use crate::witness::Stack;
use redhanded_report::Kind;
use std::sync::Arc;
use std::time::SystemTime;

impl Contest {
    /// The writer that writes through that handle now.
    pub(crate) fn writer_through(&self, handle: u64) -> Option<Token> {
        let mut writers = self.writers();
        let through = writers.find(|entry| entry.half.handle == handle);
        through.map(|entry| entry.token)
    }

    /// Only the writer `victim` can tell what became of its call, into which the writer `by` came. Gives whether the
    /// stack of `by` is wanted, should a tear come of it.
    pub(crate) fn await_victim(
        &mut self,
        by: Token,
        victim: Token,
        may_tear: bool,
        recorder: &dyn Recorder,
    ) -> bool {
        let Some(pair) = self.pairs.iter_mut().find(|pair| pair.is_of(by, victim)) else {
            return false;
        };
        pair.awaits_victim = true;
        let key = pair.key.of_kind(Kind::TornFrame);
        let has_stack = self
            .entry(by)
            .is_some_and(|entry| entry.half.stack.is_some());
        may_tear && !has_stack && !self.tally_of(key, [by, victim], recorder).is_full()
    }

    /// The writer's stack, taken because it may have torn something.
    pub(crate) fn keep_stack(&mut self, token: Token, stack: Stack) {
        if let Some(entry) = self.entry_mut(token) {
            entry.half.stack.get_or_insert(stack);
            entry.half.name_thread();
        }
    }

    /// The calls are looked at that fell inside one of this writer's. What is only counted need not wait any longer: an
    /// operation of many calls may see millions go.
    pub(crate) fn settle_intruders(&mut self, token: Token) -> Vec<Notice> {
        for index in self.pairs_of(token).into_iter().rev() {
            let pair = &mut self.pairs[index];
            let Some(other) = pair.other_side(token) else {
                continue;
            };
            pair.awaits_victim = false;
            let is_over = !pair.kept && !pair.was_opened;
            let has_left = self
                .entry(other)
                .is_some_and(|entry| !entry.writing && entry.wrote);
            if is_over && has_left {
                self.remove_pair(index).tally.add(1);
                self.findings = self.findings.saturating_add(1);
            }
        }
        let mut told = Vec::new();
        self.forget_finished(&mut told);
        told
    }

    /// What is known of the bytes of a pair. The worst that is known of any of their calls stays.
    pub(crate) fn doubt(&mut self, one: Token, other: Token, doubt: Doubt) {
        if let Some(pair) = self.pairs.iter_mut().find(|pair| pair.is_of(one, other)) {
            pair.doubt = pair.doubt.max(Some(doubt));
        }
    }

    /// The same for every pair of a writer.
    pub(crate) fn doubt_all(&mut self, token: Token, doubt: Doubt) {
        for pair in self.pairs.iter_mut().filter(|pair| pair.has(token)) {
            pair.doubt = pair.doubt.max(Some(doubt));
        }
    }

    /// The writer `by` has torn what the writer `victim` was sending; both are in the contest.
    pub(crate) fn tear_pair(
        &mut self,
        victim: Token,
        by: Token,
        tear: Tear,
        recorder: &dyn Recorder,
    ) {
        if let Some(index) = self.pairs.iter().position(|pair| pair.is_of(victim, by)) {
            self.turn(index, victim, tear, recorder);
        }
    }

    /// The writer `by` has torn what a writer left open, in an operation that may have come back long ago.
    /// Gives the name of the former, if it was brought back for that.
    pub(crate) fn tear_left(
        &mut self,
        left: Half,
        by: Token,
        tear: Tear,
        recorder: &dyn Recorder,
    ) -> Option<Token> {
        let is_left = |entry: &&Entry| {
            entry.half.handle == left.handle
                && entry.half.began.to_bits() == left.began.to_bits()
                && entry.token != by
        };
        let present = self
            .entries
            .iter()
            .filter(is_left)
            .map(|entry| entry.token)
            .collect::<Vec<_>>();
        if let Some(index) = self
            .pairs
            .iter()
            .position(|pair| present.iter().any(|left| pair.is_of(*left, by)))
        {
            let victim = if self.pairs[index].first == by {
                self.pairs[index].second
            } else {
                self.pairs[index].first
            };
            let torn = torn_side(&tear, victim, by);
            self.turn(index, torn, tear, recorder);
            return None;
        }
        // Only if it is the very operation that tears what it left open itself.
        let ends_with = left.ended.is_none().then_some(by);
        let victim = self.bring_back(left, ends_with, recorder);
        self.pair_torn(victim, by, tear, recorder)?;
        Some(victim)
    }

    /// The writer `second` has torn what the writer `first` left open. Both have come back.
    pub(crate) fn tear_between(
        &mut self,
        first: Half,
        second: Half,
        tear: Tear,
        recorder: &dyn Recorder,
    ) -> Vec<Notice> {
        let [victim, by] = [first, second].map(|half| self.bring_back(half, None, recorder));
        let mut notices = Vec::new();
        if self.pair_torn(victim, by, tear, recorder).is_some()
            && let Some(last) = self.pairs.len().checked_sub(1)
        {
            let pair = self.remove_pair(last);
            notices.extend(self.close(&pair));
        }
        self.forget_finished(&mut notices);
        notices
    }

    /// The frame of that writer is finished by it, or abandoned: until then, the finding stays open.
    pub(crate) fn await_rest(&mut self, victim: Token) {
        if let Some(index) = self.torn_of(victim) {
            self.pairs[index].awaits_rest = true;
        }
    }

    /// What became of the frame of that writer is known now, and so what kind of finding it is.
    pub(crate) fn settle_left(
        &mut self,
        victim: Token,
        kind: Kind,
        recorder: &dyn Recorder,
    ) -> Vec<Notice> {
        let Some(index) = self
            .torn_of(victim)
            .filter(|at| self.pairs[*at].awaits_rest)
        else {
            return Vec::new();
        };
        let pair = &self.pairs[index];
        if pair.key.kind != kind {
            let (key, sides) = (pair.key.of_kind(kind), [pair.first, pair.second]);
            let tally = self.tally_of(key, sides, recorder);
            let pair = &mut self.pairs[index];
            if pair.kept {
                pair.tally.give_back();
            }
            // Of one that was only counted, there are no stacks.
            let kept = pair.kept && tally.reserve();
            (pair.key, pair.tally, pair.kept) = (key, tally, kept);
            if let Some((_, tear)) = &mut pair.tear {
                Arc::make_mut(tear).kind = kind;
            }
        }
        self.pairs[index].awaits_rest = false;
        let sides = [self.pairs[index].first, self.pairs[index].second];
        let is_writing = |side: &Token| self.entry(*side).is_some_and(|entry| entry.writing);
        let mut notices = Vec::new();
        if !sides.iter().any(is_writing) {
            let pair = self.remove_pair(index);
            notices.extend(self.close(&pair));
        }
        self.forget_finished(&mut notices);
        notices
    }

    /// The pair in which something of that writer was torn.
    fn torn_of(&self, victim: Token) -> Option<usize> {
        let is_of = |pair: &Pair| {
            pair.tear
                .as_ref()
                .is_some_and(|(whose, _)| *whose == victim)
        };
        self.pairs.iter().position(is_of)
    }

    /// A writer that has come back long ago, as an entry that does not write any more.
    fn bring_back(
        &mut self,
        half: Half,
        ends_with: Option<Token>,
        recorder: &dyn Recorder,
    ) -> Token {
        let token = self.enter(None, half, recorder);
        if let Some(entry) = self.entry_mut(token) {
            (entry.writing, entry.wrote, entry.ends_with) = (false, true, ends_with);
        }
        self.writing.retain(|writing| *writing != token);
        self.may_forget = true;
        token
    }

    /// Makes a pair of two writers, of which one has torn what the other had left open.
    fn pair_torn(
        &mut self,
        victim: Token,
        by: Token,
        tear: Tear,
        recorder: &dyn Recorder,
    ) -> Option<()> {
        let (first, second) = (self.entry(victim)?, self.entry(by)?);
        let torn = torn_side(&tear, victim, by);
        let key = PairKey::new(tear.kind, first.half.side(), second.half.side());
        let tally = self.tally_of(key, [victim, by], recorder);
        let kept = tally.reserve();
        let (id, seen) = (next_finding(), SystemTime::now());
        if let Some(entry) = self.entry_mut(by).filter(|_| kept) {
            entry.half.name_thread();
        }
        self.add_pair(Pair {
            tear: Some((torn, Arc::new(tear))),
            ..Pair::new(id, [victim, by], key, tally, kept, seen)
        });
        Some(())
    }

    /// Makes a pair the tear that it is, unless it is a worse one already.
    fn turn(&mut self, index: usize, victim: Token, tear: Tear, recorder: &dyn Recorder) {
        let pair = &self.pairs[index];
        if pair
            .tear
            .as_ref()
            .is_some_and(|(_, known)| known.kind <= tear.kind)
        {
            return;
        }
        let key = pair.key.of_kind(tear.kind);
        let tally = self.tally_of(key, [pair.first, pair.second], recorder);
        let pair = &mut self.pairs[index];
        if pair.kept {
            pair.tally.give_back();
        }
        let kept = tally.reserve();
        if kept && pair.seen == SystemTime::UNIX_EPOCH {
            pair.seen = SystemTime::now();
        }
        (pair.key, pair.tally, pair.kept) = (key, tally, kept);
        pair.tear = Some((victim, Arc::new(tear)));
        let sides = [pair.first, pair.second];
        for token in sides {
            if let Some(entry) = self.entry_mut(token).filter(|_| kept) {
                entry.half.name_thread();
            }
        }
    }

    /// Adds to those tears of a writer that `goes_on` names: what the same operation puts into the same gap.
    pub(crate) fn add_to_tears(
        &mut self,
        token: Token,
        goes_on: impl Fn(&Tear) -> bool,
        add: impl Fn(&mut Tear),
    ) {
        let torn_by_it = self
            .pairs
            .iter_mut()
            .filter(|pair| pair.has(token))
            .filter_map(|pair| pair.tear.as_mut());
        for (_, tear) in torn_by_it.filter(|(_, tear)| goes_on(tear)) {
            add(Arc::make_mut(tear));
        }
    }

    /// Ends the entries of what an operation left open and tore itself.
    pub(super) fn end_with(&mut self, token: Token) {
        let Some(Half { ended, stack, .. }) = self.entry(token).map(|entry| entry.half.clone())
        else {
            return;
        };
        for entry in self
            .entries
            .iter_mut()
            .filter(|entry| entry.ends_with == Some(token))
        {
            entry.half.ended = ended;
            entry.half.stack = entry.half.stack.take().or_else(|| stack.clone());
        }
    }

    /// Counts a pair whose two writers have come back, and tells it if it is kept.
    pub(super) fn tell_closed(&mut self, pair: &Pair, finding: Finding) -> Option<Notice> {
        self.findings = self.findings.saturating_add(1);
        // What is kept of a provisional tally is counted by the tally of its report.
        if !(pair.kept && pair.tally.is_provisional()) {
            pair.tally.add(1);
        }
        match (pair.kept, pair.was_opened) {
            (true, _) => Some(Notice::Closed(finding)),
            (false, true) => Some(Notice::Dismissed(pair.id)),
            (false, false) => None,
        }
    }
}

/// Whose it is that was torn. A handshake is told by its own writer, and what was left is what went into it.
fn torn_side(tear: &Tear, left: Token, by: Token) -> Token {
    match tear.torn {
        Torn::Handshake(_) => by,
        _ => left,
    }
}
