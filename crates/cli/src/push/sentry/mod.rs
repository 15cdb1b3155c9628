//! A report as an event of Sentry's protocol: see <https://develop.sentry.dev/sdk/data-model/event-payloads/>. Pure, but for the
//! source lines, which come through a function.
//!
//! Some engines keep no attachments. So there are none, and everything stands in the event.

mod contexts;
mod frames;
pub(super) mod source;

use super::event::{Event, clip, clipped, guide, library_version};
use frames::Frames;
use redhanded_report::{Harm, Kind, Report, Role, Workspace, Writer};
use serde_json::{Map, Value, json};
use source::Lines;

/// How long a text of an event may be. Sentry cuts longer ones.
const MOST_OF_VALUE: usize = 4096;
/// How long the value of a tag may be.
const MOST_OF_TAG: usize = 200;
/// How long the report as text may be.
const MOST_OF_TEXT: usize = 32 << 10;

/// Gives the source lines round a line of a file, if they are there.
pub(super) type Source<'s> = &'s dyn Fn(&source::Asked) -> Option<Lines>;

/// What sends the event.
pub(super) fn sdk() -> Value {
    json!({ "name": "redhanded", "version": env!("CARGO_PKG_VERSION") })
}

/// The event. `source` is asked for the lines round each frame.
pub(super) fn event(event: &Event, workspace: &Workspace, source: Source) -> Value {
    let started = event.report.process.started.as_deref();
    let frames = Frames {
        workspace,
        source,
        since: started.unwrap_or(&event.report.first_seen),
    };
    // Source lines are read by the whole paths.
    let report = event.report.cleaned();
    let exceptions = exceptions(&report, &frames);
    let report = &report.shortened(workspace);
    let mut value = json!({
        "event_id": event.id().to_string(),
        "timestamp": report.last_seen,
        "platform": "native",
        "level": level(report.kind),
        "logger": "redhanded",
        "sdk": sdk(),
        "fingerprint": [event.group],
        "exception": { "values": exceptions },
        "threads": { "values": threads(report) },
        "tags": tags(event, report),
        "contexts": contexts::contexts(report, event.count),
        "extra": { "report": clip(&report.to_string(), MOST_OF_TEXT) },
    });
    if let Some(host) = &report.process.host {
        value["server_name"] = clip(host, MOST_OF_TAG).into();
    }
    if let Some(release) = report
        .process
        .release
        .as_deref()
        .filter(|it| is_release(it))
    {
        value["release"] = release.into();
    }
    value
}

/// What Sentry takes for the name of a release. It makes a tag of it by itself.
fn is_release(text: &str) -> bool {
    let is_fit = |character: char| !character.is_control() && !"/\\".contains(character);
    let is_word = !matches!(text, "" | "." | "..") && text.trim() == text;
    is_word && text.len() <= MOST_OF_TAG && text.chars().all(is_fit)
}

fn level(kind: Kind) -> &'static str {
    match kind.harm() {
        Harm::Certain => "error",
        _ => "warning",
    }
}

/// The last one is the fault, and the first writer is its child. A stall of what was queued has one writer.
fn exceptions(report: &Report, frames: &Frames) -> Vec<Value> {
    let Some((last, others)) = report.writers.split_last() else {
        return Vec::new();
    };
    let shown = |writer: &Writer| frames.of(writer);
    let children = others.iter().enumerate().map(|(index, writer)| {
        let mechanism = json!({
            "type": "redhanded", "handled": true, "exception_id": index + 1, "parent_id": 0, "source": "first_writer",
        });
        exception(writer.title(), &in_words(writer, frames.workspace), writer, mechanism, shown(writer))
    });
    let mechanism = json!({
        "type": "redhanded", "handled": true, "exception_id": 0, "description": report.kind.meaning(),
        "help_link": guide(report),
    });
    let summary = report.clone().shortened(frames.workspace).summary;
    let fault = exception(report.kind.name(), &summary, last, mechanism, shown(last));
    children.chain([fault]).collect()
}

fn exception(
    kind: &str,
    value: &str,
    writer: &Writer,
    mechanism: Value,
    frames: Vec<Value>,
) -> Value {
    let mut exception = json!({
        "type": kind,
        "value": clip(value, MOST_OF_VALUE),
        "mechanism": mechanism,
        "thread_id": writer.thread.id,
    });
    if !frames.is_empty() {
        exception["stacktrace"] = json!({ "frames": frames });
    }
    exception
}

/// What the first writer did, in one sentence.
fn in_words(writer: &Writer, workspace: &Workspace) -> String {
    let place = writer.call_site.as_ref().map(|site| {
        format!(
            " at {}:{}:{}",
            workspace.shorten(&site.file),
            site.line,
            site.column
        )
    });
    let words = format!(
        "{} by {}{}",
        writer.operation,
        writer.label(),
        place.unwrap_or_default()
    );
    redhanded_report::one_line(&words).into_owned()
}

/// Both threads. One that wrote with both handles is one.
fn threads(report: &Report) -> Vec<Value> {
    let mut threads: Vec<Value> = Vec::new();
    for writer in report.writers.iter().rev() {
        let id = writer.thread.id;
        if threads.iter().any(|thread| thread["id"] == id) {
            continue;
        }
        let name = match &writer.task {
            Some(task) => format!("{}, task {task}", writer.thread_label()),
            None => writer.thread_label(),
        };
        threads.push(json!({
            "id": id,
            "name": clip(&name, MOST_OF_TAG),
            "current": threads.is_empty(),
            "crashed": false,
        }));
    }
    threads
}

fn tags(event: &Event, report: &Report) -> Value {
    let operation = |role: Role| {
        let writer = report.writers.iter().find(|writer| writer.role == role);
        writer.map(|writer| &*writer.operation)
    };
    let process = &report.process;
    let tags = [
        ("kind", Some(report.kind.name())),
        ("operation.first", operation(Role::First)),
        ("operation.second", operation(Role::Second)),
        ("host", process.host.as_deref()),
        ("program", Some(&*process.name)),
        ("run", Some(event.run)),
        ("redhanded", library_version(report)),
    ];
    let mut map = Map::new();
    for (name, value) in tags {
        if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
            map.insert(name.to_owned(), clipped(Some(value), MOST_OF_TAG));
        }
    }
    map.into()
}

#[cfg(test)]
mod tests;
