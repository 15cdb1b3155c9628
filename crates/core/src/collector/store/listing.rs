//! The store as lists show it: many reports at once, without copies of their backtraces.

use super::Store;
use super::records::{Part, Record, rfc3339};
use crate::collector::tally::ReportTally;
use crate::collector::telling::ResolvedFinding;
use redhanded_report::{Kind, Lock, Wire, Writer};
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How much has been found so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Pulse {
    /// Changes with every report and count. After several changes, it may be the same again.
    pub(crate) signature: u64,
    /// How many reports.
    pub(crate) total: usize,
    /// Findings of all these reports.
    pub(crate) findings: u64,
    /// Findings of reports that are suppressed.
    pub(crate) suppressed: u64,
}

/// One report, without a copy of anything that is large.
#[derive(Debug)]
pub(crate) struct Listed {
    finding: Arc<ResolvedFinding>,
    first_seen: SystemTime,
    last_seen: SystemTime,
    pub(crate) count: u64,
    pub(crate) open: bool,
}

impl Listed {
    pub(crate) fn id(&self) -> &str {
        &self.finding.fingerprint
    }

    pub(crate) fn kind(&self) -> Kind {
        self.finding.key.kind
    }

    pub(crate) fn summary(&self) -> &str {
        &self.finding.summary
    }

    pub(crate) fn wire(&self) -> &Wire {
        &self.finding.wire
    }

    pub(crate) fn lock(&self) -> Option<&Lock> {
        self.finding.lock.as_ref()
    }

    pub(crate) fn writers(&self) -> &[Writer] {
        &self.finding.writers
    }

    /// As RFC 3339 in UTC.
    pub(crate) fn first_seen(&self) -> String {
        rfc3339(self.first_seen)
    }

    /// As RFC 3339 in UTC.
    pub(crate) fn last_seen(&self) -> String {
        rfc3339(self.last_seen.max(self.finding.seen))
    }
}

/// The open findings of each tally.
type OpenCounts = HashMap<*const ReportTally, u64>;

impl Store {
    /// Every report that is not suppressed, in no order.
    pub(crate) fn listed(&self) -> Vec<Listed> {
        let shown = self
            .counted()
            .into_iter()
            .filter(|(record, _, _)| record.finding.suppressed.is_none());
        shown
            .map(|(record, count, open)| Listed {
                finding: record.finding.clone(),
                first_seen: record.first_seen,
                last_seen: UNIX_EPOCH + Duration::from_micros(record.last_seen_micros()),
                count,
                open,
            })
            .collect()
    }

    /// How much there is.
    pub(crate) fn pulse(&self) -> Pulse {
        let hasher = BuildHasherDefault::<DefaultHasher>::new();
        let mut pulse = Pulse::default();
        for (record, count, open) in self.counted() {
            if record.finding.suppressed.is_some() {
                pulse.suppressed += count;
            } else {
                pulse.total += 1;
                pulse.findings += count;
                let hidden = record.parts.iter().filter(|part| part.suppressed.is_some());
                pulse.suppressed += hidden.map(|part| part.tally.count()).sum::<u64>();
            }
            // Records come in no order.
            let finding = Arc::as_ptr(&record.finding) as usize;
            let hash = hasher.hash_one((finding, record.samples.len(), count, open));
            pulse.signature = pulse.signature.wrapping_add(hash);
        }
        pulse
    }

    /// Every record with its count, and whether some of its findings are open: what [`count`](Self::count) gives, for all
    /// at once.
    fn counted(&self) -> Vec<(&Record, u64, bool)> {
        // Read before the open ones are looked at, so that one that closes meanwhile is not counted twice.
        let closed: Vec<_> = self
            .records
            .values()
            .map(|record| (record, record.closed()))
            .collect();
        let mut open_counts = OpenCounts::new();
        for open in self.open.values().filter(|open| open.shown.is_some()) {
            if open.finding.is_open() {
                *open_counts
                    .entry(Arc::as_ptr(open.tally.whole()))
                    .or_default() += 1;
            }
        }
        let counted = closed.into_iter().map(|(record, closed)| {
            let of_part = |part: &Part| open_counts.get(&Arc::as_ptr(&part.tally)).copied();
            let open = record.parts.iter().filter_map(of_part).sum();
            let (count, open) = record.counted(closed, open);
            (record, count, open)
        });
        counted.collect()
    }
}

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;
    use crate::collector::store::fixtures;
    use crate::wire::{Finding, OpenFinding, Unsettled};
    use std::sync::atomic::{AtomicBool, Ordering};

    /// Says whether its finding is open, and fails when it is asked for all of it.
    #[derive(Debug)]
    struct OnlyAsked(AtomicBool);

    impl Unsettled for OnlyAsked {
        fn as_it_is_now(&self, _finding: u64) -> Option<Finding> {
            panic!("a full finding was made");
        }

        fn is_open(&self, _finding: u64) -> bool {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn a_list_asks_whether_a_finding_is_open_and_makes_none() {
        let on = Arc::new(OnlyAsked(AtomicBool::new(true)));
        let tally = Arc::new(ReportTally::new(2));
        let mut resolver = fixtures::resolver();
        let mut store = Store::new();
        for id in [1, 2] {
            let finding = fixtures::finding(id, &tally);
            let resolved = resolver.resolve(&finding);
            store.open(OpenFinding {
                finding: finding.clone(),
                on: Arc::downgrade(&on) as _,
            });
            store.show_open(resolved, &finding, tally.clone());
        }
        let before = store.pulse();
        assert_eq!((before.total, before.findings), (1, 2));
        assert_eq!(store.pulse(), before, "nothing has changed");
        let count = |store: &Store| {
            let [listed] = &store.listed()[..] else {
                panic!("one report")
            };
            (listed.count, listed.open)
        };
        assert_eq!(count(&store), (2, true));
        assert_eq!(store.reports()[0].count, 2);
        // Both are over, and the report still shows the first of them until it is closed.
        on.0.store(false, Ordering::Relaxed);
        assert_eq!(count(&store), (1, true));
        assert_ne!(store.pulse(), before);
    }
}
