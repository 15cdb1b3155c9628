//! One record a report: what is kept of its findings, and what it says of them.

use super::Store;
use crate::collector::tally::ReportTally;
use crate::collector::telling::ResolvedFinding;
use redhanded_report::{Dropped, Kind, Report, SCHEMA, Sample};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A report with what makes it grow.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) parts: Vec<Part>,
    /// The finding that the report is about, the worst that is known. Lists that are being made share it.
    pub(super) finding: Arc<ResolvedFinding>,
    /// Further findings that are kept in full.
    pub(super) samples: Vec<Arc<ResolvedFinding>>,
    /// The count, and whether a finding was open, as [`Store::take_changed`] gave them last.
    pub(super) given: Option<(u64, bool)>,
    /// When the first finding was made of those that were kept in full at some time.
    pub(super) first_seen: SystemTime,
    /// The open finding that this record shows, while no closed one is known.
    pub(super) shows_open: Option<u64>,
}

/// The findings of a report that are of one kind.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) kind: Kind,
    pub(super) tally: Arc<ReportTally>,
    /// The line of the suppressions that has matched all of them so far.
    pub(super) suppressed: Option<usize>,
    /// Only an open finding is known of it, which may turn out to be suppressed or not.
    is_open: bool,
}

impl Record {
    /// A finding of the report has this tally.
    pub(super) fn note_part(
        &mut self,
        tally: &Arc<ReportTally>,
        finding: &ResolvedFinding,
        is_open: bool,
    ) {
        let (kind, suppressed) = (finding.key.kind, finding.suppressed);
        match self.parts.iter_mut().find(|part| part.kind == kind) {
            Some(part) if part.is_open => {
                (part.suppressed, part.is_open) = (suppressed, is_open);
            }
            Some(_) if is_open => {}
            Some(part) => part.suppressed = part.suppressed.and(suppressed),
            None => self.parts.push(Part {
                kind,
                tally: tally.whole().clone(),
                suppressed,
                is_open,
            }),
        }
    }

    /// The parts that the report counts: not those that are suppressed, unless it is suppressed itself.
    pub(super) fn shown_parts(&self) -> impl Iterator<Item = &Part> {
        let is_suppressed = self.finding.suppressed.is_some();
        self.parts
            .iter()
            .filter(move |part| is_suppressed || part.suppressed.is_none())
    }

    /// How many of its findings are closed.
    pub(super) fn closed(&self) -> u64 {
        self.shown_parts().map(|part| part.tally.count()).sum()
    }

    pub(super) fn last_seen_micros(&self) -> u64 {
        let last = self.shown_parts().map(|part| part.tally.last_seen_micros());
        last.max().unwrap_or_default()
    }

