//! Files that hold no reports: each is named and left out, and the rest is shown.

use crate::run::run;
use crate::saved::{FINGERPRINT, OTHER, report, with};
use serde_json::{Value, json};
use std::fs::{self, File};
use tempfile::TempDir;

/// Shows a directory with one report and one file, which is passed over for this reason.
#[track_caller]
fn assert_passed_over(directory: &TempDir, name: &str, reason: &str) {
    let path = directory.path().to_str().expect("text");
    let ran = run(["show", path, "--format", "json"]).with_code(0);
    let complaint = ran.only_complaint();
    assert!(
        complaint.starts_with(&format!("{path}/{name}: {reason}")),
        "{ran:#?}"
    );
    assert!(
        complaint.len() < 800 && !complaint.chars().any(char::is_control),
        "{ran:#?}"
    );
    let json: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(1), "{json:#}");
}

#[track_caller]
fn assert_bytes_passed_over(bytes: &[u8], reason: &str) {
    let directory = with(&[report(FINGERPRINT, 1, 3)]);
    fs::write(directory.path().join("bad.json"), bytes).expect("our own directory");
    assert_passed_over(&directory, "bad.json", reason);
}

/// A report with one changed field.
fn changed(change: impl Fn(&mut Value)) -> Vec<u8> {
    let mut report = report(OTHER, 1, 3);
    change(&mut report);
    report.to_string().into_bytes()
}

#[test]
fn invalid_and_incomplete_json_is_passed_over() {
    assert_bytes_passed_over(b"", "is not a report: EOF");
    assert_bytes_passed_over(b"hello", "is not a report: ");
    let whole = report(OTHER, 1, 3).to_string();
    assert_bytes_passed_over(&whole.as_bytes()[..whole.len() / 2], "is not a report: EOF");
    assert_bytes_passed_over(b"{ \"schema\": 1 }", "is not a report: missing field");
}

#[test]
fn a_file_that_is_no_text_is_passed_over() {
    assert_bytes_passed_over(b"{ \"schema\": \xff }", "is not text: invalid utf-8");
}

#[test]
fn deep_nesting_and_huge_numbers_are_passed_over() {
    let deep = [b"[".repeat(1 << 20), b"]".repeat(1 << 20)].concat();
    assert_bytes_passed_over(&deep, "is not a report: ");
    let deep = changed(|report| report["bytes"] = json!(0));
    let deep = String::from_utf8(deep)
        .expect("text")
        .replace("\"bytes\":0", &format!("\"bytes\":{}", "[".repeat(1 << 20)));
    assert_bytes_passed_over(deep.as_bytes(), "is not a report: ");
    let huge = |number: &str| {
        let text = String::from_utf8(changed(|report| report["count"] = json!(777))).expect("text");
        text.replace("777", number).into_bytes()
    };
    assert_bytes_passed_over(&huge("1e400"), "is not a report: number out of range");
    assert_bytes_passed_over(&huge(&"9".repeat(100_000)), "is not a report: ");
    assert_bytes_passed_over(
        &huge("18446744073709551615"),
        "is not a report: its count is too high",
    );
    assert_bytes_passed_over(&huge("-1"), "is not a report: invalid value");
}

#[test]
fn a_newer_schema_is_passed_over_by_its_number() {
    let newer =
        changed(|report| (report["schema"], report["kind"]) = (json!(3), json!({ "of": "later" })));
    assert_bytes_passed_over(
        &newer,
        "is not a report: the report has schema 3, and this version reads up to 2",
    );
}

#[test]
fn fields_that_every_format_needs_are_checked() {
    for (reason, change) in [
        (
            "fingerprint",
            (|report| report["fingerprint"] = json!("../../etc/passwd")) as fn(&mut Value),
        ),
        ("group", |report| {
            report["group"] = json!("../../etc/passwd")
        }),
        ("a time in it", |report| {
            report["last_seen"] = json!("yesterday")
        }),
        ("a first and a second writer", |report| {
            drop(report["writers"].as_array_mut().expect("a list").pop())
        }),
        ("a first and a second writer", |report| {
            report["writers"][1]["role"] = json!("first")
        }),
        ("bytes", |report| {
            report["bytes"] = json!({
                "torn": "first", "offset": null, "counted_since": "watch", "byte_of_frame": { "from": 1, "to": 1 },
                "proof": "", "frames": [], "ranges": [],
                "far_end": { "sees": [], "corrupted": null, "error": null, "close_code": null },
            });
        }),
        ("unknown variant", |report| {
            report["kind"] = json!("a\nredhanded: forged\u{1b}[2J".repeat(1_000))
        }),
    ] {
        let directory = with(&[report(FINGERPRINT, 1, 3)]);
        fs::write(directory.path().join("bad.json"), changed(change)).expect("our own directory");
        let path = directory.path().to_str().expect("text");
        let ran = run(["show", path]).with_code(0);
        let complaint = ran.only_complaint();
        assert!(
            complaint.contains("bad.json: is not a report: ") && complaint.contains(reason),
            "{ran:#?}"
        );
        assert!(
            complaint.len() < 2_000 && !complaint.chars().any(char::is_control),
            "{ran:#?}"
        );
    }
}

