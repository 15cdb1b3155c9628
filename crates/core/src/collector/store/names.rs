//! Names of functions come later than the finding: to load them takes seconds.

use super::Store;
use crate::collector::telling::ResolvedFinding;
use redhanded_report::Report;
use std::sync::Arc;

impl Store {
    /// Puts a finding with its names in the place of its outline, where that is kept. Gives the report that has it.
    pub(crate) fn name(&mut self, mut resolved: ResolvedFinding) -> Option<Report> {
        let (id, fingerprint) = (resolved.id, resolved.fingerprint.clone());
        let record = self.records.get(&fingerprint)?;
        let kept = record.kept().find(|finding| finding.id == id);
        let outline = kept.or_else(|| self.firsts.find(&fingerprint, id))?.clone();
        // The scope may have ended since.
        resolved.scope = outline.scope;
        self.memory.release(&outline);
        let named = self.memory.admit(resolved);
        self.firsts.replace(&named);
        let record = self.records.get_mut(&fingerprint)?;
        let is_it = |finding: &&mut Arc<ResolvedFinding>| finding.id == id;
        std::iter::once(&mut record.finding)
            .chain(&mut record.samples)
            .filter(is_it)
            .for_each(|finding| finding.clone_from(&named));
        record.given = None;
        self.report(&fingerprint)
    }

    /// How many findings are open and in no report yet.
    pub(crate) fn not_shown(&self) -> u64 {
        let not_shown = self.open.values().filter(|open| open.shown.is_none());
        let certain = not_shown.filter(|open| open.finding.as_it_is_now().is_some());
        certain.count() as u64
    }
}

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;
    use crate::collector::store::Closed;
    use crate::collector::store::fixtures::{finding, resolver};
    use crate::collector::tally::ReportTally;
    use crate::wire::Tally;
    use crate::witness::Stack;
    use redhanded_report::Process;

    #[test]
    fn an_outline_is_the_report_at_once_and_has_its_names_later() {
        let tally = Arc::new(ReportTally::new(1));
        assert!(tally.reserve());
        tally.add(1);
        let mut overlap = finding(7, &tally);
        overlap.first.stack = Some(Stack::capture());
        let resolved = resolver().resolve(&overlap);
        let mut outline = resolved.clone();
        outline.drop_backtraces("the names come later");
        outline.group = None;
        let mut store = Store::new(Process::this());
        let closed = store.close(7, outline, tally, true);
        let Some(Closed::New(first)) = closed else {
            panic!("a new report")
        };
        assert!(first.writers[0].backtrace.is_empty());
        assert_eq!(store.take_changed(), std::slice::from_ref(&first));
        assert_eq!(store.take_changed(), []);

        let mut of_another = resolved.clone();
        of_another.id = 8;
        assert_eq!(store.name(of_another), None);
        let named = store.name(resolved).expect("it is kept");
        let unchanged = |report: &Report| (report.id.clone(), report.summary.clone(), report.count);
        assert_eq!(unchanged(&named), unchanged(&first));
        let writer = &named.writers[0];
        assert!(!writer.backtrace.is_empty() && writer.backtrace_missing.is_none());
        assert!(first.group.is_none() && named.group.is_some());
        assert_eq!(store.take_changed(), [named]);
    }
}
