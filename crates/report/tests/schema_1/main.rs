//! A report that an older version wrote is read as it was, and gets its group.

use redhanded_report::{Kind, Report, SCHEMA, Workspace, group, to_markdown, to_sarif};

const FILE: &str = include_str!("report.json");

#[test]
fn a_report_of_schema_1_is_read_and_has_a_group() {
    let report = Report::from_json(FILE).expect("a report");
    assert_eq!((report.schema, report.kind), (1, Kind::TornFrame));
    assert!(report.schema < SCHEMA);
    assert_eq!(report.fingerprint, "2b988bad306c2029");
    assert_eq!(
        (&report.process.run, &report.process.release),
        (&None, &None)
    );
    let of_writers = group(report.kind, &report.writers);
    assert_eq!(report.group.as_ref(), Some(&of_writers));
    let [listed] = &Report::list_from_json(&format!("[{FILE}]")).expect("a list")[..] else {
        panic!("one report")
    };
    assert_eq!(*listed, report);
    assert_eq!(
        Report::from_json(&report.to_json()).expect("a report"),
        report
    );
}

#[test]
fn every_format_shows_a_report_of_schema_1() {
    let reports = [Report::from_json(FILE).expect("a report")];
    let (group, workspace) = (
        reports[0].group.clone().expect("a group"),
        Workspace::at("/w"),
    );
    for text in [
        reports[0].to_string(),
        to_markdown(&reports, &workspace),
        to_sarif(&reports, &workspace),
    ] {
        assert!(text.contains(&group), "{text}");
    }
}
