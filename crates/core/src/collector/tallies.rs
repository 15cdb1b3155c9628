//! The tallies of all reports: one a fingerprint, with a part for each scope in which it was found.

use super::scope::{self, Scope};
use super::store::View;
use super::tally::{MAX_SAMPLES, ReportTally};
use crate::wire::PairKey;
use redhanded_report::Kind;
use std::collections::HashMap;
use std::sync::Arc;

/// How many fingerprints have a tally. Findings of further ones are only counted, in
/// [`Statistics::dropped_findings`](crate::Statistics::dropped_findings).
const MAX_REPORTS: usize = 10_000;

/// How many findings of one pair of operations may wait until their backtraces tell their report.
const MAX_UNPLACED: u32 = 512;

#[derive(Debug)]
pub(crate) struct Tallies {
    by_fingerprint: HashMap<Placed, Arc<ReportTally>>,
    /// The tallies of findings that have no fingerprint yet.
    unplaced: HashMap<PairKey, Arc<ReportTally>>,
    /// Counts findings that belong to no report.
    overflow: Arc<ReportTally>,
    /// The parts of these tallies that belong to scopes, by the scope's number.
    parts: HashMap<u64, Parts>,
}

/// The findings of one report that are of one kind: each kind is counted, and kept in full, by itself.
type Placed = (String, Kind);

/// The parts that belong to one scope.
#[derive(Debug, Default)]
struct Parts {
    by_fingerprint: HashMap<Placed, Arc<ReportTally>>,
    unplaced: HashMap<PairKey, Arc<ReportTally>>,
}

impl Tallies {
    pub(crate) fn new() -> Self {
        Tallies {
            by_fingerprint: HashMap::new(),
            unplaced: HashMap::new(),
            overflow: Arc::new(ReportTally::new(0)),
            parts: HashMap::new(),
        }
    }

    /// How many findings there are: those of all reports, and those that belong to none.
    pub(crate) fn findings(&self) -> u64 {
        let counted: u64 = self
            .by_fingerprint
            .values()
            .map(|tally| tally.count())
            .sum();
        counted + self.dropped()
    }

    fn of(&mut self, placed: Placed) -> Arc<ReportTally> {
        if self.by_fingerprint.len() >= MAX_REPORTS && !self.by_fingerprint.contains_key(&placed) {
            return self.overflow.clone();
        }
        self.by_fingerprint
            .entry(placed)
            .or_insert_with(|| Arc::new(ReportTally::new(MAX_SAMPLES)))
            .clone()
    }

    /// How many findings belong to no report.
    pub(crate) fn dropped(&self) -> u64 {
        self.overflow.count()
            + self
                .unplaced
                .values()
                .map(|tally| tally.count())
                .sum::<u64>()
    }

    fn unplaced(&mut self, key: &PairKey) -> Arc<ReportTally> {
        if self.unplaced.len() >= MAX_REPORTS && !self.unplaced.contains_key(key) {
            return self.overflow.clone();
        }
        self.unplaced
            .entry(*key)
            .or_insert_with(|| Arc::new(ReportTally::provisional(MAX_UNPLACED)))
            .clone()
    }

    /// The tally of a report's findings of this kind: the part that belongs to a scope, or the whole where there is none.
    pub(crate) fn of_in(
        &mut self,
        fingerprint: String,
        kind: Kind,
        scope: Option<&Arc<Scope>>,
    ) -> Arc<ReportTally> {
        let placed = (fingerprint, kind);
        let whole = self.of(placed.clone());
        let Some(scope) = scope.filter(|_| !whole.keeps_nothing()) else {
            return whole;
        };
        let scope = scope.nearest_live();
        let parts = &mut self.parts.entry(scope.id()).or_default().by_fingerprint;
        parts
            .entry(placed)
            .or_insert_with(|| Arc::new(ReportTally::part_of(whole, scope)))
            .clone()
    }

    /// The same for findings whose report only their backtraces tell.
    pub(crate) fn unplaced_in(
        &mut self,
        key: &PairKey,
        scope: Option<&Arc<Scope>>,
    ) -> Arc<ReportTally> {
        let whole = self.unplaced(key);
        let Some(scope) = scope.filter(|_| !whole.keeps_nothing()) else {
            return whole;
        };
        let scope = scope.nearest_live();
        let parts = &mut self.parts.entry(scope.id()).or_default().unplaced;
        parts
            .entry(*key)
            .or_insert_with(|| Arc::new(ReportTally::part_of(whole, scope)))
            .clone()
    }

    /// A scope has ended. What a writer may still count for it is counted for the scope that has its findings now.
    pub(crate) fn end(&mut self, scope: &Arc<Scope>) {
        let parts = self
            .parts
            .get(&scope.id())
            .into_iter()
            .flat_map(|parts| &parts.by_fingerprint);
        let in_use = parts.filter(|(_, part)| Arc::strong_count(part) > 1);
        let in_use: Vec<_> = in_use
            .map(|(placed, part)| (placed.clone(), part.clone()))
            .collect();
        for ((fingerprint, kind), part) in in_use {
            part.set_successor(self.of_in(fingerprint, kind, Some(scope)));
        }
        // A scope that begins later counts from its beginning on. So parts that no live scope sees can go.
        let seen = scope::all_seen();
        self.parts.retain(|id, parts| {
            if seen.contains(id) {
                return true;
            }
            parts
                .by_fingerprint
                .retain(|_, part| Arc::strong_count(part) > 1);
            parts.unplaced.retain(|_, part| Arc::strong_count(part) > 1);
            !parts.by_fingerprint.is_empty() || !parts.unplaced.is_empty()
        });
    }

    /// What a scope sees.
    pub(crate) fn view(&self, scope: &Arc<Scope>) -> View {
        let parts = self.parts.iter().filter(|(id, _)| scope.sees(**id));
        let mut by_fingerprint = HashMap::<String, Vec<Arc<ReportTally>>>::new();
        for ((fingerprint, _), part) in parts.flat_map(|(_, parts)| &parts.by_fingerprint) {
            by_fingerprint
                .entry(fingerprint.clone())
                .or_default()
                .push(part.clone());
        }
        View::new(scope.clone(), by_fingerprint)
    }
}
