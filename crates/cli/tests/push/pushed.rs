//! What arrives, and what does not arrive twice.

use crate::engine::{Engine, KEY, TAKEN, bare, sentry};
use crate::run::finish;
use crate::saved::{FINGERPRINT, OTHER, directory, report, save, with};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;

const THIRD: &str = "00000000000000aa";

/// Three reports of three faults.
pub fn three() -> tempfile::TempDir {
    with(&[FINGERPRINT, OTHER, THIRD].map(of_function))
}

/// A report of a fault in a function of its own.
pub fn of_function(fingerprint: &str) -> Value {
    let mut report = report(fingerprint, 1, 1);
    report["writers"][0]["backtrace"][0]["function"] = json!(format!("app::of_{fingerprint}"));
    report
}

pub fn path(directory: &tempfile::TempDir) -> &str {
    directory.path().to_str().expect("text")
}

fn ids(events: &[Value]) -> BTreeSet<&str> {
    let ids = events.iter().map(|event| event["event_id"].as_str());
    ids.map(|id| id.expect("text")).collect()
}

#[test]
fn every_report_is_an_event_and_pushing_again_adds_nothing() {
    let (engine, directory) = (Engine::new(|_, _| TAKEN), three());
    let address = engine.address();
    let ran = engine.push(path(&directory), &[]).with_code(0);
    assert_eq!(
        ran.only_complaint(),
        format!("3 events taken by Sentry at {address}")
    );
    assert_eq!(ran.stdout, "");
    let requests = engine.requests();
    for request in &requests {
        assert_eq!(request.path, "/api/7/envelope/");
        assert_eq!(
            request.header("content-type"),
            Some("application/x-sentry-envelope")
        );
        let auth = request.header("x-sentry-auth").expect("a key");
        assert!(auth.ends_with(&format!("sentry_key={KEY}")), "{auth}");
        assert!(!request.body.contains(KEY));
    }
    assert_eq!(ids(&engine.events()).len(), 3);

    let ran = engine.push(path(&directory), &[]).with_code(0);
    let line = format!("0 events taken by Sentry at {address}; 3 had been taken before");
    assert_eq!(ran.only_complaint(), line);
    assert_eq!(engine.requests().len(), 3);
}

#[test]
fn without_its_notes_a_push_sends_the_same_ids() {
    let (engine, directory) = (Engine::new(|_, _| TAKEN), three());
    engine.push(path(&directory), &[]).with_code(0);
    fs::remove_dir_all(directory.path().join("pushed")).expect("our own directory");
    engine.push(path(&directory), &[]).with_code(0);
    let events = engine.events();
    assert_eq!((events.len(), ids(&events).len()), (6, 3));
}

#[test]
fn each_power_of_ten_of_a_count_is_one_event() {
    let (engine, directory) = (Engine::new(|_, _| TAKEN), directory());
    let mut sent = Vec::new();
    for count in [1, 2, 9, 10, 11, 99, 100, 12_345] {
        save(&directory, &report(FINGERPRINT, 1, count));
        engine.push(path(&directory), &[]).with_code(0);
        let events = engine.events();
        let counts: Vec<Value> = events
            .iter()
            .map(|event| event["contexts"]["finding"]["count"].clone())
            .collect();
        sent = counts;
    }
    assert_eq!(sent, [1, 10, 100, 12_345].map(Value::from));
    assert_eq!(ids(&engine.events()).len(), 4);
}

#[test]
fn a_line_that_is_inserted_above_makes_no_new_issue() {
    let engine = Engine::new(|_, _| TAKEN);
    let mut moved = report(OTHER, 2, 1);
    for writer in 0..2 {
        let line = moved["writers"][writer]["call_site"]["line"]
            .as_u64()
            .expect("a line");
        moved["writers"][writer]["call_site"]["line"] = json!(line + 1);
        moved["writers"][writer]["backtrace"][0]["line"] = json!(13);
    }
    let directory = with(&[report(FINGERPRINT, 1, 1), moved]);
    engine.push(path(&directory), &[]).with_code(0);
    let events = engine.events();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["fingerprint"], events[1]["fingerprint"]);
}

#[test]
fn two_reports_of_one_group_in_one_run_are_one_event_with_both_counts() {
    let engine = Engine::new(|_, _| TAKEN);
    let directory = with(&[report(FINGERPRINT, 1, 3), report(OTHER, 1, 4)]);
    engine.push(path(&directory), &[]).with_code(0);
    let events = engine.events();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["contexts"]["finding"]["count"], 7);
}

#[test]
fn the_same_report_in_two_directories_is_one_event() {
    let (engine, one, other) = (Engine::new(|_, _| TAKEN), directory(), directory());
    save(&one, &report(FINGERPRINT, 1, 3));
    save(&other, &report(FINGERPRINT, 1, 2));
    engine.push(path(&one), &[path(&other)]).with_code(0);
    let events = engine.events();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["contexts"]["finding"]["count"], 3);
}

#[test]
fn another_engine_has_not_taken_what_this_one_has() {
    let (one, other) = (Engine::new(|_, _| TAKEN), Engine::new(|_, _| TAKEN));
    let directory = three();
    one.push(path(&directory), &[]).with_code(0);
    other.push(path(&directory), &[]).with_code(0);
    assert_eq!((one.requests().len(), other.requests().len()), (3, 3));
}

#[test]
fn a_file_has_the_envelope_that_an_engine_gets_and_no_key() {
    let (engine, directory) = (Engine::new(|_, _| TAKEN), three());
    engine.push(path(&directory), &[]).with_code(0);
    let out = tempfile::tempdir().expect("a directory");
    let pattern = out.path().join("out.envelope");
    let pattern = pattern.to_str().expect("text");
    // Where there is no way out there is no DSN.
    for _ in 0..2 {
        let ran = finish(
            bare().args(["push", path(&directory), "--to", pattern]),
            b"",
        );
        let ran = ran.with_code(0);
        assert_eq!(ran.only_complaint(), format!("3 events taken by {pattern}"));
    }
    for request in engine.requests() {
        let id = request.event()["event_id"]
            .as_str()
            .expect("text")
            .to_owned();
        let file = fs::read_to_string(out.path().join(format!("out-{id}.envelope")));
        assert_eq!(file.expect("a file"), request.body);
    }
    assert_eq!(
        fs::read_dir(out.path()).expect("our own directory").count(),
        3
    );
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_the_others_arrive() {
    let (engine, directory) = (Engine::new(|_, _| TAKEN), three());
    fs::write(directory.path().join("half.json"), "{").expect("our own directory");
    let ran = engine.push(path(&directory), &[]).with_code(2);
    assert_eq!(engine.requests().len(), 3);
    assert!(
        ran.stderr.contains("half.json: is not a report: "),
        "{ran:#?}"
    );
    let end = "redhanded: 1 file or directory of reports could not be read\n";
    assert!(ran.stderr.ends_with(end), "{ran:#?}");
}

#[test]
fn an_empty_directory_is_said_to_be() {
    let engine = Engine::new(|_, _| TAKEN);
    let ran = engine.push(path(&directory()), &[]).with_code(0);
    assert_eq!(ran.only_complaint(), "there are no reports to push");
    let mut command = sentry(engine.address());
    let ran = finish(
        command.args(["push", "/nothing/here", "--to", "sentry"]),
        b"",
    );
    assert!(
        ran.with_code(2)
            .stderr
            .starts_with("redhanded: /nothing/here: cannot be read: ")
    );
    assert_eq!(engine.requests().len(), 0);
}
