//! The store as a scope sees it: the findings of the scope, of those around it, and of none.

use super::Store;
use super::records::{Counts, Part, Record, sorted};
use crate::collector::scope::{self, Scope};
use crate::collector::tally::ReportTally;
use crate::collector::telling::ResolvedFinding;
use redhanded_report::{Kind, Report};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

/// A scope, and the tallies that it sees, by the fingerprint of their report.
pub(crate) struct View {
    scope: Arc<Scope>,
    parts: HashMap<String, Vec<Arc<ReportTally>>>,
}

/// What a scope saw at one moment.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    counts: HashMap<String, u64>,
    /// The numbers of findings that were open and shown.
    open: Vec<u64>,
    /// `None` before there was anything to see.
    at: Option<SystemTime>,
}

/// The first finding in full, or the first that is worse, of each report that each scope sees. All that a report keeps may be other scopes'.
#[derive(Debug, Default)]
pub(crate) struct Firsts {
    /// By the fingerprint of the report, and then by the scope.
    by_report: HashMap<String, HashMap<u64, First>>,
}

#[derive(Debug)]
struct First {
    finding: Arc<ResolvedFinding>,
    /// The number of the finding, while it is open.
    open: Option<u64>,
}

impl Firsts {
    /// Whether this finding would be the first of its report for a scope that sees it, or the worst so far.
    pub(crate) fn is_wanted_by_a_scope(&self, finding: &ResolvedFinding) -> bool {
        let is_wanted_by = |viewer| {
            let first = self.find_of(&finding.fingerprint, viewer);
            first.is_none_or(|first| finding.is_worse_than(&first.finding))
        };
        scope::viewers(finding.scope, finding.seen)
            .into_iter()
            .any(is_wanted_by)
    }

    fn find_of(&self, fingerprint: &str, viewer: u64) -> Option<&First> {
        self.by_report.get(fingerprint)?.get(&viewer)
    }

    /// The finding of this number, if it is the first of a scope in this report.
    pub(crate) fn find(&self, fingerprint: &str, id: u64) -> Option<&Arc<ResolvedFinding>> {
        let firsts = self.by_report.get(fingerprint)?.values();
        let mut findings = firsts.map(|first| &first.finding);
        findings.find(|finding| finding.id == id)
    }

    /// A finding has its names now.
    pub(crate) fn replace(&mut self, named: &Arc<ResolvedFinding>) {
        let is_it = |first: &&mut First| first.finding.id == named.id;
        let firsts = self.by_report.get_mut(&named.fingerprint);
        firsts
            .into_iter()
            .flat_map(HashMap::values_mut)
            .filter(is_it)
            .for_each(|first| first.finding = named.clone());
    }
}

impl View {
    pub(crate) fn new(scope: Arc<Scope>, parts: HashMap<String, Vec<Arc<ReportTally>>>) -> View {
        View { scope, parts }
    }

    fn tallies(&self, fingerprint: &str) -> impl Iterator<Item = &Arc<ReportTally>> {
        self.parts.get(fingerprint).into_iter().flatten()
    }

    /// How many findings of a report are closed.
    fn closed(&self, fingerprint: &str, record: &Record) -> u64 {
        let by_kind = self.closed_by_kind(fingerprint, record);
        by_kind.map(|(_, count)| count).sum()
    }

    /// How many findings of a report are closed, of each kind.
    fn closed_by_kind(
        &self,
        fingerprint: &str,
        record: &Record,
    ) -> impl Iterator<Item = (Kind, u64)> {
        record.shown_parts().map(move |part| {
            let in_view = self.tallies_of(fingerprint, part);
            let counts = in_view.map(|tally| tally.own_count());
            (part.kind, part.tally.own_count() + counts.sum::<u64>())
        })
    }

    /// The tallies that the scope sees of a part of a report.
    fn tallies_of(
        &self,
        fingerprint: &str,
        part: &Part,
    ) -> impl Iterator<Item = &Arc<ReportTally>> {
        self.tallies(fingerprint)
            .filter(|tally| Arc::ptr_eq(tally.whole(), &part.tally))
    }

    fn last_seen_micros(&self, fingerprint: &str, record: &Record) -> u64 {
        let of_part = |part: &Part| {
            let in_view = self.tallies_of(fingerprint, part);
            let seen = in_view.map(|tally| tally.own_last_seen_micros());
            seen.fold(part.tally.own_last_seen_micros(), u64::max)
        };
        record.shown_parts().map(of_part).max().unwrap_or_default()
    }
}

impl Store {
    /// A finding is kept in full. It is remembered for the scopes for which it is the first.
    pub(crate) fn note_first(&mut self, finding: Arc<ResolvedFinding>, open: Option<u64>) {
        let viewers = scope::viewers(finding.scope, finding.seen);
        if viewers.is_empty() {
            return;
        }
        let by_report = &mut self.firsts.by_report;
        let firsts = by_report.entry(finding.fingerprint.clone()).or_default();
        for viewer in viewers {
            let known = firsts.get(&viewer);
            if known.is_none_or(|known| finding.is_worse_than(&known.finding)) {
                let finding = finding.clone();
                let before = firsts.insert(viewer, First { finding, open });
                // The report may still keep it, or another scope.
                if let Some(before) = before.and_then(|first| Arc::into_inner(first.finding)) {
                    self.memory.release(&before);
                }
            }
        }
    }

