//! Reports with their counts. Where there are many, all are counted at once.

use super::Store;
use super::records::{Counts, Part, Record};
use crate::collector::tally::ReportTally;
use crate::collector::telling::ResolvedFinding;
use redhanded_report::Report;
use std::collections::HashMap;
use std::sync::Arc;

impl Store {
    /// Every record with its fingerprint and what [`count`](Self::count) gives, for all at once: to ask whether a finding is
    /// open takes a lock of writers.
    pub(super) fn counted(&self) -> Vec<(&String, &Record, (u64, bool))> {
        // Read before the open ones are looked at, so that one that closes meanwhile is not counted twice.
        let closed: Vec<_> = self
            .records
            .iter()
            .map(|(id, record)| (id, record, record.closed()))
            .collect();
        let mut open_counts = HashMap::<*const ReportTally, u64>::new();
        for open in self.open.values().filter(|open| open.shown.is_some()) {
            if open.finding.is_open() {
                *open_counts
                    .entry(Arc::as_ptr(open.tally.whole()))
                    .or_default() += 1;
            }
        }
        let counted = closed.into_iter().map(|(id, record, closed)| {
            let of_part = |part: &Part| open_counts.get(&Arc::as_ptr(&part.tally)).copied();
            let open = record.parts.iter().filter_map(of_part).sum();
            (id, record, record.counted(closed, open))
        });
        counted.collect()
    }

    /// One report. Where there are many, [`counted`](Self::counted) counts them together.
    pub(super) fn report_of(&self, fingerprint: &str, record: &Record) -> Report {
        self.report_counted(fingerprint, record, self.count(record))
    }

    /// A report of which so many findings were counted.
    pub(super) fn report_counted(
        &self,
        fingerprint: &str,
        record: &Record,
        count: (u64, bool),
    ) -> Report {
        let is_shown = |finding: &&Arc<ResolvedFinding>| {
            let mut parts = record.shown_parts();
            parts.any(|part| part.kind == finding.key.kind)
        };
        let kept = record.kept().filter(is_shown);
        let mut kept: Vec<_> = kept.collect();
        if kept.is_empty() {
            kept.push(&record.finding);
        }
        let by_kind = record
            .shown_parts()
            .map(|part| (part.kind, part.tally.count()));
        let counts = Counts {
            all: count,
            by_kind: by_kind.collect(),
            first_seen: record.first_seen,
            last_seen_micros: record.last_seen_micros(),
        };
        self.report_as(fingerprint, &kept, &counts)
    }
}
