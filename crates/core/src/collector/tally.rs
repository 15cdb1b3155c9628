//! The tally of one report: how many findings it has, and how many of them are kept in full.

use crate::collector::scope::{self, Scope};
use crate::wire::{Finding, Tally};
use std::any::Any;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

/// How many findings of one fingerprint are kept in full.
pub(crate) const MAX_SAMPLES: u32 = 3;

/// The tally to which a finding belongs. Every finding has one that this collector gave out.
pub(crate) fn of(finding: &Finding) -> Arc<ReportTally> {
    let tally: Arc<dyn Any + Send + Sync> = finding.tally.clone();
    tally
        .downcast()
        .unwrap_or_else(|_| Arc::new(ReportTally::new(0)))
}

/// The counters of one fingerprint. In a storm of overlaps, each costs one addition.
#[derive(Debug)]
pub(crate) struct ReportTally {
    count: AtomicU64,
    last_seen: AtomicU64,
    kept: AtomicU32,
    most: u32,
    is_provisional: bool,
    /// A finding was kept, and has its own tally since. Only of a provisional tally.
    has_kept: AtomicBool,
    /// How many scopes had begun when a finding was last kept for them.
    kept_for: AtomicU64,
    /// Findings counted in the parts of this tally that belong to scopes.
    in_parts: AtomicU64,
    last_seen_in_parts: AtomicU64,
    part: Option<Part>,
}

/// What makes a tally the part of another that belongs to a scope.
#[derive(Debug)]
struct Part {
    whole: Arc<ReportTally>,
    scope: Arc<Scope>,
    /// How many of the findings that the whole keeps were found in the scope.
    kept_in_whole: AtomicU32,
    /// The tally that counts further findings when the scope has ended.
    successor: OnceLock<Arc<ReportTally>>,
}

impl ReportTally {
    /// A tally that keeps the first `most` findings in full.
    pub(crate) fn new(most: u32) -> Self {
        ReportTally {
            count: AtomicU64::new(0),
            last_seen: AtomicU64::new(0),
            kept: AtomicU32::new(0),
            most,
            is_provisional: false,
            has_kept: AtomicBool::new(false),
            kept_for: AtomicU64::new(0),
            in_parts: AtomicU64::new(0),
            last_seen_in_parts: AtomicU64::new(0),
            part: None,
        }
    }

    /// A tally of findings whose reports only their backtraces tell. Up to `most` at a time are kept in full, until they
    /// are resolved and each has its own tally. Further ones are counted here, and stay here.
    pub(crate) fn provisional(most: u32) -> Self {
        ReportTally {
            is_provisional: true,
            ..ReportTally::new(most)
        }
    }

    /// The part of a tally that belongs to a scope. The whole counts each of its findings, too.
    pub(crate) fn part_of(whole: Arc<ReportTally>, scope: Arc<Scope>) -> Self {
        let tally = ReportTally {
            is_provisional: whole.is_provisional,
            ..ReportTally::new(whole.most)
        };
        let part = Part {
            whole,
            scope,
            kept_in_whole: AtomicU32::new(0),
            successor: OnceLock::new(),
        };
        ReportTally {
            part: Some(part),
            ..tally
        }
    }

    /// The tally of which this is a part, if it is one of a report.
    fn shared(&self) -> Option<&Part> {
        self.part.as_ref().filter(|_| !self.is_provisional)
    }

    /// The tally of which it is a part, or itself.
    pub(crate) fn whole(self: &Arc<Self>) -> &Arc<ReportTally> {
        self.part.as_ref().map_or(self, |part| &part.whole)
    }

    /// The scope to which findings counted here belong now.
    pub(crate) fn scope(&self) -> Option<Arc<Scope>> {
        self.part.as_ref().map(|part| part.scope.nearest_live())
    }

    /// The number of that scope.
    pub(crate) fn scope_id(&self) -> u64 {
        self.scope().map_or(scope::NONE, |scope| scope.id())
    }

