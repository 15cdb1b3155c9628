//! The open findings, by their numbers, and by the report that shows them: there may be thousands of either.

use super::open::{Open, Shown};
use crate::collector::tally::ReportTally;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

#[derive(Debug, Default)]
pub(super) struct OpenFindings {
    by_number: BTreeMap<u64, Open>,
    /// The numbers of those that a report shows, by its fingerprint.
    shown: HashMap<String, BTreeSet<u64>>,
}

impl OpenFindings {
    pub(super) fn insert(&mut self, id: u64, open: Open) {
        self.remove(id);
        self.by_number.insert(id, open);
    }

    pub(super) fn remove(&mut self, id: u64) -> Option<Open> {
        self.hide(id);
        self.by_number.remove(&id)
    }

    pub(super) fn get(&self, id: u64) -> Option<&Open> {
        self.by_number.get(&id)
    }

    pub(super) fn contains(&self, id: u64) -> bool {
        self.by_number.contains_key(&id)
    }

    /// Each with its number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&u64, &Open)> {
        self.by_number.iter()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Open> {
        self.by_number.values()
    }

    /// Those that this report shows.
    pub(super) fn shown_in(&self, fingerprint: &str) -> impl Iterator<Item = &Open> {
        let numbers = self.shown.get(fingerprint).into_iter().flatten();
        numbers.filter_map(|id| self.by_number.get(id))
    }

    /// A report shows this one, and it has that tally.
    pub(super) fn show(&mut self, id: u64, shown: Shown, tally: Arc<ReportTally>) {
        self.hide(id);
        if let Some(open) = self.by_number.get_mut(&id) {
            let in_report = self.shown.entry(shown.fingerprint.clone()).or_default();
            in_report.insert(id);
            open.last_shown_in = Some(shown.fingerprint.clone());
            open.shown = Some(shown);
            open.tally = tally;
        }
    }

    /// No report shows those any more that this one has shown.
    pub(super) fn hide_all_in(&mut self, fingerprint: &str) {
        for id in self.shown.remove(fingerprint).into_iter().flatten() {
            if let Some(open) = self.by_number.get_mut(&id) {
                open.shown = None;
            }
        }
    }

    fn hide(&mut self, id: u64) {
        let open = self.by_number.get(&id);
        let Some(shown) = open.and_then(|open| open.shown.as_ref()) else {
            return;
        };
        if let Some(in_report) = self.shown.get_mut(&shown.fingerprint) {
            in_report.remove(&id);
            if in_report.is_empty() {
                self.shown.remove(&shown.fingerprint);
            }
        }
    }
}

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use crate::collector::store::{Store, fixtures};
    use crate::collector::tally::ReportTally;
    use crate::wire::{Finding, OpenFinding, Unsettled};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    /// Findings that stay open. It counts how often one is asked for.
    #[derive(Debug, Default)]
    struct Asked(AtomicU64);

    impl Unsettled for Asked {
        fn as_it_is_now(&self, _finding: u64) -> Option<Finding> {
            None
        }

        fn is_open(&self, _finding: u64) -> bool {
            self.0.fetch_add(1, Relaxed);
            true
        }
    }

    #[test]
    fn a_report_looks_at_its_own_open_findings_and_at_no_others() {
        let on = Arc::new(Asked::default());
        let mut resolver = fixtures::resolver();
        let mut store = Store::new(redhanded_report::Process::this());
        let (reports, each) = (50, 2);
        for report in 0..reports {
            let tally = Arc::new(ReportTally::new(3));
            for number in 0..each {
                let finding = fixtures::finding(report * each + number, &tally);
                let mut resolved = resolver.resolve(&finding);
                resolved.fingerprint = format!("{report}");
                store.open(OpenFinding {
                    finding: finding.clone(),
                    on: Arc::downgrade(&on) as _,
                });
                store.show_open(resolved, &finding, tally.clone());
            }
        }
        on.0.store(0, Relaxed);
        let report = store.report("7").expect("it is there");
        assert_eq!((report.count, report.open), (each, true));
        assert_eq!(on.0.load(Relaxed), each);
        store.dismiss(7 * each + 1);
        let report = store.report("7").expect("the other one shows it");
        assert_eq!(report.count, 1);
    }
}
