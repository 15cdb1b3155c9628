//! The pairs of a contest and its entries, and how both are found.
//!
//! Thousands of findings may be open on one wire. So no writer that comes or goes looks at all of them: an entry is found by its
//! token, a pair by its number, and the pairs of a writer are counted.

use super::entry::{Entry, Pair, Token};
use super::{Contest, steps};
use crate::settings::Capture;
use crate::wire::finding::{PairKey, Recorder, next_finding};
use redhanded_report::Kind;
use std::time::SystemTime;

impl Contest {
    /// Pairs two entries. Gives whether the finding is to be kept in full.
    pub(super) fn pair(&mut self, first: Token, second: Token, recorder: &dyn Recorder) -> bool {
        let (Some(one), Some(other)) = (self.entry(first), self.entry(second)) else {
            return false;
        };
        let key = PairKey::new(Kind::Overlap, one.half.side(), other.half.side());
        // One that has left without its stack is only kept where nothing else is.
        let lacks_stack =
            !one.writing && one.half.stack.is_none() && recorder.capture() != Capture::Site;
        let tally = self.tally_of(key, [first, second], recorder);
        let kept = (!lacks_stack || tally.is_empty()) && tally.reserve();
        for token in [first, second] {
            let Some(entry) = self.entry_mut(token) else {
                continue;
            };
            entry.overlapped = entry.overlapped.saturating_add(1);
            if kept {
                entry.half.name_thread();
            }
        }
        let id = next_finding();
        let seen = if kept {
            SystemTime::now()
        } else {
            SystemTime::UNIX_EPOCH
        };
        self.add_pair(Pair::new(id, [first, second], key, tally, kept, seen));
        kept
    }

    /// Puts a pair in. It has a greater number than those that are there.
    pub(super) fn add_pair(&mut self, pair: Pair) {
        for token in [pair.first, pair.second] {
            if let Some(entry) = self.entry_mut(token) {
                entry.pairs = entry.pairs.saturating_add(1);
            }
        }
        self.pairs.push(pair);
    }

    /// Takes the pair out that is there. The last ones are the quickest to take out.
    pub(super) fn remove_pair(&mut self, index: usize) -> Pair {
        let pair = self.pairs.remove(index);
        for token in [pair.first, pair.second] {
            if let Some(entry) = self.entry_mut(token) {
                entry.pairs = entry.pairs.saturating_sub(1);
            }
        }
        self.may_forget = true;
        pair
    }

    /// Where the pairs of a writer are, in ascending order.
    pub(super) fn pairs_of(&self, token: Token) -> Vec<usize> {
        let most = self.entry(token).map_or(0, |entry| entry.pairs as usize);
        // A newcomer has the latest ones.
        let latest_first = self.pairs.iter().enumerate().rev();
        let of_it = latest_first
            .inspect(|_| steps::note(1))
            .filter(|(_, pair)| pair.has(token))
            .take(most);
        let mut indices: Vec<_> = of_it.map(|(index, _)| index).collect();
        indices.reverse();
        indices
    }

    /// Whether there are two writers that overlap and have both written.
    pub(crate) fn has_overlap(&self) -> bool {
        let has_written = |token| self.entry(token).is_some_and(Entry::has_written);
        let mut pairs = self.pairs.iter();
        pairs.any(|pair| has_written(pair.first) && has_written(pair.second))
    }

    /// Whether a pair is still open, and both of its writers have written.
    pub(crate) fn is_open(&self, pair: u64) -> bool {
        self.open_pair(pair).is_some()
    }

    pub(super) fn open_pair(&self, pair: u64) -> Option<(&Pair, &Entry, &Entry)> {
        let index = self
            .pairs
            .binary_search_by_key(&pair, |known| known.id)
            .ok()?;
        steps::note(1);
        let pair = self.pairs.get(index)?;
        let (first, second) = (self.entry(pair.first)?, self.entry(pair.second)?);
        (pair.kept && first.has_written() && second.has_written()).then_some((pair, first, second))
    }

    /// Those that are writing.
    pub(super) fn writers(&self) -> impl Iterator<Item = &Entry> {
        self.writing.iter().filter_map(|token| self.entry(*token))
    }

    pub(super) fn entry(&self, token: Token) -> Option<&Entry> {
        steps::note(1);
        let index = self.place_of(token)?;
        self.entries.get(index)
    }

    pub(super) fn entry_mut(&mut self, token: Token) -> Option<&mut Entry> {
        steps::note(1);
        let index = self.place_of(token)?;
        self.entries.get_mut(index)
    }

    fn place_of(&self, token: Token) -> Option<usize> {
        let found = self
            .entries
            .binary_search_by_key(&token, |entry| entry.token);
        found.ok()
    }
}
