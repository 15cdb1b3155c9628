//! The summary of made-up runs.

use super::*;
use redhanded_report::record::{Connections, ProcessRecord, SCHEMA, UnknownStreams};
use redhanded_report::samples;
use std::path::PathBuf;

fn record(connections: &[(&str, &str, u64)]) -> ProcessRecord {
    let connections = connections
        .iter()
        .map(|(library, version, count)| Connections {
            library: (*library).to_owned(),
            version: (*version).to_owned(),
            count: *count,
        });
    ProcessRecord {
        schema: SCHEMA,
        pid: 7,
        program: "chat".to_owned(),
        started: 0,
        is_complete: true,
        connections: connections.collect(),
        unknown_streams: Vec::new(),
        forks: 0,
        reports: BTreeMap::new(),
        suppressed: 0,
        problems: Vec::new(),
    }
}

fn unwatched(name: &str, reason: Reason) -> Unwatched {
    Unwatched {
        name: name.to_owned(),
        version: "1.0.0".to_owned(),
        reason,
    }
}

fn lines(
    subcommand: &str,
    left: &Left,
    watched: &[(&str, &str)],
    unwatched: &[Unwatched],
) -> Vec<String> {
    let watched: Vec<_> = watched
        .iter()
        .map(|(name, version)| ((*name).to_owned(), (*version).to_owned()))
        .collect();
    let facts = Facts {
        subcommand,
        kind: Subcommand::named(subcommand),
        left,
        report_dir: Path::new("/w/target/redhanded/reports/1"),
        workspace: Path::new("/w"),
        watched: &watched,
        unwatched,
        moved: &[],
        holds_fully: false,
    };
    text(&facts).lines().map(str::to_owned).collect()
}

#[test]
fn clean_is_said_of_what_was_watched() {
    let left = Left {
        records: vec![
            record(&[("tungstenite", "0.29.0", 4), ("Tap", "", 1)]),
            record(&[
                ("tungstenite", "0.29.0", 5),
                ("tokio-tungstenite", "0.28.0", 2),
            ]),
            record(&[]),
        ],
        ..Left::default()
    };
    assert_eq!(
        lines("test", &left, &[("tungstenite", "0.29.0")], &[]),
        [
            "redhanded: 3 processes, 12 connections watched, 0 reports",
            "  watched: 1 of Tap, 2 of tokio-tungstenite 0.28.0, 9 of tungstenite 0.29.0",
            "  clean, as far as it was watched: no two writers met on any of these connections",
            "  two that seldom meet are found with cargo redhanded --provoke full test",
        ]
    );
}

#[test]
fn who_holds_writers_fully_is_not_told_to() {
    let left = Left {
        records: vec![record(&[("tungstenite", "0.29.0", 4)])],
        ..Left::default()
    };
    let facts = |holds_fully| Facts {
        subcommand: "test",
        kind: Subcommand::named("test"),
        left: &left,
        report_dir: Path::new("/w/target/redhanded/reports/1"),
        workspace: Path::new("/w"),
        watched: &[],
        unwatched: &[],
        moved: &[],
        holds_fully,
    };
    let [full, other] = [true, false].map(|it| text(&facts(it)));
    assert!(
        full.contains("clean") && !full.contains("--provoke"),
        "{full}"
    );
    assert!(other.contains("--provoke full test"), "{other}");
}

#[test]
fn what_may_not_be_told_is_not_clean() {
    type Gap = fn(&mut ProcessRecord);
    let gaps: [Gap; 2] = [
        |record| record.is_complete = false,
        |record| record.problems.push("a finding was lost".to_owned()),
    ];
    for gap in gaps {
        let mut one = record(&[("tungstenite", "0.29.0", 4)]);
        gap(&mut one);
        let left = Left {
            records: vec![one, record(&[("tungstenite", "0.29.0", 1)])],
            ..Left::default()
        };
        let lines = lines("run", &left, &[("tungstenite", "0.29.0")], &[]);
        assert!(!lines.concat().contains("clean"), "{lines:?}");
    }
}

