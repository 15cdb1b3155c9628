//! The shelf as a scope sees it: what was found in it, in those around it, and in none.

use super::{Record, Shelf};
use crate::collector::resolve::Told;
use crate::report::Report;
use crate::scope::Scope;
use crate::wire::Account;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

/// A scope, and the accounts of those that it sees, by the fingerprint of their report.
pub(in crate::collector) struct View {
    scope: Arc<Scope>,
    parts: HashMap<String, Vec<Arc<Account>>>,
}

/// What a scope saw at some time.
#[derive(Debug, Default)]
pub(in crate::collector) struct Seen {
    counts: HashMap<String, u64>,
    /// Findings that were shown while open.
    open: Vec<u64>,
    /// `None` before there was anything to see.
    at: Option<SystemTime>,
}

/// The first finding in full of each report and scope: what a report keeps may all be others'.
#[derive(Debug, Default)]
pub(super) struct Firsts(HashMap<(String, u64), First>);

#[derive(Debug)]
struct First {
    told: Arc<Told>,
    /// The number of the finding, while it is open.
    open: Option<u64>,
}

impl Firsts {
    pub(super) fn lacks(&self, fingerprint: &str, account: &Account) -> bool {
        let scope = account.scope();
        scope.is_some_and(|scope| !self.0.contains_key(&(fingerprint.to_owned(), scope.id())))
    }
}

impl View {
    pub(in crate::collector) fn new(scope: Arc<Scope>, parts: HashMap<String, Vec<Arc<Account>>>) -> View {
        View { scope, parts }
    }

    fn accounts(&self, fingerprint: &str) -> impl Iterator<Item = &Arc<Account>> {
        self.parts.get(fingerprint).into_iter().flatten()
    }

    /// How many findings of a report are closed.
    fn closed(&self, fingerprint: &str, record: &Record) -> u64 {
        record.account.own_count() + self.accounts(fingerprint).map(|part| part.own_count()).sum::<u64>()
    }

    fn last_seen_micros(&self, fingerprint: &str, record: &Record) -> u64 {
        let parts = self.accounts(fingerprint).map(|part| part.own_last_seen_micros());
        parts.fold(record.account.own_last_seen_micros(), u64::max)
    }
}

impl Shelf {
    /// A scope's finding is told in full. It is remembered if it is the first.
    pub(super) fn note_first(&mut self, fingerprint: &str, account: &Account, told: &Arc<Told>, open: Option<u64>) {
        if let Some(scope) = account.scope() {
            let first = || First { told: told.clone(), open };
            self.firsts.0.entry((fingerprint.to_owned(), scope.id())).or_insert_with(first);
        }
    }

    /// An open finding is not what it was. Gives whether it is the first of some scope.
    pub(super) fn drop_first(&mut self, id: u64) -> bool {
        self.drop_firsts(|_, first| first.open == Some(id))
    }

    /// Scopes that nobody will ask for any more.
    pub(in crate::collector) fn forget(&mut self, scopes: &[u64]) {
        self.drop_firsts(|scope, _| scopes.contains(&scope));
    }

    fn drop_firsts(&mut self, is_over: impl Fn(u64, &First) -> bool) -> bool {
        let before = self.firsts.0.len();
        let mut weight = 0;
        self.firsts.0.retain(|(_, scope), first| {
            let is_over = is_over(*scope, first);
            // What the report keeps, too, still weighs.
            if is_over && Arc::strong_count(&first.told) == 1 {
                weight += first.told.weight();
            }
            !is_over
        });
        self.weight = self.weight.saturating_sub(weight);
        self.firsts.0.len() < before
    }

    /// What a scope sees now.
    pub(in crate::collector) fn seen(&self, view: &View) -> Seen {
        let at = Some(SystemTime::now());
        let counts = self.counts(view).into_iter().map(|(id, (count, _))| (id.to_owned(), count)).collect();
        let shown = self.open.iter().filter(|(_, open)| open.shown.is_some());
        let open = shown.filter(|(_, open)| view.scope.sees(open.account.scope_id())).map(|(id, _)| *id).collect();
        Seen { counts, open, at }
    }

