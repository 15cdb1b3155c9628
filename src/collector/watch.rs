//! A scope for tests: what was found since it began.

use crate::report::Report;
use std::collections::HashMap;

/// What [`watch`](crate::watch) gives: sees every finding of the process that is made after it.
///
/// ```
/// let watch = redhanded::watch();
/// // … the program under test …
/// watch.assert_clean();
/// ```
#[derive(Debug)]
#[must_use = "ask it for its findings"]
pub struct Watch {
    before: HashMap<String, u64>,
    /// Findings that were open when it began. They belong to an earlier scope, whatever becomes of them.
    open: Vec<u64>,
}

impl Watch {
    pub(super) fn new() -> Self {
        let before = super::reports().into_iter().map(|report| (report.id, report.count)).collect();
        Watch { before, open: super::open_findings() }
    }

    /// The reports with findings made since, with their [`count`](Report::count) since. Waits for findings that are
    /// still on their way, ten seconds at most.
    pub fn findings(&self) -> Vec<Report> {
        let reports = super::reports().into_iter();
        let mut before = self.before.clone();
        for turn in super::turns_of(&self.open) {
            before.entry(turn.from).and_modify(|count| *count = count.saturating_sub(1));
            turn.to.into_iter().for_each(|to| *before.entry(to).or_default() += 1);
        }
        reports
            .filter_map(|mut report| {
                report.count -= before.get(&report.id).copied().unwrap_or(0).min(report.count);
                (report.count > 0).then_some(report)
            })
            .collect()
    }

    /// Fails the test if there were findings.
    ///
    /// # Panics
    /// With every report in full, if there is one.
    #[track_caller]
    pub fn assert_clean(&self) {
        let findings = self.findings();
        if !findings.is_empty() {
            let reports: Vec<String> = findings.iter().map(Report::to_string).collect();
            panic!("{} report(s) of writers caught together:\n\n{}", findings.len(), reports.join("\n"));
        }
    }
}

/// Begins a scope for tests.
pub fn watch() -> Watch {
    Watch::new()
}
