//! A hook of the detector fails on a writer's path: the program does not notice, and what is not watched is said.

use crate::launch::{Ended, Launch, NO_PAGE};
use crate::link::{LARGE, Link, await_open, frame, in_thread, large};
use redhanded_core::fault::{self, Place};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs the program. It ends in order, and says once which connection is not watched, and once more at the end.
#[track_caller]
fn runs_on<P: Fn() + 'static>(program: P, place: &str) -> Ended {
    let why = format!("a test has asked for this fault, at {place}");
    runs_on_with(program, &why)
}

/// The same, of a connection that is not watched any more for this reason.
#[track_caller]
fn runs_on_with<P: Fn() + 'static>(program: P, why: &str) -> Ended {
    let directory = tempfile::tempdir().unwrap();
    let launch = Launch::of(program).with(NO_PAGE);
    let ended = launch
        .with(("REDHANDED_REPORT_DIR", directory.path()))
        .run()
        .in_order();
    let why = format!("is not watched any more: redhanded itself has failed ({why})");
    let at_end = "1 connection was not watched to its end: redhanded itself has failed";
    for said in [why.as_str(), at_end] {
        let lines = ended.lines();
        let count = lines
            .iter()
            .filter(|line| line.starts_with("redhanded: ") && line.ends_with(said))
            .count();
        assert_eq!(count, 1, "{said}: {ended}");
    }
    let record = std::fs::read_dir(directory.path().join("processes"))
        .unwrap()
        .next();
    let record = std::fs::read_to_string(record.unwrap().unwrap().path()).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["problems"], serde_json::json!([at_end]));
    ended
}

/// Other connections are watched as before.
fn assert_others_are_watched() {
    let mut other = Link::open();
    other.overlap(
        ["one", "another"],
        |object| object.send("found".into()),
        frame(5),
    );
    assert_eq!(redhanded::reports().len(), 1);
}

#[test]
fn a_claim_that_fails_ends_the_watching_and_not_the_send() {
    runs_on(claim, "Claim");
}

pub fn claim() {
    fails_at(Place::Claim, || {
        while fault::is_pending() {
            std::thread::yield_now()
        }
    });
    assert_others_are_watched();
}

#[test]
fn a_look_before_a_call_that_fails_ends_the_watching_and_not_the_send() {
    runs_on(look, "Look");
}

pub fn look() {
    fails_at(Place::Look, || {
        while fault::is_pending() {
            std::thread::yield_now()
        }
    });
}

#[test]
fn a_judgement_that_fails_ends_the_watching_and_not_the_send() {
    runs_on(judge, "Judge");
}

pub fn judge() {
    fails_at(Place::Judge, || drop(await_open()));
}

#[test]
fn a_claim_that_fails_when_it_is_given_back_ends_the_watching_and_not_the_send() {
    runs_on(give_back, "GiveBack");
}

pub fn give_back() {
    fails_at(Place::GiveBack, || drop(await_open()));
}

#[test]
fn an_object_that_fails_to_be_watched_writes_all_the_same() {
    runs_on(attach, "Attach");
}

pub fn attach() {
    fails_at(Place::Attach, || ());
}

#[test]
fn an_object_whose_end_fails_to_be_noted_is_dropped_all_the_same() {
    runs_on(detach, "Detach");
}

pub fn detach() {
    fails_at(Place::Detach, || ());
}

#[cfg(target_os = "linux")]
#[test]
fn a_fence_that_is_refused_ends_the_watching_of_that_connection_only() {
    runs_on_with(
        refused_fence,
        "the system refuses membarrier: permission denied",
    );
}

#[cfg(target_os = "linux")]
pub fn refused_fence() {
    let watch = redhanded::watch();
    let mut first = Link::open();
    fault::fail_at(Place::Fence);
    // Until the detector's thread has registered the process, no handle needs the fence.
    while fault::is_pending() {
        first = Link::open();
        let mut one = first.object();
        one.send("alone".into()).expect("a connection");
        let mut other = first.object();
        one.send("first".into()).expect("a connection");
        other.send("second".into()).expect("a connection");
        drop(one);
        other.send("third".into()).expect("a connection");
        let all = first.drain(frame(5) + frame(5) + frame(6) + frame(5));
        assert_eq!(
            all,
            b"\x81\x05alone\x81\x05first\x81\x06second\x81\x05third"
        );
    }
    // Without the fence.
    assert_others_are_watched();
    assert!(catch_unwind(AssertUnwindSafe(|| watch.assert_clean())).is_err());
    drop(first);
}

/// Two writers overlap, and a hook fails there. Both sends come back as without the crate.
fn fails_at(place: Place, await_second: impl FnOnce()) {
    let watch = redhanded::watch();
    let mut link = Link::open();
    let mut one = link.object();
    fault::fail_at(place);
    let mut other = link.object();
    let first = link.occupy(move || one.send(large()));
    let second = in_thread("second", move || other.send("second".into()));
    await_second();
    link.drain(frame(LARGE) + frame("second".len()));
    for writer in [first, second] {
        writer.join().expect("no panic").expect("all is read");
    }
    assert!(!fault::is_pending(), "the hook was not called");

    // The connection works, for objects that were made before and for new ones.
    let mut third = link.object();
    for _ in 0..3 {
        third.send("third".into()).expect("a connection");
        assert_eq!(link.drain(frame(5)), b"\x81\x05third");
    }
    let clean = catch_unwind(AssertUnwindSafe(|| watch.assert_clean()));
    let message = *clean
        .expect_err("it is not known")
        .downcast::<String>()
        .unwrap();
    assert!(
        message.contains("1 connection was not watched to its end"),
        "{message}"
    );
}
