//! Reports as programs save them.

use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

pub const FINGERPRINT: &str = "67fc86ee1004ed7e";
pub const OTHER: &str = "0123456789abcdef";

fn writer(role: &str, name: &str, function: &str, line: u32) -> Value {
    json!({
        "role": role, "thread": { "id": 7, "name": name }, "task": null, "handle": 1, "operation": "send Text 3 B",
        "call_site": { "file": "src/main.rs", "line": line, "column": 5 }, "began_us": 0.0, "ended_us": 5.25,
        "outcome": "returned",
        "backtrace": [{ "function": function, "file": "/w/src/publish.rs", "line": 12, "column": 9, "origin": "app" }],
    })
}

/// A report that a process might have saved.
pub fn report(fingerprint: &str, pid: u32, count: u64) -> Value {
    json!({
        "schema": 1, "id": fingerprint, "fingerprint": fingerprint, "kind": "overlap",
        "summary": format!("one began while the other had not come back, {fingerprint}"), "count": count,
        "first_seen": format!("2026-01-02T03:04:05.{pid:06}Z"), "last_seen": format!("2026-01-02T03:04:06.{pid:06}Z"),
        "process": { "name": "app", "pid": pid },
        "wire": { "id": 1, "local": "127.0.0.1:9001", "peer": null },
        "writers": [writer("first", "writer", "app::publish", 59), writer("second", "reader", "app::read", 50)],
        "dropped": { "samples": count - 1 },
        "guide": "https://docs.rs/redhanded/0.1.0/redhanded/guide/index.html#overlap",
    })
}

pub fn directory() -> TempDir {
    tempfile::tempdir().expect("a directory of our own")
}

/// Saves a report as a process does.
pub fn save(directory: impl AsRef<Path>, report: &Value) {
    let name = format!(
        "{}-{}.json",
        report["fingerprint"].as_str().expect("text"),
        report["process"]["pid"]
    );
    fs::write(directory.as_ref().join(name), report.to_string()).expect("our own directory");
}

/// A directory with these reports.
pub fn with(reports: &[Value]) -> TempDir {
    let directory = directory();
    reports.iter().for_each(|report| save(&directory, report));
    directory
}