    /// The scope has ended: further findings are counted in the successor.
    pub(crate) fn set_successor(&self, successor: Arc<ReportTally>) {
        if let Some(part) = &self.part {
            let _ = part.successor.set(successor);
        }
    }

    fn reserve_of_most(&self) -> bool {
        // Read before it is written to: in a storm, readers share the cache line, and only writers invalidate it.
        self.has_most_room()
            && self
                .kept
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |kept| {
                    (kept < self.most).then(|| kept + 1)
                })
                .is_ok()
    }

    fn has_most_room(&self) -> bool {
        self.kept.load(Ordering::Relaxed) < self.most
    }

    /// Whether scopes have begun since a finding was last kept for them.
    fn awaits_scope(&self, begun: u64) -> bool {
        begun > 0
            && !self.is_provisional
            && !self.keeps_nothing()
            && self.kept_for.load(Ordering::Relaxed) < begun
    }

    /// Whether it is the tally of the findings that belong to no report.
    pub(crate) fn keeps_nothing(&self) -> bool {
        self.most == 0
    }

    /// A finding of this provisional tally has its own tally now.
    pub(crate) fn hand_on(&self) {
        self.has_kept.store(true, Ordering::Relaxed);
        self.give_back();
    }

    /// Counts findings that were made at that moment.
    pub(crate) fn add_seen(&self, findings: u64, seen: SystemTime) {
        let micros = seen
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_micros() as u64;
        if let Some(part) = &self.part {
            if let Some(successor) = part.successor.get() {
                return successor.add_seen(findings, seen);
            }
            part.whole
                .last_seen_in_parts
                .fetch_max(micros, Ordering::Relaxed);
            part.whole.in_parts.fetch_add(findings, Ordering::Relaxed);
        }
        self.last_seen.fetch_max(micros, Ordering::Relaxed);
        self.count.fetch_add(findings, Ordering::Relaxed);
    }

    /// How many findings were counted, in parts or not.
    pub(crate) fn count(&self) -> u64 {
        self.own_count() + self.in_parts.load(Ordering::Relaxed)
    }

    /// How many findings were counted here, and in no part.
    pub(crate) fn own_count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// When the last one was made, in microseconds since the Unix epoch. Zero for never.
    pub(crate) fn last_seen_micros(&self) -> u64 {
        self.own_last_seen_micros()
            .max(self.last_seen_in_parts.load(Ordering::Relaxed))
    }

    /// When the last one was made that was counted here, and in no part.
    pub(crate) fn own_last_seen_micros(&self) -> u64 {
        self.last_seen.load(Ordering::Relaxed)
    }
}

impl Tally for ReportTally {
    fn is_provisional(&self) -> bool {
        self.is_provisional
    }

    fn reserve(&self) -> bool {
        let begun = scope::begun();
        let has_room = match self.shared() {
            Some(part) => {
                part.whole.reserve_of_most()
                    && part.kept_in_whole.fetch_add(1, Ordering::Relaxed) < u32::MAX
            }
            None => self.reserve_of_most(),
        };
        if has_room {
            if begun > 0 {
                self.kept_for.fetch_max(begun, Ordering::Relaxed);
            }
            return true;
        }
        let is_for_scope =
            self.awaits_scope(begun) && self.kept_for.fetch_max(begun, Ordering::Relaxed) < begun;
        if is_for_scope {
            self.kept.fetch_add(1, Ordering::Relaxed);
        }
        is_for_scope
    }

    fn is_full(&self) -> bool {
        let has_room = self
            .shared()
            .map_or(self.has_most_room(), |part| part.whole.has_most_room());
        !has_room && !self.awaits_scope(scope::begun())
    }

    fn is_empty(&self) -> bool {
        let in_whole = self
            .part
            .as_ref()
            .map_or(0, |part| part.kept_in_whole.load(Ordering::Relaxed));
        self.kept.load(Ordering::Relaxed) == 0
            && in_whole == 0
            && !self.has_kept.load(Ordering::Relaxed)
    }