    /// An open finding has changed, which this report has shown. Gives whether it was the first of a scope.
    pub(super) fn drop_first(&mut self, fingerprint: &str, id: u64) -> bool {
        let Some(firsts) = self.firsts.by_report.get_mut(fingerprint) else {
            return false;
        };
        let dropped: Vec<First> = firsts
            .extract_if(|_, first| first.open == Some(id))
            .map(|(_, first)| first)
            .collect();
        if firsts.is_empty() {
            self.firsts.by_report.remove(fingerprint);
        }
        let is_any = !dropped.is_empty();
        self.release_firsts(dropped);
        is_any
    }

    /// A scope has ended.
    pub(crate) fn forget(&mut self, scope: u64) {
        let by_report = &mut self.firsts.by_report;
        let dropped = by_report
            .values_mut()
            .filter_map(|firsts| firsts.remove(&scope))
            .collect();
        by_report.retain(|_, firsts| !firsts.is_empty());
        self.release_firsts(dropped);
    }

    fn release_firsts(&mut self, dropped: Vec<First>) {
        for First { finding, .. } in dropped {
            // The report may still keep it, or another scope.
            if let Some(finding) = Arc::into_inner(finding) {
                self.memory.release(&finding);
            }
        }
    }

    /// What a scope sees now.
    pub(crate) fn seen(&self, view: &View) -> Seen {
        let at = Some(SystemTime::now());
        let counts = self
            .counts(view)
            .into_iter()
            .map(|(id, (count, _))| (id.to_owned(), count))
            .collect();
        let shown = self.open.iter().filter(|(_, open)| open.shown.is_some());
        let open = shown
            .filter(|(_, open)| view.scope.sees(open.tally.scope_id()))
            .map(|(id, _)| *id)
            .collect();
        Seen { counts, open, at }
    }

    /// The reports of what a scope sees now and did not see before, the latest first.
    pub(crate) fn reports_in(&self, view: &View, before: &Seen) -> Vec<Report> {
        let mut counts = before.counts.clone();
        let changes = before
            .open
            .iter()
            .filter_map(|id| self.reclassified.finding(*id));
        for change in changes {
            counts
                .entry(change.from.clone())
                .and_modify(|count| *count = count.saturating_sub(1));
            change
                .to
                .iter()
                .for_each(|to| *counts.entry(to.clone()).or_default() += 1);
        }
        let mut reports: Vec<Report> = Vec::new();
        for (id, (count, open)) in self.counts(view) {
            let count = count.saturating_sub(counts.get(id).copied().unwrap_or(0));
            let record = &self.records[id];
            if count > 0 && record.finding.suppressed.is_none() {
                let findings = self.findings_in(id, record, view, before.at);
                let is_new = counts.get(id).is_none_or(|count| *count == 0);
                let by_kind = view.closed_by_kind(id, record).filter(|_| is_new);
                let counts = Counts {
                    all: (count, open),
                    by_kind: by_kind.collect(),
                    first_seen: findings
                        .iter()
                        .map(|it| it.seen)
                        .min()
                        .unwrap_or(record.first_seen),
                    last_seen_micros: view.last_seen_micros(id, record),
                };
                reports.push(self.report_as(id, &findings, &counts));
            }
        }
        sorted(reports)
    }

    /// How many findings of each report a scope sees, and whether some of them are open.
    fn counts(&self, view: &View) -> HashMap<&String, (u64, bool)> {
        // Read before and after the open ones are looked at, so that one that closes meanwhile is counted once.
        let closed: Vec<u64> = self
            .records
            .iter()
            .map(|(id, record)| view.closed(id, record))
            .collect();
        let mut open_counts = HashMap::<&String, u64>::new();
        for open in self.open.values() {
            if let Some(shown) = &open.shown
                && view.scope.sees(open.tally.scope_id())
                && open.finding.is_open()
            {
                *open_counts.entry(&shown.fingerprint).or_default() += 1;
            }
        }
        let counted = self
            .records
            .iter()
            .zip(closed)
            .map(|((id, record), closed)| {
                let open = open_counts.get(id).copied().unwrap_or(0);
                let is_of_scope = |shown: u64| match self.open.get(shown) {
                    Some(open) => view.scope.sees(open.tally.scope_id()),
                    None => view.scope.sees(record.finding.scope),
                };
                let shows_open = record.shows_open.is_some_and(is_of_scope);
                let count = (closed + open)
                    .max(view.closed(id, record))
                    .max(u64::from(shows_open));
                (id, (count, open > 0 || shows_open))
            });
        counted.collect()
    }

    /// The findings that a report has in a scope: those made since, as far as they were kept.
    fn findings_in<'s>(
        &'s self,
        id: &str,
        record: &'s Record,
        view: &View,
        since: Option<SystemTime>,
    ) -> Vec<&'s Arc<ResolvedFinding>> {
        let first = self
            .firsts
            .find_of(id, view.scope.id())
            .map(|first| &first.finding);
        let mut all: Vec<&Arc<ResolvedFinding>> = Vec::new();
        for finding in first.into_iter().chain(
            record
                .kept()
                .filter(|finding| view.scope.sees(finding.scope)),
        ) {
            if finding.suppressed.is_none() && !all.iter().any(|known| Arc::ptr_eq(known, finding))
            {
                all.push(finding);
            }
        }
        all.sort_by_key(|finding| (finding.rank(), finding.seen));
        let of_since: Vec<_> = all
            .iter()
            .copied()
            .filter(|finding| since.is_none_or(|since| finding.seen >= since))
            .collect();
        match (of_since.is_empty(), all.is_empty()) {
            (false, _) => of_since,
            (true, false) => all,
            // None of them was kept. Other writers of the same two lines stand for them.
            (true, true) => vec![&record.finding],
        }
    }
}
