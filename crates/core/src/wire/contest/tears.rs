//! Tears in the contest: which pair a tear belongs to, and what is known of the bytes of the pairs that are none.
//!
//! A tear is told once. If the two writers overlap, it is their pair that becomes the tear; if one had left long before,
//! it is brought back as an entry that does not write any more.

use super::entry::{Entry, Intrusion, Pair, Token};
use super::{Contest, Told};
use crate::report::Kind;
use crate::wire::evidence::{Cut, Doubt, Tear};
use crate::wire::finding::{Half, PairKey, Recorder, next_finding};
use crate::wire::offered::Offered;
use crate::wire::reading::{Caller, Snapshot};
use crate::wire::slot::Slot;
use std::sync::Arc;
use std::time::SystemTime;

/// How many writers may come into one call of another and be remembered until it returns.
const MAX_INTRUSIONS: usize = 64;

impl Contest {
    /// The ledgers of all handles that are, and what those accepted that are gone.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut snapshot = self.retired;
        for (index, slot) in self.slots.iter().enumerate() {
            if let Some(slot) = slot {
                let (handle, offered) = (slot.handle(), slot.ledger().offered());
                snapshot.add(
                    |ledger| Caller {
                        index,
                        handle,
                        ledger,
                        offered,
                    },
                    slot.ledger().read(),
                );
            }
        }
        snapshot
    }

    /// The call of `token` fell inside the call of `victim`, if that one is still in it. Gives whether the stack of
    /// `token` is wanted, should a tear come of it.
    pub(crate) fn intrude(
        &mut self,
        token: Token,
        victim: Caller,
        intrusion: Intrusion,
        recorder: &dyn Recorder,
    ) -> bool {
        let Some(slot) = self.slots.get(victim.index).cloned().flatten() else {
            return false;
        };
        let is_still_inside =
            slot.handle() == victim.handle && slot.ledger().read().bits() == victim.ledger;
        let of_victim = |entry: &&mut Entry| entry.writing && Arc::ptr_eq(&entry.slot, &slot);
        let Some(entry) = self.entries.iter_mut().find(of_victim) else {
            return false;
        };
        let victim = entry.token;
        if !is_still_inside || entry.intrusions.len() >= MAX_INTRUSIONS {
            self.doubt(token, victim, Doubt::BothInside);
            return false;
        }
        let may_tear = intrusion.cut.to > 0;
        entry.intrusions.push(intrusion);
        let Some(pair) = self.pairs.iter_mut().find(|pair| pair.is_of(token, victim)) else {
            return false;
        };
        pair.awaits_victim = true;
        let key = pair.key.of_kind(Kind::TornFrame);
        let has_stack = self
            .entry(token)
            .is_some_and(|entry| entry.half.stack.is_some());
        may_tear && !has_stack && !self.account_of(key, [token, victim], recorder).is_full()
    }

    /// The writer's stack, taken because it may have torn something.
    pub(crate) fn keep_stack(&mut self, token: Token, stack: crate::witness::Stack) {
        if let Some(entry) = self.entry_mut(token) {
            entry.half.stack.get_or_insert(stack);
            entry.half.name_thread();
        }
    }

    /// What came into the call of a writer that has just returned from it.
    pub(crate) fn take_intrusions(&mut self, token: Token) -> Vec<Intrusion> {
        self.entry_mut(token)
            .map(|entry| std::mem::take(&mut entry.intrusions))
            .unwrap_or_default()
    }

    /// The calls are looked at that fell inside one of this writer's. What is only counted need not wait any longer: an
    /// operation of many calls may see millions go.
    pub(crate) fn settle_intruders(&mut self, token: Token) -> Vec<Told> {
        let mut index = 0;
        while index < self.pairs.len() {
            let pair = &mut self.pairs[index];
            let Some(other) = pair.other_side(token) else {
                index += 1;
                continue;
            };
            pair.awaits_victim = false;
            let is_over = !pair.kept && !pair.was_opened;
            let has_left = self
                .entry(other)
                .is_some_and(|entry| !entry.writing && entry.wrote);
            if is_over && has_left {
                self.pairs.swap_remove(index).account.add(1);
                self.findings += 1;
            } else {
                index += 1;
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
    pub(crate) fn tear_left(
        &mut self,
        slot: &Arc<Slot>,
        left: Half,
        by: Token,
        tear: Tear,
        recorder: &dyn Recorder,
    ) {
        let is_left = |entry: &&Entry| {
            Arc::ptr_eq(&entry.slot, slot)
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
            return self.turn(index, victim, tear, recorder);
        }
        // Only if it is the very operation that tears what it left open itself.
        let ends_with = left.ended.is_none().then_some(by);
        let victim = self.enter(slot.clone(), left);
        if let Some(entry) = self.entry_mut(victim) {
            (entry.writing, entry.wrote, entry.ends_with) = (false, true, ends_with);
        }
        let (Some(first), Some(second)) = (self.entry(victim), self.entry(by)) else {
            return;
        };
        let key = PairKey::new(tear.kind, first.half.side(), second.half.side());
        let account = self.account_of(key, [victim, by], recorder);
        let kept = account.reserve();
        let (id, seen) = (next_finding(), SystemTime::now());
        if let Some(entry) = self.entry_mut(by).filter(|_| kept) {
            entry.half.name_thread();
        }
        self.pairs.push(Pair {
            tear: Some((victim, Arc::new(tear))),
            ..Pair::new(id, [victim, by], key, account, kept, seen)
        });
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
        let account = self.account_of(key, [pair.first, pair.second], recorder);
        let pair = &mut self.pairs[index];
        if pair.kept {
            pair.account.give_back();
        }
        let kept = account.reserve();
        if kept && pair.seen == SystemTime::UNIX_EPOCH {
            pair.seen = SystemTime::now();
        }
        (pair.key, pair.account, pair.kept) = (key, account, kept);
        pair.tear = Some((victim, Arc::new(tear)));
        let sides = [pair.first, pair.second];
        for token in sides {
            if let Some(entry) = self.entry_mut(token).filter(|_| kept) {
                entry.half.name_thread();
            }
        }
    }

    /// Appends what a writer adds to what it has put into somebody's frame before, in the same operation.
    pub(crate) fn add_inserted(&mut self, token: Token, offered: &Offered<'_>, accepted: u64) {
        let torn_by_it = self
            .pairs
            .iter_mut()
            .filter(|pair| pair.has(token))
            .filter_map(|pair| pair.tear.as_mut());
        for (victim, tear) in torn_by_it {
            // Only while the torn frame's writer has not gone on: what comes then is behind it, or another tear.
            let is_where_it_was = tear
                .gap
                .as_ref()
                .is_some_and(|(slot, ledger)| slot.ledger().read().bits() == *ledger);
            if *victim != token && is_where_it_was {
                Arc::make_mut(tear).inserted.add(offered, accepted);
            }
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
    pub(super) fn tell_closed(
        &mut self,
        pair: &Pair,
        finding: crate::wire::Finding,
    ) -> Option<Told> {
        self.findings += 1;
        // A provisional account gives what is kept to the account of its report, which counts it.
        if !(pair.kept && pair.account.is_provisional()) {
            pair.account.add(1);
        }
        match (pair.kept, pair.was_opened) {
            (true, _) => Some(Told::Closed(finding)),
            (false, true) => Some(Told::Dismissed(pair.id)),
            (false, false) => None,
        }
    }
}

impl Intrusion {
    /// Where in the victim's call the intruder's bytes are, if that can be told: what was in before and after it.
    pub(crate) fn cut(before: Option<u64>, after: Option<u64>) -> Option<Cut> {
        let (from, to) = (before?, after?);
        (from <= to).then_some(Cut { from, to })
    }
}
