//! How much is captured: call sites alone, both stacks, or also the first writer's stack before its call returns.

use crate::launch::{Launch, NO_PAGE};
use crate::link::{Link, await_open, frame, in_thread, large, only_report};
use redhanded::report::{Report, Writer};

fn capturing(capture: &str, program: impl Fn()) {
    let launch = Launch::of(program)
        .with(NO_PAGE)
        .with(("REDHANDED_CAPTURE", capture));
    launch.run().in_order();
}

/// Two writers overlap, in functions of their own. Returns the report while it is open and when it is closed.
fn open_and_closed() -> [Report; 2] {
    let mut link = Link::open();
    let (mut one, mut other) = (link.object(), link.object());
    let first = link.occupy(move || first_of_all(|| one.send(large())));
    let second = in_thread("second", move || {
        second_of_all(|| other.send("second".into()))
    });
    let open = await_open();
    link.drain(frame(crate::link::LARGE) + frame(6));
    first
        .join()
        .expect("no panic")
        .expect("the peer has read everything");
    second
        .join()
        .expect("no panic")
        .expect("the peer has read everything");
    [open, only_report()]
}

#[inline(never)]
fn first_of_all<T>(write: impl FnOnce() -> T) -> T {
    std::hint::black_box(write())
}

#[inline(never)]
fn second_of_all<T>(write: impl FnOnce() -> T) -> T {
    std::hint::black_box(write())
}

fn has_frame(writer: &Writer, function: &str) -> bool {
    writer
        .backtrace
        .iter()
        .any(|frame| frame.function.contains(&format!("capture::{function}")))
}

#[track_caller]
fn assert_both_stacks(report: &Report) {
    assert!(has_frame(&report.writers[0], "first_of_all"), "{report}");
    assert!(has_frame(&report.writers[1], "second_of_all"), "{report}");
    assert!(
        report
            .writers
            .iter()
            .all(|writer| writer.backtrace_missing.is_none()),
        "{report}"
    );
}

#[test]
fn site_captures_no_backtraces_and_says_why() {
    capturing("site", site);
}

pub fn site() {
    for report in open_and_closed() {
        for writer in &report.writers {
            assert!(
                writer.backtrace.is_empty() && writer.call_site.is_some(),
                "{report}"
            );
            assert_eq!(
                writer.backtrace_missing.as_deref(),
                Some("backtraces are off: REDHANDED_CAPTURE=site")
            );
        }
    }
}

#[test]
fn overlap_captures_each_writer_when_it_learns_of_the_other() {
    capturing("overlap", overlap);
}

pub fn overlap() {
    let [open, closed] = open_and_closed();
    let [first, second] = &open.writers[..] else {
        panic!("{open}")
    };
    assert!(
        first.backtrace.is_empty() && has_frame(second, "second_of_all"),
        "{open}"
    );
    let why = first.backtrace_missing.as_deref().expect("a reason");
    assert!(
        why.starts_with("this writer has not come back yet")
            && why.contains("REDHANDED_CAPTURE=always"),
        "{why}"
    );
    assert_both_stacks(&closed);
}

#[test]
fn always_has_the_stack_of_a_writer_that_has_not_come_back() {
    capturing("always", always);
}

pub fn always() {
    let [open, closed] = open_and_closed();
    assert!(
        open.open && open.writers[0].outcome.is_none() && open.writers[0].ended_us.is_none(),
        "{open}"
    );
    assert_both_stacks(&open);
    assert!(!closed.open);
    assert_both_stacks(&closed);
}
