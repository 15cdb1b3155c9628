//! Open findings that were shown as one kind and turned out to be another, or nothing.
//!
//! An overlap may turn out to be a tear while one of its writers is still inside its call. Then its report is another one.

use std::collections::{BTreeMap, HashMap};

/// How many such findings are remembered. Scopes that were open meanwhile ask for them.
const MAX_FINDINGS: usize = 4096;

/// What was shown first, and what it is now.
#[derive(Debug, Default)]
pub(super) struct Reclassified {
    /// By the fingerprint of a report that is gone: the report that took its place, if any did.
    reports: HashMap<String, Option<String>>,
    /// By the number of the finding.
    findings: BTreeMap<u64, Change>,
}

/// The report in which a finding was shown first, and the one that it belongs to now.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) from: String,
    pub(super) to: Option<String>,
}

impl Reclassified {
    /// A finding that was shown in the report `shown` belongs to the report `now`, or to none.
    pub(super) fn note_finding(&mut self, id: u64, shown: String, now: Option<&String>) {
        if Some(&shown) == now {
            return;
        }
        // It may have changed before.
        let from = self
            .findings
            .remove(&id)
            .map_or(shown, |change| change.from);
        let to = now.cloned();
        self.findings.insert(id, Change { from, to });
        if self.findings.len() > MAX_FINDINGS {
            self.findings.pop_first();
        }
    }

    /// A report is gone, and the report `now` took its place, or none did.
    pub(super) fn note_report(&mut self, fingerprint: String, now: Option<&String>) {
        self.reports.insert(fingerprint, now.cloned());
    }

    pub(super) fn finding(&self, id: u64) -> Option<&Change> {
        self.findings.get(&id)
    }

    /// The report that took the place of one that is gone.
    pub(super) fn successor(&self, fingerprint: &str) -> Option<&str> {
        self.reports.get(fingerprint)?.as_deref()
    }
}