#[test]
fn a_file_of_100_mebibytes_is_passed_over_unread() {
    let directory = with(&[report(FINGERPRINT, 1, 3)]);
    // Sparse: it takes no room.
    File::create(directory.path().join("bad.json"))
        .and_then(|file| file.set_len(100 << 20))
        .expect("our own directory");
    assert_passed_over(&directory, "bad.json", "is larger than 32 MiB");
}

#[test]
#[cfg(unix)]
fn links_in_a_circle_and_pipes_are_passed_over() {
    use std::os::unix::fs::symlink;
    let directory = with(&[report(FINGERPRINT, 1, 3)]);
    let at = |name: &str| directory.path().join(name);
    // A directory is not read, wherever the link leads.
    symlink(".", at("round.json")).expect("our own directory");
    symlink("loop.json", at("loop.json")).expect("our own directory");
    assert_passed_over(&directory, "loop.json", "cannot be read: ");
    fs::remove_file(at("loop.json")).expect("it is there");
    let made = std::process::Command::new("mkfifo")
        .arg(at("pipe.json"))
        .status()
        .expect("the system has mkfifo");
    assert!(made.success());
    assert_passed_over(&directory, "pipe.json", "is not a file");
}

#[test]
#[cfg(target_os = "linux")]
fn names_that_are_no_text_or_that_drive_terminals_are_shown_harmlessly() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let directory = with(&[report(FINGERPRINT, 1, 3)]);
    let name = OsStr::from_bytes(b"a\xff\x1b[2J\nredhanded: forged.json");
    fs::write(directory.path().join(name), "").expect("our own directory");
    assert_passed_over(
        &directory,
        "a\u{fffd}\\u{1b}[2J\\nredhanded: forged.json",
        "is not a report: EOF",
    );
}

#[test]
fn unfinished_files_and_files_that_are_no_reports_are_not_read() {
    let directory = with(&[report(FINGERPRINT, 1, 3)]);
    for name in [
        format!(".{FINGERPRINT}-1.tmp"),
        ".hidden.json".into(),
        "notes.txt".into(),
    ] {
        fs::write(directory.path().join(name), "half").expect("our own directory");
    }
    let ran = run(["show", directory.path().to_str().expect("text")]).with_code(0);
    assert_eq!(ran.stderr, "");
}

#[test]
fn control_characters_of_a_report_never_get_through() {
    let hostile = "\u{1b}]0;x\u{7}\u{9b}31m\u{202e}\r\n::error::forged";
    let mut bad = report(FINGERPRINT, 1, 3);
    for writer in bad["writers"].as_array_mut().expect("a list") {
        (writer["thread"]["name"], writer["operation"]) = (json!(hostile), json!(hostile));
        (
            writer["backtrace"][0]["function"],
            writer["call_site"]["file"],
        ) = (json!(hostile), json!(hostile));
    }
    (bad["summary"], bad["process"]["name"]) = (json!(hostile), json!(hostile));
    let directory = with(&[bad]);
    let path = directory.path().to_str().expect("text");
    for format in ["text", "markdown", "json", "sarif", "github"] {
        let ran = run(["show", path, "--format", format]).with_code(0);
        let is_bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!ran.stdout.contains(is_bad), "{format}: {:?}", ran.stdout);
        let forged = ran
            .stdout
            .lines()
            .filter(|line| line.trim_start().starts_with("::error::"))
            .count();
        assert_eq!(forged, 0, "{format}: {}", ran.stdout);
    }
    let ran = run(["check", path, "--format", "github"]).with_code(66);
    assert_eq!(ran.stdout.lines().count(), 2, "{ran:#?}");
}

#[test]
fn no_line_of_any_format_is_a_command_for_the_log_of_a_ci_system() {
    let hostile = [
        "::error::forged",
        "##[error]forged",
        "##vso[task.x]",
        "##teamcity[x]",
    ];
    for text in hostile {
        let mut bad = report(FINGERPRINT, 1, 3);
        for writer in bad["writers"].as_array_mut().expect("a list") {
            (writer["thread"]["name"], writer["operation"]) = (json!(text), json!(text));
            (
                writer["backtrace"][0]["function"],
                writer["call_site"]["file"],
            ) = (json!(text), json!(text));
        }
        (bad["summary"], bad["process"]["name"]) = (json!(text), json!(text));
        (bad["note"], bad["id"]) = (json!(text), json!(text));
        let directory = with(&[bad]);
        let path = directory.path().to_str().expect("text");
        for format in ["text", "markdown", "json", "sarif", "github", "html"] {
            let ran = run(["show", path, "--format", format]).with_code(0);
            assert!(ran.stdout.contains("forged") || !text.contains("forged"));
            for line in ran.stdout.lines() {
                let own = format == "github" && line.starts_with("::error ");
                assert!(
                    own || !line.trim_start().starts_with("::"),
                    "{format}: {line}"
                );
                assert!(
                    !line.contains(text) || text.starts_with("::"),
                    "{format}: {line}"
                );
            }
        }
    }
}
