//! What an event has of a report.

use super::*;
use redhanded_report::{Frame, Origin, samples};

fn event_of(report: &Report) -> Value {
    let event = Event {
        report,
        group: "0123456789abcdef",
        run: "fedcba9876543210",
        count: 12,
    };
    let source = |asked: &source::Asked| {
        let lines = Lines {
            before: vec!["before".to_owned()],
            line: format!("line {}", asked.line),
            after: vec!["after".to_owned()],
        };
        asked.file.ends_with("publish.rs").then_some(lines)
    };
    super::event(&event, &Workspace::at("/w"), &source)
}

#[test]
fn the_second_writer_is_the_fault_and_the_first_its_child() {
    let event = event_of(&samples::torn());
    let exceptions = event["exception"]["values"].as_array().expect("a list");
    let [first, second] = &exceptions[..] else {
        panic!("{event}");
    };
    assert_eq!(second["type"], "torn-frame");
    assert_eq!(second["value"], "one wrote into a frame of the other");
    assert_eq!(first["type"], "First writer");
    assert_eq!(
        first["value"],
        "send Text 3 B by \"writer\" at src/main.rs:59:5"
    );
    assert_eq!(second["mechanism"]["exception_id"], 0);
    assert_eq!(first["mechanism"]["parent_id"], 0);
    assert_eq!(event["fingerprint"], json!(["0123456789abcdef"]));
    assert_eq!(event["level"], "error");
}

#[test]
fn frames_are_outermost_first_with_their_source() {
    let event = event_of(&samples::torn());
    let frames = &event["exception"]["values"][1]["stacktrace"]["frames"];
    let expected = json!([
        { "function": "main", "in_app": false },
        { "function": "app::publish", "in_app": true, "filename": "src/publish.rs", "abs_path": "/w/src/publish.rs",
            "lineno": 12, "colno": 9, "pre_context": ["before"], "context_line": "line 12", "post_context": ["after"] },
        { "function": "tokio::park", "in_app": false, "filename": "tokio-1.44.0/src/park.rs",
            "abs_path": "/c/registry/src/i-1/tokio-1.44.0/src/park.rs", "lineno": 3, "colno": 1 },
    ]);
    assert_eq!(*frames, expected);
}

#[test]
fn a_writer_without_a_backtrace_has_its_call_site() {
    let mut report = samples::torn();
    report.writers[1].backtrace = vec![Frame {
        function: "redhanded::send".to_owned(),
        file: None,
        line: None,
        column: None,
        origin: Origin::Redhanded,
    }];
    let event = event_of(&report);
    let frames = &event["exception"]["values"][1]["stacktrace"]["frames"];
    let expected = json!([{ "function": "send Text 3 B", "in_app": true, "filename": "src/main.rs",
        "abs_path": "src/main.rs", "lineno": 50, "colno": 5 }]);
    assert_eq!(*frames, expected);
}

#[test]
fn one_thread_with_two_handles_is_one_thread() {
    // Both have the number 7.
    let mut report = samples::torn();
    let threads = event_of(&report)["threads"]["values"].clone();
    let reader = json!({ "id": 7, "name": "\"reader\"", "current": true, "crashed": false });
    assert_eq!(threads, json!([reader]));
    report.writers[0].thread.id = 8;
    report.writers[0].task = Some("3".to_owned());
    let writer =
        json!({ "id": 8, "name": "\"writer\", task 3", "current": false, "crashed": false });
    assert_eq!(
        event_of(&report)["threads"]["values"],
        json!([reader, writer])
    );
}

#[test]
fn tags_say_what_where_and_by_which_version() {
    let mut report = samples::torn();
    report.process.host = Some("ci-7".to_owned());
    report.process.release = None;
    let event = event_of(&report);
    let expected = json!({
        "kind": "torn-frame", "operation.first": "send Text 3 B", "operation.second": "send Text 3 B", "host": "ci-7",
        "program": "app", "run": "fedcba9876543210", "redhanded": "0.1.0",
    });
    assert_eq!(event["tags"], expected);
    assert_eq!(event["server_name"], "ci-7");
    assert!(event["release"].is_null());
}

#[test]
fn a_release_is_named_where_sentry_takes_the_name() {
    for (release, is_taken) in [
        ("app@1.2.3", true),
        ("1.2.3+build 7", true),
        ("feature/x", false),
        (" 1", false),
        ("1\n2", false),
        (".", false),
        ("", false),
    ] {
        let mut report = samples::torn();
        report.process.release = Some(release.to_owned());
        let event = event_of(&report);
        let expected = if is_taken {
            release.into()
        } else {
            Value::Null
        };
        assert_eq!(event["release"], expected);
    }
}

#[test]
fn what_a_report_says_stands_in_the_event() {
    let mut report = samples::torn();
    report.note = Some("2 x overlap".to_owned());
    let event = event_of(&report);
    let contexts = &event["contexts"];
    assert_eq!(contexts["finding"]["count"], 12);
    assert_eq!(contexts["finding"]["note"], "2 x overlap");
    assert_eq!(contexts["connection"]["peer"], "127.0.0.1:53210");
    assert_eq!(contexts["first_writer"]["call_site"], "src/main.rs:59:5");
    assert_eq!(
        contexts["bytes"]["far_end"],
        json!(["a payload of 9 bytes"])
    );
    let text = event["extra"]["report"].as_str().expect("text");
    assert!(
        text.starts_with("==== redhanded: torn-frame ===="),
        "{text}"
    );
}

#[test]
fn levels_follow_the_harm() {
    for (kind, expected) in [
        (Kind::TornFrame, "error"),
        (Kind::TornMessage, "error"),
        (Kind::AbandonedWrite, "error"),
        (Kind::Overlap, "warning"),
        (Kind::Stall, "warning"),
    ] {
        assert_eq!(level(kind), expected);
    }
}

#[test]
fn a_stall_of_one_writer_is_one_exception() {
    let mut report = samples::torn();
    report.kind = Kind::Stall;
    report.writers.truncate(1);
    let event = event_of(&report);
    assert_eq!(
        event["exception"]["values"].as_array().map(Vec::len),
        Some(1)
    );
    assert_eq!(event["exception"]["values"][0]["type"], "stall");
}

#[test]
fn the_largest_report_is_smaller_than_what_an_engine_takes() {
    let event = event_of(&samples::enormous(2_000));
    assert!(
        event.to_string().len() < 900 << 10,
        "{}",
        event.to_string().len()
    );
    let frames = event["exception"]["values"][1]["stacktrace"]["frames"].as_array();
    assert_eq!(frames.map(Vec::len), Some(100));
}

#[test]
fn no_text_of_a_report_breaks_a_line() {
    fn check(value: &Value) {
        match value {
            Value::String(text) => assert!(!text.chars().any(char::is_control), "{text:?}"),
            Value::Array(values) => values.iter().for_each(check),
            Value::Object(fields) => fields
                .iter()
                .filter(|(name, _)| *name != "extra")
                .for_each(|(_, value)| check(value)),
            _ => {}
        }
    }
    check(&event_of(&samples::hostile()));
}
