//! Reports in every format, from a file, a directory and standard input.

use crate::run::{command, finish, run};
use crate::saved::{FINGERPRINT, OTHER, report, with};
use serde_json::Value;

fn shown(format: &str) -> String {
    let directory = with(&[report(FINGERPRINT, 1, 3), report(OTHER, 2, 1)]);
    let path = directory.path().to_str().expect("text");
    run(["show", path, "--format", format]).with_code(0).stdout
}

#[test]
fn text_is_the_default_and_has_no_colour_where_no_terminal_is() {
    let directory = with(&[report(FINGERPRINT, 1, 3)]);
    let ran = run(["show", directory.path().to_str().expect("text")]).with_code(0);
    assert!(
        ran.stdout.starts_with("==== redhanded: overlap ====\n"),
        "{ran:#?}"
    );
    assert!(
        ran.stdout
            .contains("Second writer: send Text 3 B by \"reader\", called at src/main.rs:50:5\n"),
        "{ran:#?}"
    );
    assert!(
        !ran.stdout.contains('\u{1b}') && ran.stderr.is_empty(),
        "{ran:#?}"
    );
    assert_eq!(
        ran.stdout,
        run([
            "show",
            "--format=text",
            directory.path().to_str().expect("text")
        ])
        .stdout
    );
}

#[test]
fn every_format_has_every_report() {
    let is_whole = |format: &str, start: &str| {
        let text = shown(format);
        assert!(
            text.starts_with(start) && text.ends_with('\n'),
            "{format}: {text}"
        );
        assert!(
            text.contains(FINGERPRINT) && text.contains(OTHER),
            "{format}: {text}"
        );
        text
    };
    is_whole("text", "==== redhanded: overlap ====\n");
    is_whole("markdown", "### redhanded: overlap\n");
    is_whole("html", "<!doctype html>\n");
    let json: Value = serde_json::from_str(&is_whole("json", "[{\n")).expect("JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(2));
    let sarif: Value = serde_json::from_str(&is_whole("sarif", "{\n")).expect("JSON");
    assert_eq!(
        sarif["runs"][0]["results"].as_array().map(Vec::len),
        Some(2)
    );
    let github = is_whole(
        "github",
        "::error file=src/main.rs,line=50,col=5,title=redhanded%3A overlap::one began",
    );
    assert_eq!(github.lines().count(), 2);
}

#[test]
fn standard_input_may_be_one_report_or_the_list_that_the_page_gives() {
    let one = report(FINGERPRINT, 1, 3);
    let list = Value::from(vec![one.clone(), report(OTHER, 1, 1)]);
    let show = |input: &Value| {
        finish(
            command().args(["show", "-", "--format", "json"]),
            input.to_string().as_bytes(),
        )
    };
    let printed: Value = serde_json::from_str(&show(&one).with_code(0).stdout).expect("JSON");
    assert_eq!(
        (&printed["fingerprint"], &printed["count"]),
        (&one["fingerprint"], &one["count"])
    );
    let printed: Value = serde_json::from_str(&show(&list).with_code(0).stdout).expect("JSON");
    assert_eq!(printed.as_array().map(Vec::len), Some(2));
    let ran = finish(command().args(["show", "-"]), b"not a report").with_code(2);
    assert!(
        ran.only_complaint()
            .starts_with("standard input: is not a report: "),
        "{ran:#?}"
    );
}

#[test]
fn paths_are_shortened_to_the_checkout() {
    let directory = with(&[report(FINGERPRINT, 1, 3)]);
    let arguments = ["show", directory.path().to_str().expect("text")];
    let ran = finish(command().args(arguments).env("GITHUB_WORKSPACE", "/w"), b"").with_code(0);
    assert!(
        ran.stdout.contains("\n        at src/publish.rs:12:9\n"),
        "{ran:#?}"
    );
    assert!(
        run(arguments)
            .stdout
            .contains("\n        at /w/src/publish.rs:12:9\n")
    );
}

#[test]
fn a_directory_without_reports_is_no_error() {
    let directory = with(&[]);
    let ran = run([
        "show",
        directory.path().to_str().expect("text"),
        "--format",
        "json",
    ])
    .with_code(0);
    assert_eq!(
        (ran.stdout.as_str(), ran.only_complaint()),
        ("[]\n", "there are no reports")
    );
}

#[test]
fn reports_of_several_directories_with_one_fingerprint_are_one() {
    let (one, other) = (
        with(&[report(FINGERPRINT, 1, 3)]),
        with(&[report(FINGERPRINT, 2, 4)]),
    );
    let path = |directory: &tempfile::TempDir| directory.path().to_str().expect("text").to_owned();
    let ran = run([
        "show".into(),
        path(&one),
        path(&other),
        path(&one),
        "--format=json".into(),
    ])
    .with_code(0);
    let json: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let [merged] = &json.as_array().expect("a list")[..] else {
        panic!("{json:#}")
    };
    assert_eq!(
        (&merged["count"], &merged["process"]["pid"]),
        (&7.into(), &1.into())
    );
    assert_eq!(merged["first_seen"], "2026-01-02T03:04:05.000001Z");
    assert_eq!(merged["last_seen"], "2026-01-02T03:04:06.000002Z");
    assert_eq!(merged["process"]["name"], "app (and 1 more process)");
}
