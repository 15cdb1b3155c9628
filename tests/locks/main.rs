//! What the locks report: which waiter waits for which holder, a value that two use at once, and locks that protect nothing.
//! It also checks which programs get no report.
#![cfg(any(debug_assertions, feature = "detect-in-release"))]

#[path = "../common/mod.rs"]
#[allow(dead_code)] // Only programs that go wrong on the wire hold a writer back there.
mod common;
#[path = "../common/stalls.rs"]
mod stalls;

#[cfg(target_os = "linux")]
mod condvar;
mod crowds;
mod deadlock;
mod downgrade;
mod exclusive;
mod exclusive_async;
mod held_over_a_read;
mod made_by_std;
mod parking_lot;
mod queued;
mod queued_async;
mod right;
mod rwlock;
mod sent_guards;
#[cfg(target_os = "linux")]
mod signals;
mod tokio_mutex;
mod tokio_rwlock;
mod two_locks;

use common::until;
use redhanded::report::{Kind, Report};
use stalls::settle;

/// Where a call is in the source.
#[derive(Debug, Clone, Copy)]
struct Line(&'static str, u32);

/// The line of this call.
macro_rules! line_here {
    () => {
        $crate::Line(file!(), line!())
    };
}
pub(crate) use line_here;

/// The line after this one.
fn next_line(Line(file, line): Line) -> Line {
    Line(file, line + 1)
}

impl Line {
    fn is_of(self, report: &Report, writer: usize) -> bool {
        let site = report
            .writers
            .get(writer)
            .and_then(|writer| writer.call_site.as_ref());
        site.is_some_and(|site| site.file == self.0 && site.line == self.1)
    }
}

/// The report of two writers at these lines, the first one first, if there is one already.
fn report_now(first: Line, second: Line) -> Option<Report> {
    let is_it = |report: &Report| first.is_of(report, 0) && second.is_of(report, 1);
    let mut found = redhanded::reports().into_iter().filter(is_it);
    let report = found.next();
    assert!(found.next().is_none(), "one report for one pair of lines");
    report
}

/// Waits for the report of two writers at these lines for which the condition holds.
#[track_caller]
fn report_when(first: Line, second: Line, is_ready: impl Fn(&Report) -> bool) -> Report {
    until("the report", || report_now(first, second).filter(&is_ready))
}

/// Reports in which a line of this file appears.
fn reports_of(file: &str) -> Vec<Report> {
    let is_of = |report: &Report| {
        report.writers.iter().any(|writer| {
            writer
                .call_site
                .as_ref()
                .is_some_and(|site| site.file == file)
        })
    };
    redhanded::reports().into_iter().filter(is_of).collect()
}

/// Checks that both sides have a call site, in functions of the program.
#[track_caller]
fn assert_both_stacks(report: &Report, functions: [&str; 2]) {
    for (writer, function) in report.writers.iter().zip(functions) {
        let top = writer
            .top_application_frame()
            .map(|frame| frame.function.as_str());
        assert!(
            top.is_some_and(|top| top.contains(function)),
            "{function} is not {top:?}:\n{report}"
        );
    }
}

/// Checks how the two sides ended.
#[track_caller]
fn assert_outcomes(report: &Report, outcomes: [&str; 2]) {
    let seen = report.writers.iter().map(|it| it.outcome.as_deref());
    assert!(seen.eq(outcomes.map(Some)), "{report}");
}

#[track_caller]
fn assert_kind(report: &Report, kind: Kind, operations: [&str; 2]) {
    assert_eq!(report.kind, kind, "{report}");
    let said: Vec<&str> = report
        .writers
        .iter()
        .map(|writer| writer.operation.as_str())
        .collect();
    assert_eq!(said, operations, "{report}");
}
