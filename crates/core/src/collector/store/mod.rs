//! The store: the reports, and the findings that are still open.

mod counted;
#[cfg(all(test, not(redhanded_loom)))]
pub(super) mod fixtures;
#[cfg(feature = "dashboard")]
mod listing;
mod memory;
mod names;
mod open;
mod open_findings;
mod reclassified;
mod records;
mod scoped;

#[cfg(feature = "dashboard")]
pub(crate) use listing::{Listed, Pulse};
pub(crate) use scoped::{Seen, View};

use crate::collector::tally::{MAX_SAMPLES, ReportTally};
use crate::collector::telling::ResolvedFinding;
use memory::Memory;
use open_findings::OpenFindings;
use reclassified::Reclassified;
use records::{Record, sorted};
use redhanded_report::{Kind, Process, Report};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct Store {
    /// By fingerprint.
    records: HashMap<String, Record>,
    open: OpenFindings,
    memory: Memory,
    process: Process,
    reclassified: Reclassified,
    /// Reports that were given out, and are no reports any more. Their files are still there.
    withdrawn: Vec<String>,
    /// The first findings of scopes.
    firsts: scoped::Firsts,
}

/// What closing a finding has made of its report.
pub(crate) enum Closed {
    /// The report is new, or of another kind than it was told as.
    New(Report),
    WasOpen(Report),
}

impl Store {
    pub(crate) fn new(process: Process) -> Self {
        Store {
            records: HashMap::new(),
            open: OpenFindings::default(),
            memory: Memory::default(),
            process,
            reclassified: Reclassified::default(),
            withdrawn: Vec::new(),
            firsts: scoped::Firsts::default(),
        }
    }

    /// Takes in a finding of which both halves are there, to be kept in full or not. Gives the report if it is a new one,
    /// or was only open until now.
    pub(crate) fn close(
        &mut self,
        id: u64,
        resolved: ResolvedFinding,
        tally: Arc<ReportTally>,
        keep: bool,
    ) -> Option<Closed> {
        let fingerprint = resolved.fingerprint.clone();
        let was_first = self.end_open(id, Some(&fingerprint));
        let keep = keep || was_first;
        if let Some(record) = self.records.get_mut(&fingerprint) {
            // Something other than the count has changed.
            record.given = None;
            record.note_part(&tally, &resolved, false);
            if record
                .shows_open
                .take_if(|shown| *shown == id || !self.open.contains(*shown))
                .is_some()
            {
                let is_other_kind = record.finding.key.kind != resolved.key.kind;
                let finding = self.replace(&fingerprint, resolved);
                self.note_first(finding, None);
                let report = self.report(&fingerprint)?;
                return Some(match is_other_kind {
                    true => Closed::New(report),
                    false => Closed::WasOpen(report),
                });
            }
            if keep {
                return self.add(&fingerprint, resolved).map(Closed::New);
            }
            return None;
        }
        if !keep {
            return None;
        }
        let finding = self.memory.admit(resolved);
        self.note_first(finding.clone(), None);
        self.begin(fingerprint, tally, finding, None)
            .map(Closed::New)
    }

    /// Adds a finding to a report, which becomes one about it if it is the worst of them. Gives the report if it is of another
    /// kind now, or was suppressed until now.
    fn add(&mut self, fingerprint: &str, resolved: ResolvedFinding) -> Option<Report> {
        let record = self.records.get(fingerprint)?;
        let is_worst = resolved.is_worse_than(&record.finding);
        let is_news = is_worst
            && (resolved.key.kind != record.finding.key.kind
                || record.finding.suppressed.is_some() != resolved.suppressed.is_some());
        // What is kept of it beyond that is for scopes alone.
        let has_room = is_worst || 1 + record.samples.len() < MAX_SAMPLES as usize;
        if !has_room && !self.firsts.is_wanted_by_a_scope(&resolved) {
            return None;
        }
        let mut finding = self.memory.admit(resolved);
        self.note_first(finding.clone(), None);
        if !has_room {
            return None;
        }
        let record = self.records.get_mut(fingerprint)?;
        if is_worst {
            std::mem::swap(&mut record.finding, &mut finding);
        }
        // What is open comes once more when it is closed.
        let was_open = is_worst && record.shows_open.take().is_some();
        if was_open || 1 + record.samples.len() >= MAX_SAMPLES as usize {
            self.release(finding);
        } else {
            record.samples.push(finding);
        }
        is_news.then(|| self.report(fingerprint)).flatten()
    }

    /// A report does not keep a finding any more. A scope may.
    fn release(&mut self, finding: Arc<ResolvedFinding>) {
        if let Some(finding) = Arc::into_inner(finding) {
            self.memory.release(&finding);
        }
    }

    /// How many findings each line of the suppressions has suppressed. There are so many lines.
    pub(crate) fn suppressed(&self, lines: usize) -> Vec<u64> {
        let mut counts = vec![0; lines];
        for record in self.records.values() {
            // An open finding counts for the line that has the report.
            let closed = record.closed();
            let open = self.count(record).0.saturating_sub(closed);
            let all = std::iter::once((record.finding.suppressed, open));
            let parts = record
                .parts
                .iter()
                .map(|part| (part.suppressed, part.tally.count()));
            for (line, more) in all.chain(parts) {
                if let Some(count) = line.and_then(|line| counts.get_mut(line)) {
                    *count += more;
                }
            }
        }
        counts
    }

    /// How many reports there are of each kind.
    pub(crate) fn kinds(&self) -> BTreeMap<Kind, u64> {
        let mut kinds = BTreeMap::new();
        for record in self.records.values() {
            if record.finding.suppressed.is_none() {
                *kinds.entry(record.finding.key.kind).or_default() += 1;
            }
        }
        kinds
    }

    /// Every report, the latest first.
    pub(crate) fn reports(&self) -> Vec<Report> {
        let not_suppressed = self
            .counted()
            .into_iter()
            .filter(|(_, record, _)| record.finding.suppressed.is_none());
        sorted(
            not_suppressed
                .map(|(id, record, count)| self.report_counted(id, record, count))
                .collect(),
        )
    }

    /// One report, also by the id that it had while it was open.
    pub(crate) fn report(&self, id: &str) -> Option<Report> {
        let id = if self.records.contains_key(id) {
            id
        } else {
            self.reclassified.successor(id)?
        };
        let record = self
            .records
            .get(id)
            .filter(|record| record.finding.suppressed.is_none());
        record.map(|record| self.report_of(id, record))
    }

    /// Takes the reports that have changed since the last call.
    pub(crate) fn take_changed(&mut self) -> Vec<Report> {
        let changed = self.counted().into_iter().filter(|(_, record, count)| {
            record.finding.suppressed.is_none() && record.given != Some(*count)
        });
        let changed: Vec<Report> = changed
            .map(|(id, record, count)| self.report_counted(id, record, count))
            .collect();
        for report in &changed {
            if let Some(record) = self.records.get_mut(&report.id) {
                record.given = Some((report.count, report.open));
            }
        }
        changed
    }

    /// Has [`take_changed`](Self::take_changed) give these reports once more.
    pub(crate) fn mark_changed(&mut self, ids: &[String]) {
        for id in ids {
            if let Some(record) = self.records.get_mut(id) {
                record.given = None;
            }
        }
    }

    /// Takes the ids of the reports that were given out before, and are no reports any more.
    pub(crate) fn take_withdrawn(&mut self) -> Vec<String> {
        std::mem::take(&mut self.withdrawn)
    }
}
