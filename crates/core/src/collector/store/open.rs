//! Findings that are still open: one of the two writers has not come back, or not both have.

use super::Store;
use super::records::Record;
use crate::collector::tally::{self, ReportTally};
use crate::collector::telling::ResolvedFinding;
use crate::wire::{Finding, OpenFinding, PairKey};
use redhanded_report::Report;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct Open {
    pub(super) finding: OpenFinding,
    since: Instant,
    /// `None` until a report shows it.
    pub(super) shown: Option<Shown>,
    /// The report that has shown it last, or does.
    pub(super) last_shown_in: Option<String>,
    /// The tally of what it is now. It may have turned out to be a tear.
    pub(super) tally: Arc<ReportTally>,
}

/// What an open finding was shown as.
#[derive(Debug)]
pub(super) struct Shown {
    are_back: [bool; 2],
    key: PairKey,
    has_deadlock: bool,
    pub(super) fingerprint: String,
}

impl Shown {
    fn new(finding: &Finding, fingerprint: String) -> Shown {
        Shown {
            are_back: finding.are_back(),
            key: finding.key,
            has_deadlock: finding.deadlock().is_some(),
            fingerprint,
        }
    }

    /// Whether it was shown as it is now.
    fn is_up_to_date(&self, now: &Finding) -> bool {
        self.are_back == now.are_back()
            && self.key == now.key
            && self.has_deadlock == now.deadlock().is_some()
    }
}

impl Store {
    /// Takes in a finding that is open.
    pub(crate) fn open(&mut self, finding: OpenFinding) {
        let id = finding.finding.id;
        let tally = tally::of(&finding.finding);
        let open = Open {
            finding,
            since: Instant::now(),
            shown: None,
            last_shown_in: None,
            tally,
        };
        self.open.insert(id, open);
    }

    /// An open finding has come to nothing.
    pub(crate) fn dismiss(&mut self, id: u64) {
        self.end_open(id, None);
    }

    /// A finding is open no more, and belongs to the report `now`, or to none. Gives whether it was the first of a scope.
    pub(super) fn end_open(&mut self, id: u64, now: Option<&String>) -> bool {
        let Some(open) = self.open.remove(id) else {
            return false;
        };
        if let Some(shown) = open.shown {
            self.reclassified.note_finding(id, shown.fingerprint, now);
        }
        let Some(before) = open.last_shown_in else {
            return false;
        };
        let was_first = self.drop_first(&before, id);
        self.withdraw(id, &before, now);
        was_first
    }

    /// The open findings that are certain, at least so old, and not shown as they are now.
    pub(crate) fn open_to_show(&self, age: Duration) -> Vec<Finding> {
        let due = self
            .open
            .values()
            .filter(|open| open.since.elapsed() >= age);
        due.filter_map(|open| {
            let now = open.finding.as_it_is_now()?;
            let shown = open.shown.as_ref();
            (!shown.is_some_and(|shown| shown.is_up_to_date(&now))).then_some(now)
        })
        .collect()
    }

    /// Shows an open finding. Gives the report if it is a new one or is of another kind now, or if it is known only now that the
    /// wait will never end.
    pub(crate) fn show_open(
        &mut self,
        resolved: ResolvedFinding,
        now: &Finding,
        tally: Arc<ReportTally>,
    ) -> Option<Report> {
        let id = now.id;
        let fingerprint = resolved.fingerprint.clone();
        let open = self.open.get(id)?;
        let shown = Shown::new(now, fingerprint.clone());
        let before = open.shown.as_ref();
        let is_stuck_now = shown.has_deadlock && before.is_some_and(|before| !before.has_deadlock);
        if let Some(before) = before {
            self.reclassified
                .note_finding(id, before.fingerprint.clone(), Some(&fingerprint));
        }
        let before = open.last_shown_in.clone();
        self.open.show(id, shown, tally.clone());
        if let Some(before) = before {
            self.drop_first(&before, id);
            self.withdraw(id, &before, Some(&fingerprint));
        }
        if let Some(record) = self.records.get_mut(&fingerprint) {
            record.note_part(&tally, &resolved, true);
            if record.shows_open == Some(id) {
                let is_other_kind = record.finding.key.kind != resolved.key.kind;
                let finding = self.replace(&fingerprint, resolved);
                self.note_first(finding, Some(id));
                let is_news = is_stuck_now || is_other_kind;
                return self.report(&fingerprint).filter(|_| is_news);
            }
            if self.firsts.is_wanted_by_a_scope(&resolved) {
                let finding = self.memory.admit(resolved);
                self.note_first(finding, Some(id));
            }
            return None;
        }
        let finding = self.memory.admit(resolved);
        self.note_first(finding.clone(), Some(id));
        self.begin(fingerprint, tally, finding, Some(id))
    }

    /// Closes a finding of which only the count is kept, if no report has shown it. Gives whether that is so.
    pub(crate) fn close_if_not_shown(&mut self, id: u64) -> bool {
        let is_not_shown = self.open.get(id).is_none_or(|open| open.shown.is_none());
        if is_not_shown {
            self.open.remove(id);
        }
        is_not_shown
    }

    /// An open finding belongs to the report `now`, or to none. Takes it out of the report that has shown it last, if that is
    /// another one and is about it.
    fn withdraw(&mut self, id: u64, shown_in: &str, now: Option<&String>) {
        let is_about_it = |record: &Record| record.shows_open == Some(id);
        if now.is_some_and(|now| now == shown_in)
            || !self.records.get(shown_in).is_some_and(is_about_it)
        {
            return;
        }
        let Some((fingerprint, mut record)) = self.records.remove_entry(shown_in) else {
            return;
        };
        self.memory.release(&record.finding);
        if record.samples.is_empty() {
            // Others that were shown in it are shown anew.
            self.open.hide_all_in(&fingerprint);
            self.reclassified.note_report(fingerprint.clone(), now);
            self.withdrawn.push(fingerprint);
        } else {
            let worst = (0..record.samples.len()).min_by_key(|at| record.samples[*at].rank());
            record.finding = record.samples.remove(worst.unwrap_or_default());
            (record.shows_open, record.given) = (None, None);
            self.records.insert(fingerprint, record);
        }
    }
}
