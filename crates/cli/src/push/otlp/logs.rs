//! A report as a log record, with the names of OpenTelemetry's conventions for exceptions and code. Pure.

use super::super::event::{Event, guide, library_version};
use super::{nanoseconds, number, present, resource, scope, text};
use redhanded_report::{Harm, Kind, Report, Role, Workspace, Writer};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// The name of the event that a log record is.
const NAME: &str = "redhanded.finding";

/// The body of a request with one record.
pub(in super::super) fn request(event: &Event, workspace: &Workspace) -> Value {
    json!({ "resourceLogs": [{
        "resource": resource(event),
        "scopeLogs": [{ "scope": scope(), "logRecords": [record(event, workspace)] }],
    }] })
}

fn record(event: &Event, workspace: &Workspace) -> Value {
    let report = &event.report.cleaned().shortened(workspace);
    let (number, words) = severity(report.kind);
    json!({
        "timeUnixNano": nanoseconds(&report.last_seen),
        "observedTimeUnixNano": nanoseconds(&report.last_seen),
        "severityNumber": number,
        "severityText": words,
        "eventName": NAME,
        "body": { "stringValue": report.summary },
        "attributes": attributes(event, report),
    })
}

/// As in OpenTelemetry's data model: 17 is ERROR, 13 is WARN.
fn severity(kind: Kind) -> (u8, &'static str) {
    match kind.harm() {
        Harm::Certain => (17, "ERROR"),
        _ => (13, "WARN"),
    }
}

fn attributes(event: &Event, report: &Report) -> Vec<Value> {
    let writer = |role: Role| report.writers.iter().find(|writer| writer.role == role);
    let (first, second) = (writer(Role::First), writer(Role::Second));
    let id = event.id().to_string();
    // The second writer is the fault, as in every other format. A stall of what was queued has only the first.
    let fault = second.or(first);
    let operation = |writer: Option<&Writer>| writer.map(|writer| writer.operation.clone());
    let mut attributes = present([
        text("event.name", Some(NAME)),
        text("log.record.uid", Some(&id)),
        text("exception.type", Some(report.kind.name())),
        text("exception.message", Some(&report.summary)),
        text("exception.stacktrace", Some(&report.to_string())),
        text("redhanded.group", Some(event.group)),
        text("redhanded.fingerprint", Some(&report.fingerprint)),
        text("redhanded.run", Some(event.run)),
        number("redhanded.count", Some(event.count)),
        text("redhanded.first.operation", operation(first).as_deref()),
        text("redhanded.second.operation", operation(second).as_deref()),
        text("redhanded.note", report.note.as_deref()),
        text("redhanded.version", library_version(report)),
        text("redhanded.guide", Some(&guide(report))),
    ]);
    attributes.extend(address("local", report.wire.local.as_deref()));
    attributes.extend(address("peer", report.wire.peer.as_deref()));
    attributes.extend(fault.iter().flat_map(|writer| code(writer, "")));
    let other = first.filter(|_| second.is_some());
    attributes.extend(
        other
            .iter()
            .flat_map(|writer| code(writer, "redhanded.first.")),
    );
    attributes
}

/// One end of the connection. The path of a Unix socket has no port.
fn address(end: &str, address: Option<&str>) -> Vec<Value> {
    let name = |part: &str| format!("network.{end}.{part}");
    match address.map(str::parse::<SocketAddr>) {
        Some(Ok(socket)) => present([
            text(&name("address"), Some(&socket.ip().to_string())),
            number(&name("port"), Some(socket.port().into())),
        ]),
        _ => present([text(&name("address"), address)]),
    }
}

/// Where the writer called.
fn code(writer: &Writer, prefix: &str) -> Vec<Value> {
    let function = writer.top_application_frame();
    let site = writer.call_site.as_ref();
    let name = |name: &str| format!("{prefix}code.{name}");
    present([
        text(
            &name("function.name"),
            function.map(|frame| &*frame.function),
        ),
        text(&name("file.path"), site.map(|site| &*site.file)),
        number(&name("line.number"), site.map(|site| site.line.into())),
        number(&name("column.number"), site.map(|site| site.column.into())),
        text(
            &format!("{prefix}thread.name"),
            writer.thread.name.as_deref(),
        ),
        number(&format!("{prefix}thread.id"), Some(writer.thread.id)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use redhanded_report::samples;

    fn record_of(report: &Report) -> Value {
        let event = Event {
            report,
            group: "g",
            run: "r",
            count: 12,
        };
        let request = request(&event, &Workspace::at("/w"));
        request["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0].clone()
    }

    fn attribute(record: &Value, name: &str) -> Option<Value> {
        let attributes = record["attributes"].as_array()?;
        let found = attributes.iter().find(|it| it["key"] == name)?;
        found["value"].as_object()?.values().next().cloned()
    }

    #[test]
    fn a_record_has_the_names_of_the_conventions() {
        let record = record_of(&samples::torn());
        for (name, expected) in [
            ("event.name", Some("redhanded.finding")),
            ("exception.type", Some("torn-frame")),
            (
                "exception.message",
                Some("one wrote into a frame of the other"),
            ),
            ("code.function.name", Some("app::publish")),
            ("code.file.path", Some("src/main.rs")),
            ("code.line.number", Some("50")),
            ("thread.name", Some("reader")),
            ("redhanded.first.code.line.number", Some("59")),
            ("network.peer.address", Some("127.0.0.1")),
            ("network.peer.port", Some("53210")),
            ("redhanded.group", Some("g")),
            ("redhanded.count", Some("12")),
            ("redhanded.note", None),
        ] {
            assert_eq!(
                attribute(&record, name),
                expected.map(Value::from),
                "{name}"
            );
        }
        let stacks = attribute(&record, "exception.stacktrace").expect("a stack");
        assert!(
            stacks
                .as_str()
                .is_some_and(|it| it.contains("app::publish")),
            "{stacks}"
        );
        assert_eq!(record["eventName"], "redhanded.finding");
        assert_eq!(record["timeUnixNano"], "1767323046000007000");
    }

    #[test]
    fn severity_follows_the_harm() {
        for kind in Kind::ALL {
            let mut report = samples::torn();
            report.kind = kind;
            let expected = if matches!(kind, Kind::Overlap | Kind::Stall) {
                13
            } else {
                17
            };
            assert_eq!(record_of(&report)["severityNumber"], expected, "{kind}");
        }
    }

    #[test]
    fn a_stall_of_one_writer_is_where_that_one_called() {
        let mut report = samples::torn();
        report.kind = Kind::Stall;
        report.writers.truncate(1);
        let record = record_of(&report);
        assert_eq!(attribute(&record, "code.line.number"), Some("59".into()));
        assert_eq!(attribute(&record, "redhanded.first.code.line.number"), None);
    }
}
