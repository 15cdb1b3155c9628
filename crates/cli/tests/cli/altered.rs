//! Report files of which one value is missing, or is another one: hundreds of them beside a good one.

use crate::run::run;
use crate::saved::{FINGERPRINT, OTHER, report, with};
use serde_json::{Value, json};
use std::fs;

/// The paths of all values in a value, as JSON pointers.
fn paths(value: &Value, path: &str, found: &mut Vec<String>) {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), value))
            .collect(),
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .map(|(at, value)| (at.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    for (name, value) in below {
        let path = format!("{path}/{name}");
        paths(value, &path, found);
        found.push(path);
    }
}

#[test]
fn reports_with_one_altered_value_are_shown_or_passed_over_and_the_good_one_is_shown() {
    let directory = with(&[report(FINGERPRINT, 1, 3)]);
    let whole = report(OTHER, 1, 3);
    let mut all = Vec::new();
    paths(&whole, "", &mut all);
    let long = "\u{1b}]0;\u{202e}".repeat(10_000);
    let values = [
        json!(null),
        json!(-1),
        json!(1.5),
        json!(""),
        json!(long),
        json!([]),
        json!({}),
        json!([[[]]]),
    ];
    let mut count = 0;
    for path in &all {
        for value in &values {
            let mut altered = whole.clone();
            *altered.pointer_mut(path).expect("it is there") = value.clone();
            count += 1;
            fs::write(
                directory.path().join(format!("altered-{count}.json")),
                altered.to_string(),
            )
            .expect("our own directory");
        }
    }
    assert!(count > 300, "{count} files");
    let path = directory.path().to_str().expect("text");
    for format in ["json", "text", "markdown", "sarif", "github"] {
        let ran = run(["show", path, "--format", format]).with_code(0);
        assert!(ran.stdout.contains(FINGERPRINT), "{format}: {ran:#?}");
        assert!(!ran.stderr.contains("panicked"), "{format}: {ran:#?}");
        let lines = ran.stderr.lines().count();
        assert!(
            (1..=count).contains(&lines),
            "{format}: {lines} lines for {count} files"
        );
        for text in [&ran.stdout, &ran.stderr] {
            let drives = |c: char| c == '\u{1b}' || c == '\u{202e}';
            assert!(!text.contains(drives), "{format}");
        }
    }
}
