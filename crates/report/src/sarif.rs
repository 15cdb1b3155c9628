//! Reports as SARIF 2.1.0, which code scanning and other programs read.

use super::clean::one_line;
use super::clean::without_command_in_json;
use super::workspace::Place;
use super::{CallSite, Frame, Harm, Kind, Report, Role, Workspace, Writer};
use serde_json::{Map, Value, json};
use std::fmt::Write;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The base of paths that are relative to the checkout.
const CHECKOUT: &str = "%SRCROOT%";

/// The base of paths into dependencies and the standard library.
const LIBRARIES: &str = "LIBRARIES";

/// Reports as one log of SARIF 2.1.0, with a result for each and a rule for each kind.
///
/// ```
/// use redhanded_report::{Workspace, to_sarif};
///
/// let log = to_sarif(&[], &Workspace::find());
/// assert!(log.contains("https://json.schemastore.org/sarif-2.1.0.json"));
/// ```
pub fn to_sarif(reports: &[Report], workspace: &Workspace) -> String {
    let results: Vec<Value> = reports
        .iter()
        .map(|report| result(&report.cleaned(), workspace))
        .collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "redhanded",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": "https://docs.rs/redhanded",
                "rules": Kind::ALL.map(rule),
            } },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {
                CHECKOUT: { "description": { "text": "The checkout." } },
                LIBRARIES: { "description": { "text": "Sources of dependencies and of the standard library." } },
            },
            "results": results,
        }],
    });
    without_command_in_json(&serde_json::to_string_pretty(&log).unwrap_or_default())
}

fn rule(kind: Kind) -> Value {
    let guide = kind.guide_url();
    let (meaning, advice) = (kind.meaning(), kind.advice());
    json!({
        "id": kind.name(),
        "name": format!("{kind:?}"),
        "shortDescription": { "text": meaning },
        "fullDescription": { "text": format!("{meaning} RFC 6455 gives a connection one writer at a time.") },
        "help": {
            "text": format!("{meaning} {advice} See {guide}"),
            "markdown": format!("{meaning}\n\n{advice}\n\n[Why this is wrong, and how to put it right]({guide})"),
        },
        "helpUri": guide,
        "defaultConfiguration": { "level": level(kind) },
        "properties": { "tags": ["concurrency", "websocket"], "precision": "very-high" },
    })
}

fn level(kind: Kind) -> &'static str {
    match kind.harm() {
        Harm::Certain => "error",
        Harm::Possible | Harm::Delay => "warning",
    }
}

fn result(report: &Report, workspace: &Workspace) -> Value {
    let locations: Vec<Value> = report
        .writers
        .iter()
        .filter_map(|writer| writer_location(writer, workspace))
        .collect();
    let mut locations = locations.into_iter();
    let stacks = report.writers.iter().flat_map(|writer| {
        let dropped = format!("{}, where its object was dropped", writer.role.title());
        [
            (writer.role.title().to_owned(), writer, &writer.backtrace),
            (dropped, writer, &writer.dropped_at),
        ]
    });
    let stacks = stacks.filter(|(_, _, frames)| !frames.is_empty());
    let mut result = json!({
        "ruleId": report.kind.name(),
        "ruleIndex": Kind::ALL.iter().position(|kind| *kind == report.kind),
        "level": level(report.kind),
        "message": { "text": plain(&report.clone().shortened(workspace).summary) },
        "locations": locations.next().into_iter().collect::<Vec<_>>(),
        "partialFingerprints": { "redhanded/v1": report.fingerprint },
        // As SARIF counts.
        "occurrenceCount": report.count.clamp(1, i32::MAX as u64),
        "stacks": stacks.map(|(title, writer, frames)| stack(&title, writer, frames, workspace)).collect::<Vec<_>>(),
        "properties": {
            "firstSeen": report.first_seen,
            "lastSeen": report.last_seen,
            "process": report.process.name,
            "release": report.process.release,
            "note": report.note,
        },
    });
    if let Some(group) = &report.group {
        result["partialFingerprints"]["redhandedGroup/v1"] = group.as_str().into();
    }
    let related: Vec<Value> = locations.collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    result
}

/// A writer's place: its call site, or else its innermost frame of the application.
fn writer_location(writer: &Writer, workspace: &Workspace) -> Option<Value> {
    let frame = writer.top_application_frame();
    let site = writer.call_site.clone().or_else(|| frame?.call_site());
    let mut location = Map::new();
    let words = format!(
        "{}: {} by {}",
        writer.role.title(),
        writer.operation,
        one_line(&writer.label())
    );
    location.insert(
        "id".into(),
        json!(if writer.role == Role::First { 1 } else { 2 }),
    );
    location.insert("message".into(), json!({ "text": plain(&words) }));
    if let Some(site) = &site {
        location.insert("physicalLocation".into(), physical(site, workspace));
    }
    if let Some(frame) = frame {
        location.insert("logicalLocations".into(), json!([logical(frame)]));
    }
    (site.is_some() || frame.is_some()).then_some(Value::Object(location))
}

fn stack(title: &str, writer: &Writer, frames: &[Frame], workspace: &Workspace) -> Value {
    let frames = frames.iter().map(|frame| {
        let mut location = json!({ "logicalLocations": [logical(frame)] });
        if let Some(file) = &frame.file {
            let (line, column) = (frame.line.unwrap_or(0), frame.column.unwrap_or(0));
            location["physicalLocation"] = physical(
                &CallSite {
                    file: file.clone(),
                    line,
                    column,
                },
                workspace,
            );
        }
        json!({ "location": location, "properties": { "origin": frame.origin.name() } })
    });
    let words = format!(
        "{title}: {} by {}",
        writer.operation,
        one_line(&writer.label())
    );
    json!({ "message": { "text": plain(&words) }, "frames": frames.collect::<Vec<_>>() })
}

fn logical(frame: &Frame) -> Value {
    json!({ "fullyQualifiedName": frame.function, "kind": "function" })
}

fn physical(site: &CallSite, workspace: &Workspace) -> Value {
    let (path, base) = match workspace.place(&site.file) {
        Place::Here(path) => (relative(&path), Some(CHECKOUT)),
        Place::Library(path) => (relative(&path), Some(LIBRARIES)),
        Place::Elsewhere(path) => (absolute(&path), None),
    };
    let mut location = json!({ "artifactLocation": { "uri": path } });
    if let Some(base) = base {
        location["artifactLocation"]["uriBaseId"] = base.into();
    }
    // Both are counted from 1.
    if site.line > 0 {
        location["region"] = json!({ "startLine": site.line });
        if site.column > 0 {
            location["region"]["startColumn"] = site.column.into();
        }
    }
    location
}

fn absolute(path: &str) -> String {
    format!(
        "file:///{}",
        relative(path.replace('\\', "/").trim_start_matches('/'))
    )
}

/// A path as a URI. Every byte that could mean something in a URI is percent-encoded.
fn relative(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(byte.into());
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// A message without links. SARIF reads `[text](place)` as a link.
fn plain(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('[', "\\[")
        .replace(']', "\\]")
}

#[cfg(test)]
mod tests;