#[test]
fn what_was_not_watched_is_never_clean_and_says_why() {
    let nothing = Left::default();
    let idle = Left {
        records: vec![record(&[])],
        ..Left::default()
    };
    let known = [("tungstenite", "0.29.0")];
    for (subcommand, left, watched, why) in [
        (
            "test",
            &nothing,
            &[][..],
            "no library that can be watched is in the dependency tree",
        ),
        (
            "test",
            &nothing,
            &known,
            "no program has recorded a connection with tungstenite 0.29.0; one that is killed as soon as it opens one records nothing",
        ),
        ("test", &idle, &known, "no connection was opened"),
        ("build", &nothing, &known, "cargo build runs no program"),
    ] {
        let lines = lines(subcommand, left, watched, &[]);
        assert_eq!(lines[1], format!("  nothing was watched: {why}"));
        assert!(!lines.concat().contains("clean"), "{lines:?}");
    }
}

#[test]
fn every_report_has_its_kind_both_lines_and_its_file() {
    let report = samples::torn();
    let left = Left {
        records: vec![record(&[("tungstenite", "0.29.0", 1)])],
        reports: vec![("/w/target/redhanded/reports/1/a.json".into(), report)],
        ..Left::default()
    };
    let lines = lines("test", &left, &[], &[]);
    assert_eq!(
        lines[0],
        "redhanded: 1 process, 1 connection watched, 1 report"
    );
    assert!(lines[2].starts_with("  torn-frame x3 "), "{lines:?}");
    assert!(
        lines[2].contains(" and ") && lines[2].ends_with("(target/redhanded/reports/1/a.json)")
    );
    assert_eq!(
        lines[3],
        "  to look at them: redhanded serve target/redhanded/reports/1"
    );
    assert!(!lines.concat().contains("clean"));
}

#[test]
fn one_report_of_several_processes_is_one() {
    let file = |name: &str| PathBuf::from("/w/target/redhanded/reports/1").join(name);
    let (one, mut other) = (samples::torn(), samples::torn());
    other.process.pid += 1;
    let left = Left {
        records: vec![record(&[("tungstenite", "0.29.0", 1)])],
        reports: vec![(file("a.json"), one), (file("b.json"), other)],
        ..Left::default()
    };
    let lines = lines("test", &left, &[], &[]);
    assert!(lines[0].ends_with(", 1 report"), "{lines:?}");
    assert!(
        lines[2].starts_with("  torn-frame x6 ")
            && lines[2].ends_with("/a.json, target/redhanded/reports/1/b.json)"),
        "{lines:?}"
    );
}

#[test]
fn reports_without_files_are_not_clean() {
    let mut counted = record(&[("tungstenite", "0.29.0", 1)]);
    counted.reports.insert(redhanded_report::Kind::Overlap, 1);
    let left = Left {
        records: vec![counted],
        ..Left::default()
    };
    assert!(left.has_reports());
    let lines = lines("test", &left, &[], &[]);
    assert_eq!(
        lines[2],
        "  problem: there are reports, but their files could not be written"
    );
}

#[test]
fn every_gap_is_named() {
    let mut gaps = record(&[("tungstenite", "0.29.0", 2)]);
    gaps.is_complete = false;
    gaps.forks = 1;
    gaps.unknown_streams = vec![UnknownStreams {
        type_name: "chat::Locked<\u{1b}[31m>".to_owned(),
        library: "tungstenite".to_owned(),
        count: 2,
    }];
    gaps.problems = vec!["a report could not be written".to_owned()];
    let left = Left {
        records: vec![gaps],
        unreadable: vec!["x.json: is not a record".to_owned()],
        ..Left::default()
    };
    let unwatched = [
        unwatched("soketto", Reason::Other),
        unwatched("tungstenite", Reason::Version),
        unwatched("tokio-tungstenite", Reason::Below),
    ];
    let text = lines("run", &left, &[], &unwatched).join("\n");
    for named in [
        "not watched: soketto 1.0.0; redhanded::Tap::new(stream)",
        "not watched: tungstenite 1.0.0, a version that is not known",
        "not watched: tokio-tungstenite 1.0.0, since the tungstenite below it is not",
        "not known: the socket of 2 connections on `chat::Locked<",
        "not known: 1 child was forked",
        "not complete: chat (process 7)",
        "problem: chat (process 7): a report could not be written",
        "problem: x.json: is not a record",
    ] {
        assert!(text.contains(named), "{named} is missing in\n{text}");
    }
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn many_gaps_are_counted() {
    let unwatched: Vec<_> = (0..30)
        .map(|it| unwatched(&format!("ws-{it}"), Reason::Other))
        .collect();
    let lines = lines("run", &Left::default(), &[], &unwatched);
    assert_eq!(lines.len(), 2 + MOST + 1);
    assert_eq!(lines.last().map(String::as_str), Some("  and 10 more"));
}
