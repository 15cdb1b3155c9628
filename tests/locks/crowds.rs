//! Many waits at once, many times. Every finding is completed, and nothing accumulates at a lock.

use crate::common::start;
use crate::{line_here, next_line, report_when, settle, until};
use redhanded::report::Kind;
use redhanded::sync::{Arc, Exclusive};
use std::time::{Duration, Instant};

#[test]
fn a_thread_that_has_left_is_not_shown_inside_any_more() {
    settle();
    let exclusive = Arc::new(Exclusive::new(0));
    let line = next_line(next_line(line_here!()));
    let enter = |exclusive: Arc<Exclusive<u64>>| {
        (0..20_000).for_each(|_| *exclusive.enter().expect("it waits") += 1);
    };
    let of_crowd = || {
        redhanded::reports()
            .into_iter()
            .filter(|report| line.is_of(report, 0))
    };
    let mut crowds = 0;
    // Now and then, each one is done before the next one begins.
    until("two that meet", || {
        let threads = [(); 4].map(|()| {
            let exclusive = exclusive.clone();
            start("crowd", move || enter(exclusive))
        });
        threads.into_iter().for_each(|thread| thread.result());
        crowds += 1;
        of_crowd().next()
    });
    assert_eq!(
        Arc::into_inner(exclusive).unwrap().into_inner(),
        crowds * 80_000
    );
    until("the end of all", || {
        of_crowd()
            .all(|report| !report.open && report.kind == Kind::Overlap)
            .then_some(())
    });
}

#[test]
fn threads_that_are_refused_many_times_leave_nothing_behind() {
    settle();
    let exclusive = Exclusive::new(());
    let (guard, entered) = (exclusive.enter().unwrap(), line_here!());
    let came = next_line(line_here!());
    (0..100_000).for_each(|_| drop(exclusive.enter().unwrap_err()));
    let waited = Instant::now();
    drop(guard);
    assert!(
        waited.elapsed() < Duration::from_secs(2),
        "{:?}",
        waited.elapsed()
    );
    let report = report_when(entered, came, |report| !report.open);
    assert_eq!(report.count, 100_000, "{report}");
}
