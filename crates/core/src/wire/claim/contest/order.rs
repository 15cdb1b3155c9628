//! Pairs that are in order through the peer, and so are no findings.

use super::Contest;
use super::entry::{Pair, Token};
use crate::wire::claim::answers::{Answered, Seen};

impl Contest {
    /// What a writer that comes has seen of the calls of that one, if the two are in order.
    pub(super) fn seen_in_order(&self, first: Token, answered: Option<&Answered>) -> Option<Seen> {
        let first = self.entry(first).filter(|first| first.has_written())?;
        let seen = answered?.of(&first.half_by_now())?;
        let is_so = match first.state {
            Some(left_at) => left_at == seen.end,
            None => seen.is_so_now(),
        };
        is_so.then(|| seen.clone())
    }

    /// Whether the two are in order, as far as it is known while the first is there.
    pub(super) fn may_be_in_order(&self, pair: &Pair) -> bool {
        let is_there = || self.entry(pair.first).is_some_and(|entry| entry.writing);
        let seen = pair.in_order.as_ref().filter(|_| pair.tear.is_none());
        self.is_in_order(pair) || seen.is_some_and(Seen::is_so_now) && is_there()
    }

    /// Whether the two are in order for certain: the first has left and has offered no more than the second one saw. What is torn is
    /// torn, whoever has waited for whom.
    pub(super) fn is_in_order(&self, pair: &Pair) -> bool {
        let left_at = self.entry(pair.first).and_then(|entry| entry.state);
        let end = pair.in_order.as_ref().map(|seen| seen.end);
        end.is_some() && end == left_at && pair.tear.is_none()
    }

    /// The two of a pair have not overlapped.
    pub(super) fn forget_overlap(&mut self, pair: &Pair) {
        for token in [pair.first, pair.second] {
            if let Some(entry) = self.entry_mut(token) {
                entry.overlapped = entry.overlapped.saturating_sub(1);
            }
        }
    }
}
