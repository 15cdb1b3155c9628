//! One record a report: what is kept of its findings, and what it says of them.

use super::Store;
use super::open::Open;
use crate::collector::tally::ReportTally;
use crate::collector::telling::ResolvedFinding;
use redhanded_report::{Dropped, Report, SCHEMA, Sample};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A report with what makes it grow.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) tally: Arc<ReportTally>,
    /// The finding that the report is about. Lists that are being made share it.
    pub(super) finding: Arc<ResolvedFinding>,
    /// Further findings that are kept in full.
    pub(super) samples: Vec<Arc<ResolvedFinding>>,
    /// The count, and whether a finding was open, as [`Store::take_changed`] gave them last.
    pub(super) given: Option<(u64, bool)>,
    /// The open finding that this record shows, while no closed one is known.
    pub(super) shows_open: Option<u64>,
}

impl Record {
    /// The count, of so many findings that are closed and so many that are open, and whether any is open.
    pub(super) fn counted(&self, closed: u64, open: u64) -> (u64, bool) {
        let shows_open = self.shows_open.is_some();
        (
            (closed + open).max(u64::from(shows_open)),
            open > 0 || shows_open,
        )
    }

    /// The findings that are kept in full. There is one at least.
    pub(super) fn kept(&self) -> impl Iterator<Item = &Arc<ResolvedFinding>> {
        std::iter::once(&self.finding).chain(&self.samples)
    }
}

impl Store {
    /// Begins a report. Gives it if it is not suppressed.
    pub(super) fn begin(
        &mut self,
        fingerprint: String,
        tally: Arc<ReportTally>,
        finding: Arc<ResolvedFinding>,
        shows_open: Option<u64>,
    ) -> Option<Report> {
        let record = Record {
            tally: tally.whole().clone(),
            finding,
            samples: Vec::new(),
            given: None,
            shows_open,
        };
        self.records.insert(fingerprint.clone(), record);
        self.report(&fingerprint)
    }

    /// Puts what is known now in the place of the finding that a report is about.
    pub(super) fn replace(
        &mut self,
        fingerprint: &str,
        resolved: ResolvedFinding,
    ) -> Arc<ResolvedFinding> {
        if let Some(record) = self.records.get(fingerprint) {
            self.memory.release(&record.finding);
        }
        let finding = self.memory.admit(resolved);
        if let Some(record) = self.records.get_mut(fingerprint) {
            record.finding = finding.clone();
            record.given = None;
            if finding.suppressed.is_some() {
                // Shown while only one of its stacks was known. There may be a file of it.
                self.withdrawn.push(fingerprint.to_owned());
            }
        }
        finding
    }

    /// How many findings a record has, and whether some of them are open. An open finding counts as soon as a report shows
    /// it. It comes to the tally when its writers are back.
    pub(super) fn count(&self, record: &Record) -> (u64, bool) {
        // Read before the open ones are looked at, so that one that closes meanwhile is not counted twice.
        let closed = record.tally.count();
        let is_of_record =
            |open: &&Open| open.shown.is_some() && Arc::ptr_eq(open.tally.whole(), &record.tally);
        let open = self
            .open
            .values()
            .filter(is_of_record)
            .filter(|open| open.finding.is_open())
            .count();
        record.counted(closed, open as u64)
    }

    /// Every record with its fingerprint and what [`count`](Self::count) gives, for all at once: to ask whether a finding is
    /// open takes a lock of writers.
    pub(super) fn counted(&self) -> Vec<(&String, &Record, (u64, bool))> {
        // Read before the open ones are looked at, so that one that closes meanwhile is not counted twice.
        let closed: Vec<_> = self
            .records
            .iter()
            .map(|(id, record)| (id, record, record.tally.count()))
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
            let open = open_counts.get(&Arc::as_ptr(&record.tally));
            (
                id,
                record,
                record.counted(closed, open.copied().unwrap_or(0)),
            )
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
        let kept: Vec<_> = record.kept().collect();
        let last_seen = record.tally.last_seen_micros();
        self.report_as(fingerprint, &kept, count, last_seen)
    }

    /// A report with these findings in full. There is one at least.
    pub(super) fn report_as(
        &self,
        fingerprint: &str,
        findings: &[&Arc<ResolvedFinding>],
        (count, open): (u64, bool),
        last_seen_micros: u64,
    ) -> Report {
        let first = findings[0];
        let kept = findings.len() as u64;
        let last_seen = UNIX_EPOCH + Duration::from_micros(last_seen_micros);
        Report {
            schema: SCHEMA,
            id: fingerprint.to_owned(),
            fingerprint: fingerprint.to_owned(),
            kind: first.key.kind,
            summary: first.summary.clone(),
            wire: first.wire.clone(),
            count,
            first_seen: rfc3339(first.seen),
            last_seen: rfc3339(last_seen.max(first.seen)),
            process: self.process.clone(),
            open,
            writers: first.writers.clone(),
            bytes: first.bytes.clone(),
            note: first.note.clone(),
            lock: first.lock.clone(),
            lock_note: first.lock_note.clone(),
            samples: findings[1..]
                .iter()
                .map(|finding| sample(finding))
                .collect(),
            dropped: Dropped {
                samples: count.saturating_sub(kept),
            },
            guide: first.key.kind.guide_url(),
        }
    }
}

fn sample(finding: &ResolvedFinding) -> Sample {
    Sample {
        wire: finding.wire.clone(),
        seen: rfc3339(finding.seen),
        writers: finding.writers.clone(),
        bytes: finding.bytes.clone(),
        note: finding.note.clone(),
        lock: finding.lock.clone(),
        lock_note: finding.lock_note.clone(),
    }
}

pub(super) fn rfc3339(moment: SystemTime) -> String {
    humantime::format_rfc3339_micros(moment).to_string()
}

/// The latest first.
pub(super) fn sorted(mut reports: Vec<Report>) -> Vec<Report> {
    reports.sort_by(|one, other| {
        other
            .last_seen
            .cmp(&one.last_seen)
            .then_with(|| one.id.cmp(&other.id))
    });
    reports
}
