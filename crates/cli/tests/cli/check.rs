//! The verdict for CI.

use crate::run::{Ran, command, finish, run};
use crate::saved::{FINGERPRINT, OTHER, report, with};
use std::fs;
use tempfile::TempDir;

fn path(directory: &TempDir) -> &str {
    directory.path().to_str().expect("text")
}

/// Checks two reports against the lines of a suppression file.
fn with_lines(lines: &str) -> (Ran, String) {
    let directory = with(&[report(FINGERPRINT, 1, 3), report(OTHER, 2, 1)]);
    let file = directory.path().join("known.txt");
    fs::write(&file, lines).expect("our own directory");
    let file = file.to_str().expect("text");
    (
        run(["check", path(&directory), "--suppressions", file]),
        file.to_owned(),
    )
}

#[test]
fn findings_give_exit_code_66_and_a_line_for_each_report() {
    let directory = with(&[report(FINGERPRINT, 1, 3), report(OTHER, 2, 1)]);
    let ran = run(["check", path(&directory)]).with_code(66);
    let lines = format!(
        "overlap {OTHER} x1: one began while the other had not come back, {OTHER}\n\
         overlap {FINGERPRINT} x3: one began while the other had not come back, {FINGERPRINT}\n"
    );
    assert_eq!(
        (ran.stdout.as_str(), ran.only_complaint()),
        (lines.as_str(), "2 reports of writers caught together")
    );
}

#[test]
fn no_findings_give_exit_code_0_and_say_how_much_was_watched() {
    let directory = with(&[]);
    let ran = run(["check", path(&directory)]).with_code(0);
    let complaint = "no process has left a record: nothing may have been watched";
    assert_eq!((&*ran.stdout, ran.only_complaint()), ("", complaint));

    let folder = directory.path().join("processes");
    fs::create_dir(&folder).expect("our own directory");
    let record = r#"{ "schema": 1, "pid": 1, "program": "chat", "started": 1, "is_complete": true, "connections":
        [{ "library": "tungstenite", "version": "0.30", "count": 12 }], "unknown_streams": [], "forks": 0,
        "reports": {}, "suppressed": 0, "problems": [] }"#;
    fs::write(folder.join("1-0.json"), record).expect("our own directory");
    let ran = run(["check", path(&directory)]).with_code(0);
    let watched = "redhanded: 1 process, 12 connections watched\n";
    let hint = "redhanded: no report; REDHANDED_PROVOKE=full also finds writers that seldom meet\n";
    assert_eq!((&*ran.stdout, ran.stderr), ("", format!("{watched}{hint}")));

    // Who has done so is not told to.
    let folder = directory.path().join("near-misses");
    fs::create_dir(&folder).expect("our own directory");
    let near_misses = r#"{ "schema": 1, "process": { "name": "chat", "pid": 1 },
        "mode": "full", "pairs": [] }"#;
    fs::write(folder.join("1-0.json"), near_misses).expect("our own directory");
    let ran = run(["check", path(&directory)]).with_code(0);
    assert_eq!(ran.stderr, watched);
}

#[test]
fn a_folder_that_has_only_folders_of_runs_is_not_clean() {
    let directory = with(&[]);
    let run_of = |name: &str| {
        let folder = directory.path().join(name).join("processes");
        fs::create_dir_all(folder).expect("our own directory");
    };
    run_of("1");
    run_of("2");
    let ran = run(["check", path(&directory)]).with_code(2);
    let named = format!(
        "redhanded: {}: cannot be read: it has no reports itself, but 2 folders of reports below it; name these instead\n",
        path(&directory)
    );
    assert!(ran.stderr.starts_with(&named), "{ran:#?}");
}

#[test]
fn suppressed_reports_do_not_count_and_are_listed_by_line() {
    let (ran, file) = with_lines("# of old\noverlap:app::read # ticket 7\n*:src/gone.rs\n");
    let ran = ran.with_code(0);
    assert_eq!(ran.stdout, "");
    let expected = format!(
        "redhanded: 4 findings suppressed: 4 by {file}:2 (overlap:app::read)\n\
         redhanded: {file}:3 (*:src/gone.rs) suppressed nothing\n"
    );
    assert_eq!(ran.stderr, expected);
}

#[test]
fn a_known_report_does_not_hide_an_unknown_one_of_the_same_fault() {
    // Reports of many runs are one. Only some of them came through the function that is known.
    let known = |pid| {
        let mut report = report(FINGERPRINT, pid, 1);
        report["writers"][0]["backtrace"][0]["function"] = "app::legacy".into();
        report
    };
    let mut reports: Vec<_> = (1..=10).map(known).collect();
    reports.push(report(FINGERPRINT, 11, 2));
    let directory = with(&reports);
    let file = directory.path().join("known.txt");
    fs::write(&file, "overlap:app::legacy").expect("our own directory");
    let file = file.to_str().expect("text");
    for by in [&[][..], &["--by", "group"]] {
        let check = ["check", path(&directory), "--suppressions", file];
        let ran = run(check.iter().chain(by)).with_code(66);
        assert!(ran.stdout.contains(" x2: "), "{ran:#?}");
        assert!(
            ran.stderr.contains("10 findings suppressed: 10 by"),
            "{ran:#?}"
        );
    }
}

