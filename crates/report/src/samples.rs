//! Reports for tests: an ordinary one, one in which every text is hostile, and an enormous one.

use super::{Frame, Origin, Report};
use serde_json::{Value, json};

/// A name of a thread, a function or a file, as an attacker would choose it.
pub const HOSTILE: &str = "<img src=x onerror=alert(1)>\n::error::forged\n\nforged @octocat #123 GH-1 | ``` `` ` </details></script><!-- \
     \u{1b}[2J\u{202e}\u{9b}31m [x](javascript:alert(1)) %0A $`x`$ ]]> &amp;";

fn writer(role: &str, name: &str, line: u32) -> Value {
    json!({
        "role": role, "thread": { "id": 7, "name": name }, "task": null, "spans": [], "handle": 1,
        "operation": "send Text 3 B", "call_site": { "file": "src/main.rs", "line": line, "column": 5 },
        "began_us": 0.0, "ended_us": 5.25, "outcome": "returned",
        "backtrace": [
            { "function": "tokio::park", "file": "/c/registry/src/i-1/tokio-1.44.0/src/park.rs", "line": 3, "column": 1,
                "origin": "runtime" },
            { "function": "app::publish", "file": "/w/src/publish.rs", "line": 12, "column": 9, "origin": "app" },
            { "function": "main", "file": null, "line": null, "column": null, "origin": "runtime" },
        ],
    })
}

fn value() -> Value {
    let header = |writer: &str| {
        json!({ "writer": writer, "fin": true, "reserved": 0, "opcode": "binary", "masked": false, "length": 9,
            "bytes": "82 09" })
    };
    let range = |writer: &str, length: u32, sent: bool| json!({ "writer": writer, "length": length, "shown_from": 0, "shown": "82 09 •• ••", "sent": sent });
    json!({
        "schema": 2, "id": "67fc86ee1004ed7e", "fingerprint": "67fc86ee1004ed7e", "group": "24a7e05281885b3f",
        "kind": "torn-frame",
        "summary": "one wrote into a frame of the other", "count": 3, "first_seen": "2026-01-02T03:04:05.000006Z",
        "last_seen": "2026-01-02T03:04:06.000007Z", "process": { "name": "app", "pid": 11, "release": "1.4.2" },
        "wire": { "id": 1, "local": "127.0.0.1:9001", "peer": "127.0.0.1:53210" },
        "writers": [writer("first", "writer", 59), writer("second", "reader", 50)],
        "bytes": {
            "torn": "first", "offset": { "from": 131, "to": 131 }, "counted_since": "connection",
            "byte_of_frame": { "from": 6, "to": 6 }, "proof": "a test", "frames": [header("first"), header("second")],
            "ranges": [range("first", 6, true), range("second", 11, true), range("first", 5, false)],
            "far_end": { "sees": ["a payload of 9 bytes"], "corrupted": true, "error": null, "close_code": null },
        },
        "note": null, "samples": [], "dropped": { "samples": 2 },
        "guide": "https://docs.rs/redhanded/0.1.0/redhanded/guide/index.html#torn-frame",
    })
}

/// A frame of one writer, torn by the other.
pub fn torn() -> Report {
    Report::from_json(&value().to_string()).expect("a report")
}

/// A report in which every text is [`HOSTILE`].
pub fn hostile() -> Report {
    fn spoil(value: &mut Value, name: &str) {
        let is_word = ["kind", "role", "origin", "torn", "writer", "schema"].contains(&name);
        match value {
            Value::String(text) if !is_word => HOSTILE.clone_into(text),
            Value::Array(values) => values.iter_mut().for_each(|value| spoil(value, name)),
            Value::Object(fields) => fields
                .iter_mut()
                .for_each(|(name, value)| spoil(value, name)),
            _ => {}
        }
    }
    let mut value = value();
    value["note"] = json!("");
    value["writers"][0]["task"] = json!("");
    value["writers"][0]["spans"] = json!([""]);
    value["writers"][0]["doing"] = json!("");
    value["writers"][0]["made"] =
        json!({ "kind": "", "at": { "file": "", "line": 3, "column": 1 } });
    value["writers"][1]["backtrace_missing"] = json!("");
    value["writers"][1]["dropped_at"] = value["writers"][1]["backtrace"].clone();
    value["bytes"]["far_end"]["error"] = json!("");
    value["writers"][1]["backtrace"] = json!([]);
    spoil(&mut value, "");
    Report::from_json(&value.to_string()).expect("a report")
}

/// A report with stacks of so many frames, and with enormous texts.
pub fn enormous(frames: usize) -> Report {
    let mut report = torn();
    let text = "ü`".repeat(5_000);
    for writer in &mut report.writers {
        let origin = |index: usize| {
            if index.is_multiple_of(2) {
                Origin::App
            } else {
                Origin::Dependency
            }
        };
        let frame = |index: usize| Frame {
            function: format!("app::function_{index}::{}", "deep::".repeat(50)),
            file: Some(format!("/w/src/{index}/{}.rs", "x".repeat(100))),
            line: Some(index as u32 + 1),
            column: Some(1),
            origin: origin(index),
        };
        writer.backtrace = (0..frames).map(frame).collect();
        writer.dropped_at = writer.backtrace.clone();
        writer.operation.clone_from(&text);
        writer.thread.name = Some(text.clone());
        writer.spans = vec![text.clone(); 20];
        writer
            .call_site
            .iter_mut()
            .for_each(|site| site.file.clone_from(&text));
    }
    for field in [
        &mut report.summary,
        &mut report.first_seen,
        &mut report.process.name,
        &mut report.fingerprint,
    ] {
        field.clone_from(&text);
    }
    report.note = Some(text.clone());
    report.process.host = Some(text.clone());
    report.wire.local = Some(text.clone());
    if let Some(bytes) = &mut report.bytes {
        bytes.far_end.sees = vec![text.clone(); 100];
        bytes
            .ranges
            .iter_mut()
            .for_each(|range| range.shown = "82 ".repeat(10_000));
    }
    report
}