    /// The reports of what a scope sees now and did not see before, the latest first.
    pub(in crate::collector) fn reports_in(&self, view: &View, before: &Seen) -> Vec<Report> {
        let mut counts = before.counts.clone();
        for turn in before.open.iter().filter_map(|id| self.turns.get(id)) {
            counts.entry(turn.from.clone()).and_modify(|count| *count = count.saturating_sub(1));
            turn.to.iter().for_each(|to| *counts.entry(to.clone()).or_default() += 1);
        }
        let mut reports: Vec<Report> = Vec::new();
        for (id, (count, open)) in self.counts(view) {
            let count = count.saturating_sub(counts.get(id).copied().unwrap_or(0));
            let record = &self.records[id];
            if count > 0 && record.told.suppressed.is_none() {
                let told = self.told_in(id, record, view, before.at);
                let last_seen = view.last_seen_micros(id, record);
                reports.push(self.report_as(id, &told, (count, open), last_seen));
            }
        }
        reports.sort_by(|one, other| other.last_seen.cmp(&one.last_seen).then_with(|| one.id.cmp(&other.id)));
        reports
    }

    /// How many findings of each report a scope sees, and whether some of them are open.
    fn counts(&self, view: &View) -> HashMap<&String, (u64, bool)> {
        // Read before and after the open ones are looked at: one that closes meanwhile is not counted twice, and not missed.
        let closed: Vec<u64> = self.records.iter().map(|(id, record)| view.closed(id, record)).collect();
        let mut open_counts = HashMap::<&String, u64>::new();
        for open in self.open.values() {
            if let Some(shown) = &open.shown
                && view.scope.sees(open.account.scope_id())
                && open.finding.as_it_is_now().is_some()
            {
                *open_counts.entry(&shown.fingerprint).or_default() += 1;
            }
        }
        let counted = self.records.iter().zip(closed).map(|((id, record), closed)| {
            let open = open_counts.get(id).copied().unwrap_or(0);
            let is_of_scope = |shown: u64| match self.open.get(&shown) {
                Some(open) => view.scope.sees(open.account.scope_id()),
                None => view.scope.sees(record.told.scope),
            };
            let shows_open = record.shows_open.is_some_and(is_of_scope);
            let count = (closed + open).max(view.closed(id, record)).max(u64::from(shows_open));
            (id, (count, open > 0 || shows_open))
        });
        counted.collect()
    }

    /// What is told of a report in a scope: what was found in it since, as far as that was kept.
    fn told_in<'s>(
        &'s self,
        id: &str,
        record: &'s Record,
        view: &View,
        since: Option<SystemTime>,
    ) -> Vec<&'s Arc<Told>> {
        let is_of_report = |(of, scope): &&(String, u64)| of == id && view.scope.sees(*scope);
        let firsts = self.firsts.0.iter().filter(|(key, _)| is_of_report(key)).map(|(_, first)| &first.told);
        let kept = std::iter::once(&record.told).chain(&record.samples);
        let mut all: Vec<&Arc<Told>> = Vec::new();
        for told in firsts.chain(kept.filter(|told| view.scope.sees(told.scope))) {
            if told.suppressed.is_none() && !all.iter().any(|known| Arc::ptr_eq(known, told)) {
                all.push(told);
            }
        }
        all.sort_by_key(|told| told.seen);
        let of_since: Vec<_> =
            all.iter().copied().filter(|told| since.is_none_or(|since| told.seen >= since)).collect();
        match (of_since.is_empty(), all.is_empty()) {
            (false, _) => of_since,
            (true, false) => all,
            // Nothing of it was kept: writers of the same two lines stand for its own.
            (true, true) => vec![&record.told],
        }
    }
}
