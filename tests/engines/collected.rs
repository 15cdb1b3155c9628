//! rotel: a record and a point for each fault, with the names of OpenTelemetry's conventions.

use crate::program::{as_it_is, run};
use crate::push;
use crate::rotel::Rotel;

#[test]
fn a_collector_has_a_record_and_a_point_for_each_fault() {
    let (rotel, directory) = (Rotel::start(), tempfile::tempdir().expect("a directory"));
    let reports = run(&as_it_is(), directory.path(), "host-7");
    let mut command = push::command([reports], "otlp");
    let said = push::said(
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", rotel.address()),
        0,
    );
    assert!(
        said.contains(": 3 events taken by OpenTelemetry at "),
        "{said}"
    );

    let expected = [
        ("SeverityText: ERROR", 3),
        ("EventName: redhanded.finding", 3),
        ("-> event.name: Str(redhanded.finding)", 3),
        ("-> redhanded.count: Int(20)", 3),
        ("-> exception.type: Str(torn-frame)", 1),
        ("-> exception.type: Str(torn-message)", 1),
        ("-> exception.type: Str(abandoned-write)", 1),
        (
            "-> code.function.name: Str(three_faults::frame_inside_a_frame)",
            1,
        ),
        ("-> Name: redhanded.findings", 3),
        ("-> IsMonotonic: true", 3),
        ("-> network.peer.address: Str(127.0.0.1)", 3),
        // Of the records and of the points.
        ("-> host.name: Str(host-7)", 6),
        ("-> service.name: Str(three_faults)", 6),
        ("-> service.version: Str(three_faults@1.2.3)", 6),
    ];
    let count = |printed: &[String], line: &str| printed.iter().filter(|it| *it == line).count();
    let printed = rotel.printed_until(|printed| {
        let mut lines = expected.iter();
        lines.all(|(line, times)| count(printed, line) >= *times)
    });
    for (line, times) in expected {
        assert_eq!(count(&printed, line), times, "{line}: {printed:#?}");
    }
}
