//! What happens to two users of an `Exclusive`, policy by policy.

use crate::launch::{Ended, Launch, NO_PAGE};
use crate::link::{in_thread, only_report};
use redhanded::report::Kind;
use redhanded::sync::{Arc, Exclusive};
use std::panic::catch_unwind;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

fn under(policy: &str, program: impl Fn()) -> Ended {
    Launch::of(program)
        .with(NO_PAGE)
        .with(("REDHANDED_POLICY", policy))
        .run()
}

/// A thread that uses the value until it gets a message.
fn inside(exclusive: &Arc<Exclusive<u32>>) -> (JoinHandle<()>, Sender<()>) {
    let exclusive = exclusive.clone();
    let ((entered, is_inside), (go, may_go)) = (channel(), channel());
    let thread = in_thread("inside", move || {
        let mut guard = exclusive.enter().expect("no other is inside");
        entered.send(()).expect("the receiver is kept");
        may_go.recv().expect("the sender is kept");
        *guard += 1;
    });
    is_inside.recv().expect("it enters");
    (thread, go)
}

#[track_caller]
fn assert_outcomes(expected: [&str; 2]) {
    let report = only_report();
    assert_eq!(
        (report.kind, report.count, report.open),
        (Kind::Overlap, 1, false),
        "{report}"
    );
    let outcomes: Vec<_> = report
        .writers
        .iter()
        .map(|writer| writer.outcome.as_deref().unwrap_or("none"))
        .collect();
    assert_eq!(outcomes, expected, "{report}");
}

#[test]
fn under_error_the_second_is_refused_and_the_first_goes_on() {
    under("error", refused).in_order();
}

pub fn refused() {
    let exclusive = Arc::new(Exclusive::new(1));
    let (first, go) = inside(&exclusive);
    let (line, refusal) = (line!(), exclusive.enter().expect_err("another is inside"));
    assert_eq!(
        refusal.this().call_site.as_ref().map(|site| site.line),
        Some(line)
    );
    assert_eq!(refusal.other().operation, "use of an Exclusive");
    assert!(
        refusal
            .to_string()
            .ends_with(&format!("see {}", refusal.guide())),
        "{refusal}"
    );
    go.send(()).expect("it waits");
    first.join().expect("the first is not refused");
    assert_eq!(*exclusive.enter().expect("no other is inside"), 2);
    assert_outcomes(["released", "refused"]);
}

#[test]
fn under_panic_both_panic_and_the_value_survives() {
    under("panic", both_panic).in_order();
}

pub fn both_panic() {
    let exclusive = Arc::new(Exclusive::new(1));
    let (first, go) = inside(&exclusive);
    let second = exclusive.clone();
    let words =
        |panic: Box<dyn std::any::Any + Send>| *panic.downcast::<String>().expect("a message");
    let of_second = words(catch_unwind(move || drop(second.enter())).expect_err("it panics"));
    go.send(()).expect("it waits");
    let of_first = words(first.join().expect_err("it panics, too"));
    for said in [&of_second, &of_first] {
        assert!(
            said.starts_with("concurrent use of an Exclusive made at "),
            "{said}"
        );
    }
    assert_ne!(
        of_first, of_second,
        "each says first where it stands itself"
    );
    assert_eq!(*exclusive.enter().expect("no other is inside"), 2);
    assert_outcomes(["released", "refused"]);
}

#[test]
fn under_observe_the_second_waits_and_the_end_of_the_process_prints_both() {
    let ended = Launch::of(observed_is_reported_at_the_end)
        .with(NO_PAGE)
        .with(("REDHANDED_STDERR", "full"))
        .run()
        .in_order();
    for word in [
        "==== redhanded: overlap",
        "use of an Exclusive by \"inside\"",
        "use of an Exclusive by \"child\"",
    ] {
        assert!(ended.stderr.contains(word), "{}", ended.stderr);
    }
}

pub fn observed_is_reported_at_the_end() {
    let exclusive = Arc::new(Exclusive::new(1));
    let (first, go) = inside(&exclusive);
    std::thread::scope(|scope| {
        let second = std::thread::Builder::new().name("child".into());
        let second = second
            .spawn_scoped(scope, || *exclusive.enter().expect("it waits"))
            .expect("a thread");
        crate::link::await_open();
        go.send(()).expect("it waits");
        assert_eq!(second.join().expect("no panic"), 2);
    });
    first.join().expect("no panic");
}
