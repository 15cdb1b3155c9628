//! Files of near misses are read as they were written, and a side is found again.

use super::super::samples;
use super::*;
use std::fs;

fn side(file: &str, line: u32, function: Option<&str>) -> Side {
    Side {
        operation: "send Text".to_owned(),
        call_site: Some(CallSite {
            file: file.to_owned(),
            line,
            column: 5,
        }),
        function: function.map(str::to_owned),
    }
}

#[test]
fn what_is_written_is_read_back_and_drives_no_terminal() {
    let mut plan = NearMisses::plan_of(&samples::torn()).expect("two writers");
    plan.mode = "\u{1b}[2J".to_owned();
    plan.pairs[0].nearest_us = Some(812.5);
    plan.seen.push(SideCount {
        side: plan.pairs[0].sides[0].clone(),
        came: 3,
        came_alone: 1,
        held_alone: 2,
    });
    let json = plan.to_json();
    assert!(!json.contains('\u{1b}'), "{json:?}");
    assert_eq!(NearMisses::from_json(&json).expect("a plan"), plan);
}

#[test]
fn a_plan_needs_no_more_than_its_sides() {
    let text = r#"{ "schema": 1, "process": { "name": "chat", "pid": 1 }, "mode": "", "pairs": [{ "sides": [
        { "operation": "send Text", "call_site": null }, { "operation": "flush", "call_site": null }] }] }"#;
    let plan = NearMisses::from_json(text).expect("a plan");
    assert_eq!(plan.pairs[0].came, [0, 0]);
    let newer = NearMisses::from_json(r#"{ "schema": 2 }"#).expect_err("it is newer");
    assert_eq!(
        newer.to_string(),
        "the near misses have schema 2, and this version reads up to 1"
    );
}

#[test]
fn a_side_is_the_same_on_its_line_or_in_its_function() {
    let known = Some("app::run::{{closure}}");
    let other = Some("app::stop");
    // Whether the two are the same call, and whether they are on one line besides.
    for (one, other, is_same, is_on_line) in [
        (
            side("src/a.rs", 3, None),
            side("src/a.rs", 3, None),
            true,
            true,
        ),
        (
            side("src/a.rs", 3, None),
            side("src/a.rs", 4, None),
            false,
            false,
        ),
        (
            side("src/a.rs", 3, None),
            side("src/b.rs", 3, None),
            false,
            false,
        ),
        (
            side("src/a.rs", 3, None),
            side("/w/src/a.rs", 3, None),
            true,
            true,
        ),
        (
            side("src/a.rs", 3, known),
            side("src/a.rs", 9, Some("app::run")),
            true,
            false,
        ),
        (
            side("src/a.rs", 3, known),
            side("src/a.rs", 9, other),
            false,
            false,
        ),
        (
            side("src/a.rs", 3, known),
            side("src/a.rs", 3, other),
            true,
            false,
        ),
        (
            side("src/a.rs", 3, known),
            side("src/a.rs", 9, None),
            false,
            false,
        ),
        (
            side("src/a.rs", 3, known),
            side("src/a.rs", 3, None),
            true,
            true,
        ),
    ] {
        assert_eq!(one.is_same(&other), is_same, "{one:?} {other:?}");
        assert_eq!(other.is_same(&one), is_same, "{one:?} {other:?}");
        assert_eq!(one.is_on_line(&other), is_on_line, "{one:?} {other:?}");
    }
    let flush = Side {
        operation: "flush".to_owned(),
        ..side("src/a.rs", 3, None)
    };
    assert!(!flush.is_same(&side("src/a.rs", 3, None)));
    let nowhere = Side {
        call_site: None,
        ..side("", 0, None)
    };
    assert!(!nowhere.is_same(&nowhere));
}

#[test]
fn a_side_of_a_writer_has_its_class_and_the_function_of_its_call() {
    let mut report = samples::torn();
    report.writers[1].backtrace[1].function = "app::answer".to_owned();
    let side = Side::of(&report.writers[0]);
    assert_eq!(side.operation, "send Text");
    assert_eq!(side.function.as_deref(), Some("app::publish"));
    assert!(side.is_writer(&report.writers[0]) && !side.is_writer(&report.writers[1]));
}

#[test]
fn files_are_read_by_name_and_those_that_cannot_be_are_named() {
    let directory = tempfile::tempdir().expect("a folder");
    assert!(read_all(directory.path()).expect("none").is_empty());
    let folder = directory.path().join(FOLDER);
    fs::create_dir(&folder).expect("a folder");
    let plan = NearMisses::plan_of(&samples::torn()).expect("two writers");
    for (name, text) in [
        ("2-b.json", &*plan.to_json()),
        ("1-a.json", "{}"),
        (".3.json", ""),
    ] {
        fs::write(folder.join(name), text).expect("it is written");
    }
    let files = read_all(directory.path()).expect("a list");
    let names: Vec<_> = files
        .iter()
        .map(|(name, read)| (&**name, read.is_ok()))
        .collect();
    assert_eq!(names, [("1-a.json", false), ("2-b.json", true)]);
}