    fn is_unreported(&self) -> bool {
        self.is_empty() && self.part.as_ref().is_none_or(|part| part.whole.is_empty())
    }

    fn give_back(&self) {
        let one_less = |counter: &AtomicU32| {
            counter
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |kept| {
                    kept.checked_sub(1)
                })
                .is_ok()
        };
        if !one_less(&self.kept)
            && let Some(part) = self.shared()
            && one_less(&part.kept_in_whole)
        {
            part.whole.give_back();
        }
        // It may have been the finding that was kept for a scope.
        self.kept_for.store(0, Ordering::Relaxed);
    }

    fn add(&self, findings: u64) {
        self.add_seen(findings, SystemTime::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provisional_tally_whose_finding_has_its_own_tally_has_room_and_is_not_empty() {
        let tally = ReportTally::provisional(1);
        assert!(tally.is_empty() && tally.reserve() && tally.is_full());
        tally.hand_on();
        assert!(!tally.is_full() && !tally.is_empty());
    }

    #[test]
    fn a_reservation_that_was_given_back_leaves_the_tally_empty() {
        for tally in [ReportTally::new(1), ReportTally::provisional(1)] {
            assert!(tally.reserve());
            tally.give_back();
            assert!(tally.is_empty() && tally.count() == 0);
        }
    }

    fn part(whole: &Arc<ReportTally>) -> (Arc<ReportTally>, Arc<Scope>) {
        let scope = Scope::begin();
        (
            Arc::new(ReportTally::part_of(whole.clone(), scope.clone())),
            scope,
        )
    }

    #[test]
    fn a_part_keeps_one_finding_where_the_whole_keeps_no_more() {
        let whole = Arc::new(ReportTally::new(1));
        assert!(whole.reserve());
        let (part, scope) = part(&whole);
        assert!(part.is_empty() && !part.is_full() && !part.is_unreported());
        assert!(part.reserve());
        part.give_back();
        assert!(part.is_empty() && !whole.is_empty());
        scope.end();
    }

    #[test]
    fn one_more_is_kept_for_each_scope_that_begins_but_none_that_belongs_to_no_report() {
        let (tally, overflow) = (ReportTally::new(1), ReportTally::new(0));
        assert!(tally.reserve());
        for _ in 0..3 {
            let scope = Scope::begin();
            assert!(!tally.is_full() && tally.reserve());
            assert!(overflow.is_full() && !overflow.reserve());
            scope.end();
        }
    }

    #[test]
    fn a_scope_whose_finding_was_given_back_keeps_another() {
        let whole = Arc::new(ReportTally::new(1));
        assert!(whole.reserve());
        let (part, scope) = part(&whole);
        assert!(part.reserve() && !part.reserve());
        part.give_back();
        assert!(part.reserve() && !part.reserve());
        scope.end();
    }

    #[test]
    fn a_part_reserves_in_the_whole_while_there_is_room_and_gives_back_to_it() {
        let whole = Arc::new(ReportTally::new(1));
        let (part, scope) = part(&whole);
        assert!(part.reserve() && !whole.has_most_room());
        part.give_back();
        assert!(part.is_empty() && whole.is_empty());
        scope.end();
    }

    #[test]
    fn what_is_counted_in_a_part_is_counted_in_the_whole_once_and_after_the_end_by_its_successor() {
        let whole = Arc::new(ReportTally::new(1));
        let ((outer, outer_scope), (inner, inner_scope)) = (part(&whole), part(&whole));
        inner.add(2);
        whole.add(4);
        inner.set_successor(outer.clone());
        inner.add(8);
        assert_eq!(
            [&whole, &inner, &outer].map(|tally| tally.own_count()),
            [4, 2, 8]
        );
        assert_eq!(whole.count(), 14);
        inner_scope.end();
        outer_scope.end();
    }
}
