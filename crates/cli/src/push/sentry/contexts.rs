//! What a report says beside its backtraces, as contexts of an event.

use super::super::event::{clip, clipped, guide};
use super::MOST_OF_VALUE;
use redhanded_report::{Bytes, Kind, Report, Sample, Writer};
use serde_json::{Map, Value, json};

/// How many entries a list may have.
const MOST_OF_LIST: usize = 40;

/// The contexts of a report whose texts are safe to print. `count` is that of its group in this run.
pub(super) fn contexts(report: &Report, count: u64) -> Value {
    let mut contexts = Map::new();
    let mut add =
        |name: &str, value: Value| contexts.insert(name.to_owned(), without_nothing(value));
    add("finding", finding(report, count));
    add(
        "connection",
        json!({
            "number": report.wire.id,
            "local": clipped(report.wire.local.as_deref(), MOST_OF_VALUE),
            "peer": clipped(report.wire.peer.as_deref(), MOST_OF_VALUE),
        }),
    );
    add(
        "process",
        json!({
            "name": clip(&report.process.name, MOST_OF_VALUE),
            "pid": report.process.pid,
            "run": clipped(report.process.run.as_deref(), MOST_OF_VALUE),
            "host": clipped(report.process.host.as_deref(), MOST_OF_VALUE),
            "release": clipped(report.process.release.as_deref(), MOST_OF_VALUE),
            "started": clipped(report.process.started.as_deref(), MOST_OF_VALUE),
        }),
    );
    for of_writer in &report.writers {
        let name = of_writer.role.label().replace(' ', "_");
        add(&name, writer(of_writer));
    }
    if let Some(lock) = &report.lock {
        add(
            "lock",
            json!({
                "lock": clip(&lock.to_string(), MOST_OF_VALUE),
                "note": clipped(report.lock_note.as_deref(), MOST_OF_VALUE),
            }),
        );
    }
    if let Some(of_report) = &report.bytes {
        add("bytes", bytes(of_report, report.kind));
    }
    if !report.samples.is_empty() {
        let samples = report.samples.iter().take(MOST_OF_LIST).map(sample);
        add("further_findings", json!({ "seen": list(samples) }));
    }
    contexts.into()
}

fn finding(report: &Report, count: u64) -> Value {
    json!({
        "count": count,
        "kind": report.kind.title(),
        "harm": report.kind.harm().name(),
        "meaning": report.kind.meaning(),
        "advice": report.kind.advice(),
        "guide": guide(report),
        "note": clipped(report.note.as_deref(), MOST_OF_VALUE),
        "lock_note": clipped(report.lock_note.as_deref(), MOST_OF_VALUE),
        "fingerprint": report.fingerprint,
        "first_seen": report.first_seen,
        "last_seen": report.last_seen,
        "open": report.open.then_some("a writer had not come back when this was made"),
    })
}

fn writer(writer: &Writer) -> Value {
    let locks = writer.locks.iter().map(ToString::to_string);
    let dropped = writer.dropped_at.iter().map(|frame| {
        let place = frame.call_site().map(|site| format!(" at {site}"));
        frame.function.clone() + &place.unwrap_or_default()
    });
    json!({
        "operation": clip(&writer.operation, MOST_OF_VALUE),
        "call_site": writer.call_site.as_ref().map(|site| clip(&site.to_string(), MOST_OF_VALUE)),
        "call_site_is_of": writer.call_site_origin.map(|origin| origin.name()),
        "thread": clip(&writer.thread_label(), MOST_OF_VALUE),
        "task": clipped(writer.task.as_deref(), MOST_OF_VALUE),
        "spans": list(writer.spans.iter().map(|span| format!("{span:?}"))),
        "handle": (writer.handle != 0).then_some(writer.handle),
        "made": writer.made.as_ref().map(|made| clip(&made.to_string(), MOST_OF_VALUE)),
        "doing": clipped(writer.doing.as_deref(), MOST_OF_VALUE),
        "began_us": writer.began_us,
        "ended_us": writer.ended_us,
        "outcome": clipped(writer.outcome.as_deref(), MOST_OF_VALUE),
        "locks": list(locks),
        "dropped_at": list(dropped),
        "backtrace_missing": clipped(writer.backtrace_missing.as_deref(), MOST_OF_VALUE),
    })
}

fn bytes(bytes: &Bytes, kind: Kind) -> Value {
    let text = bytes.tear_text(kind);
    let ranges = text.ranges.into_iter().map(|range| {
        let lines = range.lines.join(" ");
        format!("{} {lines}", range.sentence).trim_end().to_owned()
    });
    json!({
        "torn": bytes.torn.label(),
        "drawing": list(text.drawing),
        "place": clipped(text.place.as_deref(), MOST_OF_VALUE),
        "proof": clip(&text.proof, MOST_OF_VALUE),
        "headers": list(text.headers),
        "ranges": list(ranges),
        "far_end": list(text.far_end),
        "payload_corrupted": bytes.far_end.corrupted,
        "error_at_far_end": clipped(bytes.far_end.error.as_deref(), MOST_OF_VALUE),
        "close_code": bytes.far_end.close_code,
    })
}

fn sample(sample: &Sample) -> String {
    let peer = sample
        .wire
        .peer
        .as_deref()
        .unwrap_or("a peer that is not known");
    let note = sample.note.as_deref().map(|note| format!("; {note}"));
    format!("{} with {peer}{}", sample.seen, note.unwrap_or_default())
}

fn list(texts: impl IntoIterator<Item = String>) -> Value {
    let texts = texts.into_iter().take(MOST_OF_LIST);
    texts
        .map(|text| clip(&text, MOST_OF_VALUE))
        .collect::<Vec<_>>()
        .into()
}

/// The value without fields that say nothing.
fn without_nothing(value: Value) -> Value {
    let Value::Object(mut fields) = value else {
        return value;
    };
    fields.retain(|_, field| {
        !field.is_null() && field.as_array().is_none_or(|list| !list.is_empty())
    });
    Value::Object(fields)
}
