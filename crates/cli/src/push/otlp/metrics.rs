//! How many findings there are, as a counter: `redhanded.findings`, by kind and group. Pure.
//!
//! It is cumulative: it says how many there are by now in this run, so that a point that comes twice adds nothing.

use super::super::event::Event;
use super::super::identity::Id;
use super::{nanoseconds, present, resource, scope, text};
use serde_json::{Value, json};

/// `AGGREGATION_TEMPORALITY_CUMULATIVE`.
const CUMULATIVE: u8 = 2;

/// The id of a point: a new one for each count.
pub(in super::super) fn id(group: &str, run: &str, count: u64) -> Id {
    Id::of(&["metric", group, run, &count.to_string()])
}

/// The body of a request with one point.
pub(in super::super) fn request(event: &Event) -> Value {
    let report = event.report;
    let began = report.process.started.as_deref();
    let point = json!({
        "startTimeUnixNano": nanoseconds(began.unwrap_or(&report.first_seen)),
        "timeUnixNano": nanoseconds(&report.last_seen),
        "asInt": event.count.to_string(),
        "attributes": present([
            text("redhanded.kind", Some(report.kind.name())),
            text("redhanded.group", Some(event.group)),
        ]),
    });
    let metric = json!({
        "name": "redhanded.findings",
        "description": "Findings of redhanded: proofs that two writers had one connection",
        "unit": "{finding}",
        "sum": { "aggregationTemporality": CUMULATIVE, "isMonotonic": true, "dataPoints": [point] },
    });
    json!({ "resourceMetrics": [{
        "resource": resource(event),
        "scopeMetrics": [{ "scope": scope(), "metrics": [metric] }],
    }] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use redhanded_report::samples;

    #[test]
    fn the_counter_is_cumulative_since_the_program_began() {
        let mut report = samples::torn();
        report.process.started = Some("2026-01-02T03:04:00Z".to_owned());
        report.process.host = Some("ci-7".to_owned());
        let event = Event {
            report: &report,
            group: "g",
            run: "r",
            count: 12,
        };
        let request = request(&event);
        let resource = &request["resourceMetrics"][0];
        let sum = &resource["scopeMetrics"][0]["metrics"][0]["sum"];
        let point = &sum["dataPoints"][0];
        assert_eq!(
            (&sum["isMonotonic"], &sum["aggregationTemporality"]),
            (&true.into(), &2.into())
        );
        assert_eq!(point["asInt"], "12");
        assert_eq!(point["startTimeUnixNano"], "1767323040000000000");
        let host = json!({ "key": "host.name", "value": { "stringValue": "ci-7" } });
        assert!(
            resource["resource"]["attributes"]
                .as_array()
                .is_some_and(|it| it.contains(&host))
        );
    }

    #[test]
    fn each_count_is_a_point_of_its_own() {
        assert_eq!(id("g", "r", 1), id("g", "r", 1));
        assert_ne!(id("g", "r", 1), id("g", "r", 2));
    }
}
