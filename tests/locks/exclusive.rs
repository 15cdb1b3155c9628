//! A value that only one may use at a time, used by two threads.

use crate::common::start;
use crate::{
    assert_both_stacks, assert_kind, line_here, next_line, report_when, reports_of, settle,
};
use redhanded::report::Kind;
use redhanded::sync::{Arc, Exclusive};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::channel;

#[test]
fn a_second_user_waits_and_is_reported_with_both_stacks() {
    settle();
    let made = next_line(line_here!());
    let shared = Arc::new(Exclusive::new(1));
    let ((inside, is_inside), (end, may_end)) = (channel(), channel::<()>());
    let user = shared.clone();
    let first = start("first", move || {
        let (mut guard, line) = (user.enter().unwrap(), line_here!());
        inside.send(line).unwrap();
        may_end.recv().unwrap();
        *guard *= 3;
    });
    let entered = is_inside.recv().unwrap();
    let came = next_line(line_here!());
    let second = start("second", move || *shared.enter().unwrap() += 1);
    let open = report_when(entered, came, |report| report.open);
    assert_kind(
        &open,
        Kind::Overlap,
        ["use of an Exclusive", "use of an Exclusive"],
    );
    assert!(
        open.writers[0].backtrace.is_empty() && !open.writers[1].backtrace.is_empty(),
        "{open}"
    );
    assert_eq!(
        open.lock.as_ref().unwrap().created.as_ref().unwrap().line,
        made.1
    );
    end.send(()).unwrap();
    first.result();
    second.result();
    let closed = report_when(entered, came, |report| !report.open);
    assert_both_stacks(&closed, ["exclusive::", "exclusive::"]);
    let outcomes = closed
        .writers
        .iter()
        .map(|writer| writer.outcome.as_deref());
    assert!(
        outcomes.eq([Some("released"), Some("acquired")]),
        "{closed}"
    );
    assert_eq!((closed.count, &closed.note), (1, &None));
}

#[test]
fn a_user_that_enters_again_gets_an_error_that_names_both_because_it_would_wait_for_itself() {
    settle();
    let exclusive = Exclusive::new(());
    let (guard, entered) = (exclusive.enter().unwrap(), line_here!());
    let came = next_line(line_here!());
    let error = exclusive.enter().unwrap_err();
    let line = |party: &redhanded::error::Party| party.call_site.as_ref().map(|site| site.line);
    assert_eq!(
        (line(error.this()), line(error.other())),
        (Some(came.1), Some(entered.1))
    );
    let words = error.to_string();
    assert!(
        words.starts_with("concurrent use of an Exclusive made at tests/locks/exclusive.rs:")
            && words.contains("#overlap")
    );
    drop(guard);
    let report = report_when(entered, came, |report| !report.open);
    assert_eq!(
        report.writers[1].outcome.as_deref(),
        Some("refused"),
        "{report}"
    );
    // All have left again.
    drop(exclusive.enter().unwrap());
    exclusive.into_inner();
}

#[test]
fn threads_that_take_turns_are_not_reported_and_lose_nothing() {
    settle();
    let exclusive = Arc::new(Exclusive::new(0));
    let line_of_use = AtomicU32::new(0);
    let (turn, turns) = channel();
    turn.send(0).unwrap();
    let turns = std::sync::Mutex::new(turns);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..1_000 {
                    let turns = turns.lock().unwrap();
                    let number = turns.recv().unwrap();
                    let (line, mut count) = (line!(), exclusive.enter().unwrap());
                    *count += 1;
                    drop(count);
                    line_of_use.store(line, Relaxed);
                    turn.send(number + 1).unwrap();
                }
            });
        }
    });
    assert_eq!(*exclusive.enter().unwrap(), 4_000);
    let mine = reports_of(file!());
    let accused = mine
        .iter()
        .filter(|report| report.summary.contains("threads_that_take_turns"));
    assert_eq!(accused.count(), 0);
    let sites = mine
        .iter()
        .flat_map(|report| &report.writers)
        .filter_map(|writer| writer.call_site.as_ref());
    assert_eq!(
        sites
            .filter(|site| site.line == line_of_use.load(Relaxed))
            .count(),
        0
    );
}

#[test]
fn a_panic_inside_ends_the_use() {
    settle();
    let exclusive = Exclusive::new(5);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _guard = exclusive.enter().unwrap();
        std::panic::resume_unwind(Box::new("on purpose"));
    }));
    assert!(panicked.is_err());
    assert_eq!(*exclusive.enter().unwrap(), 5);
}
