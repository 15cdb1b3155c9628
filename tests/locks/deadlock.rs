//! Cycles of waits that never end: two locks in opposite order, and one lock taken twice.

use crate::common::start;
use crate::{Line, assert_both_stacks, assert_kind, line_here, next_line, report_when, settle};
use redhanded::report::Kind;
use redhanded::sync::{Arc, Barrier, Mutex};
use std::sync::mpsc::channel;
use std::thread;

/// Takes one lock, and then the other. It blocks for ever if another thread takes them the other way round.
fn take_both(first: &Mutex<()>, second: &Mutex<()>, both_have_one: &Barrier) {
    let _first = first.lock().unwrap();
    both_have_one.wait();
    let _second = second.lock().unwrap();
    unreachable!("neither gets its second lock");
}

const FIRST: Line = Line(file!(), 12);
const SECOND: Line = Line(file!(), 14);

#[test]
fn two_threads_that_wait_for_each_other_are_named_as_a_deadlock_with_both_stacks() {
    settle();
    let (a, b) = (Arc::new(Mutex::new(())), Arc::new(Mutex::new(())));
    let both_have_one = Arc::new(Barrier::new(2));
    for (name, first, second) in [
        ("a then b", a.clone(), b.clone()),
        ("b then a", b.clone(), a.clone()),
    ] {
        let both_have_one = both_have_one.clone();
        // These threads never end, so the test does not wait for them.
        thread::Builder::new()
            .name(name.into())
            .spawn(move || take_both(&first, &second, &both_have_one))
            .unwrap();
    }
    let report = report_when(FIRST, SECOND, |report| {
        let has_stacks = report
            .writers
            .iter()
            .all(|writer| !writer.backtrace.is_empty());
        report.count == 1 && report.summary.starts_with("deadlock: ") && has_stacks
    });
    assert_kind(
        &report,
        Kind::Stall,
        ["hold of a Mutex", "wait for a Mutex"],
    );
    // The holder of the lock waits itself.
    assert_both_stacks(&report, ["take_both", "take_both"]);
    let [holder, waiter] = &report.writers[..] else {
        panic!("{report}")
    };
    assert!(
        report.open && holder.thread.id != waiter.thread.id,
        "{report}"
    );
    for name in [
        "\"a then b\" waits for Mutex #",
        "\"b then a\" waits for Mutex #",
    ] {
        assert!(report.summary.contains(name), "{report}");
    }
    assert!(
        report.summary.contains("which the first one holds")
            && !report.summary.contains("it ends only"),
        "{report}"
    );
    assert!(
        report
            .note
            .as_ref()
            .is_some_and(|note| note.starts_with("deadlock")),
        "{report}"
    );
}

#[test]
fn a_thread_that_locks_twice_is_named_as_a_deadlock() {
    settle();
    let (send_lines, lines) = channel();
    let thread = start("twice", move || {
        let mutex = Mutex::new(());
        let (_guard, first) = (mutex.lock().unwrap(), line_here!());
        send_lines.send((first, next_line(line_here!()))).unwrap();
        let _again = mutex.lock();
    });
    let (first, second) = lines.recv().unwrap();
    let report = report_when(first, second, |report| {
        report.summary.starts_with("deadlock: ")
    });
    assert!(
        report.summary.contains("\"twice\" waits for Mutex #")
            && report.summary.contains("which it holds itself")
    );
    assert_eq!(report.writers[0].thread, report.writers[1].thread);
    drop(thread);
}