    pub(super) fn has_tally(&self, tally: &Arc<ReportTally>) -> bool {
        self.parts
            .iter()
            .any(|part| Arc::ptr_eq(&part.tally, tally))
    }

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
        let mut record = Record {
            parts: Vec::new(),
            finding: finding.clone(),
            samples: Vec::new(),
            given: None,
            first_seen: finding.seen,
            shows_open,
        };
        record.note_part(&tally, &finding, shows_open.is_some());
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
        let closed = record.closed();
        let open = self
            .open
            .shown_in(&record.finding.fingerprint)
            .filter(|open| record.has_tally(open.tally.whole()))
            .filter(|open| open.finding.is_open())
            .count();
        record.counted(closed, open as u64)
    }

    /// A report with these findings in full. There is one at least.
    pub(super) fn report_as(
        &self,
        fingerprint: &str,
        findings: &[&Arc<ResolvedFinding>],
        counts: &Counts,
    ) -> Report {
        let ((count, open), first) = (counts.all, findings[0]);
        let kept = findings.len() as u64;
        let last_seen = UNIX_EPOCH + Duration::from_micros(counts.last_seen_micros);
        Report {
            schema: SCHEMA,
            id: fingerprint.to_owned(),
            fingerprint: fingerprint.to_owned(),
            group: first.group.clone(),
            kind: first.key.kind,
            summary: first.summary.clone(),
            wire: first.wire.clone(),
            count,
            first_seen: rfc3339(counts.first_seen),
            last_seen: rfc3339(last_seen.max(counts.first_seen)),
            process: self.process.clone(),
            open,
            writers: first.writers.clone(),
            bytes: first.bytes.clone(),
            note: counts.note().or_else(|| first.note.clone()),
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

/// How many findings a report stands for.
pub(super) struct Counts {
    /// The count, and whether some of them are open.
    pub(super) all: (u64, bool),
    /// The closed ones of each kind.
    pub(super) by_kind: Vec<(Kind, u64)>,
    pub(super) first_seen: SystemTime,
    pub(super) last_seen_micros: u64,
}

impl Counts {
    /// How often each kind was found, where there are several.
    fn note(&self) -> Option<String> {
        let mut found: Vec<_> = self
            .by_kind
            .iter()
            .filter(|(_, count)| *count > 0)
            .collect();
        found.sort();
        let all: u64 = found.iter().map(|(_, count)| count).sum();
        let each = found.iter().map(|(kind, count)| format!("{count} {kind}"));
        (found.len() > 1).then(|| {
            let each: Vec<_> = each.collect();
            format!("these two were found {all} times: {}", each.join(", "))
        })
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

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::super::Closed;
    use super::*;
    use crate::collector::store::fixtures;
    use crate::wire::Tally;

    /// Two writers that are found again and again, each kind with a tally of its own.
    struct Found {
        store: Store,
        tallies: Vec<(Kind, Arc<ReportTally>)>,
        last: u64,
    }

    impl Found {
        fn new() -> Self {
            let tallies =
                [Kind::Overlap, Kind::TornFrame].map(|kind| (kind, Arc::new(ReportTally::new(3))));
            Found {
                store: Store::new(redhanded_report::Process::this()),
                tallies: tallies.to_vec(),
                last: 0,
            }
        }

        fn finds(
            &mut self,
            kind: Kind,
            is_whole: bool,
            suppressed: Option<usize>,
        ) -> Option<Closed> {
            let tally = &self
                .tallies
                .iter()
                .find(|(known, _)| *known == kind)
                .unwrap()
                .1;
            let keep = tally.reserve();
            tally.add(1);
            let mut resolved = fixtures::resolver().resolve(&fixtures::finding(1, tally));
            resolved.key = resolved.key.of_kind(kind);
            resolved.note = (kind == Kind::Overlap).then(|| format!("whole: {is_whole}"));
            (resolved.is_whole, resolved.suppressed) = (is_whole, suppressed);
            self.last += 1;
            self.store.close(self.last, resolved, tally.clone(), keep)
        }

        fn only_report(&self) -> Report {
            let mut reports = self.store.reports();
            assert_eq!(reports.len(), 1);
            reports.remove(0)
        }
    }

    #[test]
    fn an_overlap_that_tears_later_stays_one_report_and_becomes_the_tear() {
        let mut found = Found::new();
        for _ in 0..5 {
            found.finds(Kind::Overlap, true, None);
        }
        let overlap = found.only_report();
        assert_eq!((overlap.kind, overlap.count), (Kind::Overlap, 5));
        let news = found.finds(Kind::TornFrame, false, None);
        let Some(Closed::New(told)) = news else {
            panic!("a worse kind is told")
        };
        found.finds(Kind::Overlap, false, None);
        assert!(found.finds(Kind::TornFrame, false, None).is_none());
        let torn = found.only_report();
        assert_eq!((&torn.id, &told.id), (&overlap.id, &overlap.id));
        assert_eq!(
            (torn.kind, torn.count, torn.first_seen),
            (Kind::TornFrame, 8, overlap.first_seen)
        );
        let note = "these two were found 8 times: 2 torn-frame, 6 overlap";
        assert_eq!(torn.note.as_deref(), Some(note));
    }

    #[test]
    fn that_nothing_was_torn_is_only_said_where_it_is_said_of_all_that_are_kept() {
        let mut found = Found::new();
        found.finds(Kind::Overlap, true, None);
        assert_eq!(found.only_report().note.as_deref(), Some("whole: true"));
        assert!(found.finds(Kind::Overlap, false, None).is_none(), "no news");
        assert_eq!(found.only_report().note.as_deref(), Some("whole: false"));
    }

    #[test]
    fn overlaps_that_are_suppressed_are_not_counted_with_the_tears_that_are_not() {
        let mut found = Found::new();
        found.finds(Kind::Overlap, false, Some(0));
        assert!(found.store.reports().is_empty());
        assert_eq!(found.store.suppressed(2), [1, 0]);
        assert!(matches!(
            found.finds(Kind::TornFrame, false, None),
            Some(Closed::New(_))
        ));
        found.finds(Kind::Overlap, false, Some(0));
        let report = found.only_report();
        assert_eq!(
            (report.kind, report.count, report.note),
            (Kind::TornFrame, 1, None)
        );
        assert!(report.samples.is_empty());
        assert_eq!(found.store.suppressed(2), [2, 0]);
    }

    #[test]
    fn tears_that_are_suppressed_leave_a_report_of_the_overlaps() {
        let mut found = Found::new();
        found.finds(Kind::TornFrame, false, Some(1));
        assert!(matches!(
            found.finds(Kind::Overlap, false, None),
            Some(Closed::New(_))
        ));
        let report = found.only_report();
        assert_eq!((report.kind, report.count), (Kind::Overlap, 1));
        assert_eq!(found.store.suppressed(2), [0, 1]);
    }
}
