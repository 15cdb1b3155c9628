//! Many runs of a wrong program, each of which must add its findings.

use crate::accusation::{Pair, check};
use crate::common::{PATIENCE, run_often};
use redhanded::report::{Report, Writer};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

/// One run of a program.
#[derive(Debug)]
pub(crate) struct Run {
    file: &'static str,
    is_first: bool,
}

impl Run {
    /// Waits until this many findings are open. In each, the first writer is still stuck in its call.
    ///
    /// It does this in the first run only. Later findings of a known pair are only counted, when they are complete.
    #[track_caller]
    pub(crate) fn sees_open_findings(&self, count: usize) {
        if !self.is_first {
            return;
        }
        let deadline = Instant::now() + PATIENCE;
        let open = loop {
            let open = reports_of(self.file);
            if open.len() == count {
                break open;
            }
            assert!(
                Instant::now() < deadline,
                "{count} open finding(s) expected: {open:#?}"
            );
            thread::yield_now();
        };
        for report in open {
            assert!(report.open, "{report}");
            assert!(
                report
                    .writers
                    .iter()
                    .all(|writer| writer.thread.name.is_some()),
                "{report}"
            );
            let [first, second] = &report.writers[..] else {
                panic!("two writers in {report}")
            };
            assert!(
                first.ended_us.is_none() && first.outcome.is_none(),
                "the first is stuck: {report}"
            );
            // The first writer takes its backtrace when its call returns, unless it was the second writer of another pair.
            assert_eq!(
                first.backtrace.is_empty(),
                first.backtrace_missing.is_some(),
                "{report}"
            );
            assert!(!second.backtrace.is_empty(), "{report}");
        }
    }
}

/// Runs a program often, and checks that every run adds exactly one finding for each of the pairs that it returns.
#[track_caller]
pub(crate) fn caught_in_every_run(
    file: &'static str,
    mut program: impl FnMut(&Run) -> Vec<Pair> + Send + 'static,
) {
    let runs: Arc<Mutex<Vec<Vec<Pair>>>> = Arc::default();
    let gathered = runs.clone();
    run_often(move |index| {
        let before = reports_of(file);
        let pairs = program(&Run {
            file,
            is_first: index == 0,
        });
        let after = reports_of(file);
        for pair in &pairs {
            let (before, after) = (pair.count_in(&before), pair.count_in(&after));
            assert_eq!(
                after,
                before + 1,
                "run {index} adds one finding of {pair:#?}"
            );
        }
        gathered.lock().unwrap().push(pairs);
    });
    let runs = runs.lock().unwrap();
    for pair in 0..runs[0].len() {
        let report = runs[0][pair]
            .report_in(&reports_of(file))
            .expect("it was counted");
        check(
            &report,
            &runs.iter().map(|pairs| &pairs[pair]).collect::<Vec<_>>(),
        );
    }
}

/// The reports with a writer in this file. Programs of other files run at the same time.
pub(crate) fn reports_of(file: &str) -> Vec<Report> {
    let stands_there = |writer: &Writer| {
        writer
            .call_site
            .as_ref()
            .is_some_and(|site| site.file == file)
    };
    redhanded::reports()
        .into_iter()
        .filter(|report| report.writers.iter().any(stands_there))
        .collect()
}