#[test]
fn reports_whose_lines_have_moved_are_one_by_group_and_that_group_can_be_suppressed() {
    let before = report(FINGERPRINT, 1, 3);
    let mut after = report(OTHER, 2, 4);
    for writer in after["writers"].as_array_mut().expect("a list") {
        writer["call_site"]["line"] = (writer["call_site"]["line"].as_u64().unwrap() + 1).into();
    }
    let directory = with(&[before, after]);
    let check = |more: &[&str]| run(["check", path(&directory)].iter().chain(more));
    assert_eq!(check(&[]).with_code(66).stdout.lines().count(), 2);
    let ran = check(&["--by", "group"]).with_code(66);
    let words: Vec<_> = ran.stdout.split(' ').take(3).collect();
    let ["overlap", group, "x7:"] = words[..] else {
        panic!("{ran:#?}")
    };
    assert!(group != FINGERPRINT && group != OTHER, "{group}");
    let file = directory.path().join("known.txt");
    fs::write(&file, format!("group:{group} # known")).expect("our own directory");
    let known = ["--suppressions", file.to_str().expect("text")];
    for by in [&["--by", "group"][..], &[]] {
        let ran = check(&[&known, by].concat()).with_code(0);
        let told = format!(
            "7 findings suppressed: 7 by {}:1 (group:{group})",
            file.display()
        );
        assert!(ran.stderr.contains(&told), "{ran:#?}");
    }
}

#[test]
fn a_suppression_of_another_kind_suppresses_nothing() {
    let (ran, file) = with_lines("torn-frame:app::read");
    let ran = ran.with_code(66);
    assert!(
        ran.stderr.contains(&format!(
            "{file}:1 (torn-frame:app::read) suppressed nothing\n"
        )),
        "{ran:#?}"
    );
    assert_eq!(ran.stdout.lines().count(), 2);
}

#[test]
fn a_suppression_that_is_not_understood_is_an_error_that_names_its_line() {
    let (ran, file) = with_lines("*:app::read\nwrong\n");
    let ran = ran.with_code(2);
    let start = format!("--suppressions {file}:2: \"wrong\" is not understood: it takes kind:glob");
    assert!(
        ran.only_complaint().starts_with(&start) && ran.stdout.is_empty(),
        "{ran:#?}"
    );
    let ran = run(["check", path(&with(&[])), "--suppressions", "/nothing/here"]).with_code(2);
    assert!(
        ran.only_complaint()
            .contains("/nothing/here: the suppressions cannot be read: "),
        "{ran:#?}"
    );
}

#[test]
fn sources_are_annotated_on_github_or_where_that_is_asked_for() {
    let directory = with(&[report(FINGERPRINT, 1, 3)]);
    let start = "::error file=src/main.rs,line=50,col=5,title=redhanded%3A overlap::";
    let annotations = |ran: Ran| {
        ran.with_code(66)
            .stdout
            .lines()
            .filter(|line| line.starts_with(start))
            .count()
    };
    let check = || {
        let mut command = command();
        command.args(["check", path(&directory)]);
        command
    };
    assert_eq!(annotations(finish(&mut check(), b"")), 0);
    assert_eq!(
        annotations(finish(check().args(["--format", "github"]), b"")),
        1
    );
    assert_eq!(
        annotations(finish(check().env("GITHUB_ACTIONS", "true"), b"")),
        1
    );
    assert_eq!(
        annotations(finish(
            check().env("GITHUB_ACTIONS", "true").arg("--format=text"),
            b""
        )),
        0
    );
}

#[test]
fn a_file_that_cannot_be_read_is_no_success_and_findings_beside_it_are() {
    let directory = with(&[]);
    fs::write(directory.path().join("half.json"), "{ \"schema\": 1,").expect("our own directory");
    let ran = run(["check", path(&directory)]).with_code(2);
    assert!(
        ran.stderr.contains("half.json: is not a report: "),
        "{ran:#?}"
    );
    assert!(
        ran.stderr
            .ends_with("redhanded: 1 file or directory of reports could not be read\n"),
        "{ran:#?}"
    );
    crate::saved::save(&directory, &report(FINGERPRINT, 1, 3));
    assert_eq!(
        run(["check", path(&directory)])
            .with_code(66)
            .stdout
            .lines()
            .count(),
        1
    );
}
