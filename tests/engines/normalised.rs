//! Sentry's own normaliser: it finds no error in our events, and changes nothing.

use crate::installed::{output, python};
use crate::program::{as_it_is, run};
use crate::push;
use serde_json::{Value, json};
use std::fs;

#[test]
fn the_normaliser_finds_no_error_in_an_event() {
    let directory = tempfile::tempdir().expect("a directory");
    let reports = run(&as_it_is(), directory.path(), "host");
    let out = directory.path().join("out.envelope");
    push::said(
        &mut push::command([reports], out.to_str().expect("text")),
        0,
    );
    let entries = fs::read_dir(directory.path()).expect("it is there");
    let files: Vec<_> = entries
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.extension().is_some_and(|it| it == "envelope"))
        .collect();
    assert_eq!(files.len(), 3);
    let mut said: Vec<Value> = output(python("normalise.py").args(files))
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    said.sort_by_key(|event| event["types"].to_string());
    let event = |kind: &str| json!({ "errors": null, "meta": null, "level": "error", "types": ["First writer", kind] });
    assert_eq!(
        said,
        ["abandoned-write", "torn-frame", "torn-message"].map(event)
    );
}
