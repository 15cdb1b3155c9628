//! What a line of a suppression file suppresses, and what it does not.

use super::*;
use serde_json::json;

fn report(kind: &str, function: &str, origin: &str, file: &str, site: &str) -> Report {
    let writer = |role: &str, frames: serde_json::Value, site: serde_json::Value| {
        json!({ "role": role, "thread": { "id": 7, "name": null }, "task": null, "handle": 1, "operation": "flush",
            "call_site": site, "began_us": 0.0, "ended_us": 5.25, "outcome": "returned", "backtrace": frames })
    };
    let frame =
        json!({ "function": function, "file": file, "line": 3, "column": 1, "origin": origin });
    let report = json!({
        "schema": 1, "id": "0", "fingerprint": "0", "kind": kind, "summary": "", "count": 1, "first_seen": "",
        "last_seen": "", "wire": { "id": 1, "local": null, "peer": null }, "process": { "name": "app", "pid": 1 },
        "writers": [writer("first", json!([]), json!(null)),
            writer("second", json!([frame]), json!({ "file": site, "line": 1, "column": 1 }))],
        "dropped": { "samples": 0 },
    });
    Report::from_json(&report.to_string()).expect("a report")
}

fn parse(text: &str) -> Suppressions {
    let (suppressions, errors) = Suppressions::parse(Path::new("known.txt"), text);
    assert!(errors.is_empty(), "{errors:?}");
    suppressions
}

#[test]
fn a_line_is_for_functions_files_and_call_sites_of_either_writer() {
    let report = report(
        "overlap",
        "app::run::{{closure}}",
        "app",
        "/home/me/app/src/run.rs",
        "src/site.rs",
    );
    for (line, is_for) in [
        ("overlap:app::run", true),
        ("*:app::*", true),
        ("torn-frame:app::*", false),
        ("*:src/run.rs", true),
        ("*:/home/me/**", true),
        ("*:run.rs", true),
        ("*:un.rs", false),
        ("*:src/site.rs", true),
        ("*:**/site.rs", true),
        ("*:src", false),
        ("*:app::ru?", true),
        ("*:run", false),
    ] {
        assert_eq!(
            parse(line).line_for_report(&report),
            is_for.then_some(0),
            "{line}"
        );
    }
}

#[test]
fn a_line_of_a_group_is_for_its_reports_and_no_others() {
    let known = report(
        "overlap",
        "app::run::{{closure}}",
        "app",
        "a.rs",
        "src/run.rs",
    );
    let other = report("overlap", "app::stop", "app", "a.rs", "src/run.rs");
    let line = format!(
        "torn-frame:app::*\ngroup:{} # known",
        group(known.kind, &known.writers)
    );
    let suppressions = parse(&line);
    assert_eq!(suppressions.line_for(known.kind, &known.writers), Some(1));
    assert_eq!(suppressions.line_for_report(&known), Some(1));
    assert_eq!(suppressions.line_for_report(&other), None);
    assert_eq!(suppressions.line_for(Kind::Stall, &known.writers), None);
    // The group that a report says counts, also where its backtraces were dropped.
    let mut bare = known;
    bare.group = Some(group(bare.kind, &bare.writers));
    bare.writers[1].backtrace.clear();
    assert_eq!(suppressions.line_for_report(&bare), Some(1));
    for line in ["group:", "group:app::run", "group:67FC86EE1004ED7E"] {
        let (_, errors) = Suppressions::parse(Path::new("known.txt"), line);
        assert!(
            errors[0].to_string().contains("sixteen hex digits"),
            "{errors:?}"
        );
    }
}

#[test]
fn frames_that_are_not_the_applications_do_not_count() {
    let report = report(
        "overlap",
        "tokio::run",
        "runtime",
        "/tokio/src/run.rs",
        "src/main.rs",
    );
    assert_eq!(
        parse("*:tokio::*\n*:**/run.rs").line_for_report(&report),
        None
    );
}

#[test]
fn a_finding_that_no_line_is_for_keeps_its_report() {
    let mut one = report("overlap", "app::known", "app", "a.rs", "b.rs");
    let other = report("overlap", "app::new", "app", "a.rs", "b.rs");
    one.samples.push(super::super::Sample {
        wire: other.wire,
        seen: String::new(),
        writers: other.writers,
        bytes: None,
        note: None,
        lock: None,
        lock_note: None,
    });
    assert_eq!(parse("*:app::known").line_for_report(&one), None);
    assert_eq!(
        parse("*:app::known\n*:app::new").line_for_report(&one),
        Some(0)
    );
}

#[test]
fn reasons_blank_lines_and_blanks_say_nothing() {
    let suppressions =
        parse("# all of it\n\n  *:app::run::{closure#0}  # a reason: with #7\r\n\t# more\n");
    let [line] = &suppressions.lines[..] else {
        panic!("{suppressions:?}")
    };
    assert_eq!(
        (line.number, line.text.as_str()),
        (3, "*:app::run::{closure#0}")
    );
}

#[test]
fn a_line_that_is_not_understood_is_named_with_its_file_and_the_others_stay() {
    let (suppressions, errors) = Suppressions::parse(
        Path::new("known.txt"),
        "app\ntorn:app\n*: # nothing\n*:ok\n*::app\n",
    );
    assert_eq!(suppressions.count(), 1);
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(errors.len(), 4);
    assert!(
        errors[0].starts_with("known.txt:1: \"app\" is not understood: it takes kind:glob"),
        "{}",
        errors[0]
    );
    assert!(
        errors[1].contains("known.txt:2: ") && errors[1].contains("abandoned-write"),
        "{}",
        errors[1]
    );
    assert!(
        errors[2].contains("known.txt:3: ") && errors[3].contains("known.txt:5: "),
        "{errors:?}"
    );
}

#[test]
fn every_line_is_told_by_what_it_has_suppressed() {
    let suppressions = parse("*:a\n# of old\n*:b\n*:c");
    let sentence = "3 findings suppressed: 2 by known.txt:1 (*:a), 1 by known.txt:4 (*:c)";
    assert_eq!(suppressions.sentence(&[2, 0, 1]).as_deref(), Some(sentence));
    assert_eq!(
        suppressions.unused(&[2, 0, 1]),
        ["known.txt:3 (*:b) suppressed nothing"]
    );
    assert_eq!(suppressions.sentence(&[0, 0, 0]), None);
}

#[test]
fn a_file_that_is_not_there_or_no_text_is_an_error_that_names_it() {
    let directory = tempfile::tempdir().expect("a directory of our own");
    let binary = directory.path().join("binary");
    std::fs::write(&binary, [b'*', b':', 0xff]).expect("our own directory");
    let large = directory.path().join("large");
    std::fs::write(&large, vec![b'#'; MAX_BYTES as usize + 1]).expect("our own directory");
    for path in [
        directory.path().join("none"),
        binary,
        large,
        directory.path().to_owned(),
    ] {
        let (suppressions, errors) = Suppressions::read(&path);
        assert_eq!(suppressions.count(), 0);
        let [error] = &errors[..] else {
            panic!("{errors:?}")
        };
        assert!(
            error.to_string().contains(path.to_str().expect("text")),
            "{error}"
        );
    }
}
