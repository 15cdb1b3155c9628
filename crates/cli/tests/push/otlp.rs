//! Log records and the counter of findings, for a collector of OpenTelemetry.

use crate::engine::{Answer, Engine, KEY, TAKEN, bare};
use crate::pushed::path;
use crate::run::{Ran, finish};
use crate::saved::{FINGERPRINT, directory, report, save, with};
use serde_json::Value;

fn push(engine: &Engine, directory: &str) -> Ran {
    let mut command = bare();
    command
        .env(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            format!("http://{}", engine.address()),
        )
        .env("OTEL_EXPORTER_OTLP_HEADERS", format!("api-key={KEY}"));
    let ran = finish(
        command.args(["push", directory, "--to", "otlp", "--wait", "0s"]),
        b"",
    );
    assert!(!format!("{ran:?}").contains(KEY), "{ran:#?}");
    ran
}

fn paths(engine: &Engine) -> Vec<String> {
    let requests = engine.requests();
    requests.into_iter().map(|request| request.path).collect()
}

fn body(engine: &Engine, number: usize) -> Value {
    serde_json::from_str(&engine.requests()[number].body).expect("JSON")
}

#[test]
fn an_event_is_a_log_record_and_a_point_of_the_counter() {
    let engine = Engine::new(|_, _| TAKEN);
    let directory = with(&[report(FINGERPRINT, 1, 3)]);
    let ran = push(&engine, path(&directory)).with_code(0);
    let line = format!("1 event taken by OpenTelemetry at {}", engine.address());
    assert_eq!(ran.only_complaint(), line);
    assert_eq!(paths(&engine), ["/v1/logs", "/v1/metrics"]);
    for request in engine.requests() {
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert_eq!(request.header("api-key"), Some(KEY));
    }
    let record = &body(&engine, 0)["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
    assert_eq!(record["eventName"], "redhanded.finding");
    let metric = &body(&engine, 1)["resourceMetrics"][0]["scopeMetrics"][0]["metrics"][0];
    assert_eq!(metric["sum"]["dataPoints"][0]["asInt"], "3");

    push(&engine, path(&directory)).with_code(0);
    assert_eq!(paths(&engine).len(), 2);
}

#[test]
fn a_count_that_grows_within_a_power_of_ten_is_only_a_point() {
    let (engine, directory) = (Engine::new(|_, _| TAKEN), directory());
    for count in [3, 4, 10] {
        save(&directory, &report(FINGERPRINT, 1, count));
        push(&engine, path(&directory)).with_code(0);
    }
    let expected = [
        "/v1/logs",
        "/v1/metrics",
        "/v1/metrics",
        "/v1/logs",
        "/v1/metrics",
    ];
    assert_eq!(paths(&engine), expected);
}

#[test]
fn a_point_that_is_refused_is_sent_again_without_its_record() {
    let engine = Engine::new(|number, _| match number {
        1 => Answer::Status(400, &[], ""),
        _ => TAKEN,
    });
    let directory = with(&[report(FINGERPRINT, 1, 3)]);
    let ran = push(&engine, path(&directory)).with_code(69);
    assert!(
        ran.only_complaint().starts_with("1 of 1 event not taken"),
        "{ran:#?}"
    );
    push(&engine, path(&directory)).with_code(0);
    assert_eq!(paths(&engine), ["/v1/logs", "/v1/metrics", "/v1/metrics"]);
}

#[test]
fn a_record_that_is_rejected_in_a_good_answer_is_not_taken() {
    let rejected = r#"{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"no"}}"#;
    let engine = Engine::new(move |number, _| match number {
        0 => Answer::Status(200, &[], rejected),
        _ => TAKEN,
    });
    let directory = with(&[report(FINGERPRINT, 1, 3)]);
    push(&engine, path(&directory)).with_code(69);
    push(&engine, path(&directory)).with_code(0);
    assert_eq!(paths(&engine), ["/v1/logs", "/v1/metrics", "/v1/logs"]);
}
