//! Many at once, and again and again: every finding comes to its end, and nothing piles up behind a lock.

use crate::common::start;
use crate::{line_here, next_line, report_when, settle, until};
use redhanded::report::{Kind, Report};
use redhanded::sync::{Arc, Exclusive};
use std::time::{Duration, Instant};

#[test]
fn whoever_has_left_is_not_shown_inside_for_ever() {
    settle();
    let exclusive = Arc::new(Exclusive::new(0));
    let line = next_line(next_line(next_line(line_here!())));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let exclusive = exclusive.clone();
            start("crowd", move || (0..20_000).for_each(|_| *exclusive.enter().expect("it waits") += 1))
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.result());
    assert_eq!(*exclusive.enter().unwrap(), 80_000);
    let is_of_crowd = |report: &Report| line.is_of(report, 0) || next_line(line).is_of(report, 0);
    until("the end of all", || {
        let mut reports = redhanded::reports().into_iter().filter(is_of_crowd).peekable();
        assert!(reports.peek().is_some(), "nobody met");
        reports.all(|report| !report.open && report.kind == Kind::Overlap).then_some(())
    });
}

#[test]
fn whoever_is_refused_again_and_again_leaves_nothing_behind() {
    settle();
    let exclusive = Exclusive::new(());
    let (guard, entered) = (exclusive.enter().unwrap(), line_here!());
    let came = next_line(line_here!());
    (0..100_000).for_each(|_| drop(exclusive.enter().unwrap_err()));
    let waited = Instant::now();
    drop(guard);
    assert!(waited.elapsed() < Duration::from_secs(2), "{:?}", waited.elapsed());
    let report = report_when(entered, came, |report| !report.open);
    assert_eq!(report.count, 100_000, "{report}");
}
