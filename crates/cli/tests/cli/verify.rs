//! Whether a fix holds. The command that is run is a script that leaves what a watched program would leave.

use crate::run::{Ran, command, finish};
use crate::saved::{FINGERPRINT, OTHER, report, save};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Copies what is prepared for its run into the folder of reports.
const SCRIPT: &str = r#"mkdir -p "$REDHANDED_REPORT_DIR" && cp -R "$0/$(basename "$REDHANDED_REPORT_DIR")/." "$REDHANDED_REPORT_DIR""#;

/// A report, and what the runs of a program leave.
struct Prepared {
    folder: TempDir,
    /// Where the reports of the runs are made, so that they go with this.
    temporary: TempDir,
}

impl Prepared {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        save(&folder, &report(FINGERPRINT, 1, 3));
        Prepared {
            folder,
            temporary: tempfile::tempdir().expect("a folder"),
        }
    }

    fn report(&self) -> PathBuf {
        self.folder.path().join(format!("{FINGERPRINT}-1.json"))
    }

    /// The folder of a run.
    fn run(&self, number: u32) -> PathBuf {
        let folder = self.folder.path().join(format!("run-{number}"));
        fs::create_dir_all(&folder).expect("our own folder");
        folder
    }

    fn leave(&self, number: u32, folder: &str, file: &str, text: &Value) {
        let folder = self.run(number).join(folder);
        fs::create_dir_all(&folder).expect("our own folder");
        fs::write(folder.join(file), text.to_string()).expect("our own folder");
    }

    /// A process that watched, and has told which call sites came.
    fn leave_process(&self, number: u32, near: Option<&Value>) {
        let record = json!({ "schema": 1, "pid": 1, "program": "chat", "started": 1, "is_complete": true,
            "connections": [{ "library": "Tap", "version": "", "count": 1 }], "unknown_streams": [], "forks": 0,
            "reports": {}, "suppressed": 0, "problems": [] });
        self.leave(number, "processes", "1-a.json", &record);
        if let Some(near) = near {
            self.leave(number, "near-misses", "1-a.json", near);
        }
    }

    fn verify(&self, more: &[&str], words: &[&str]) -> Ran {
        let mut command = command();
        command.arg("verify").arg(self.report()).args(more);
        command.arg("--").args(words);
        command.env("TMPDIR", self.temporary.path());
        finish(&mut command, b"")
    }

    fn verify_script(&self, runs: &str) -> Ran {
        let folder = self.folder.path().to_str().expect("text");
        self.verify(&["--runs", runs], &["sh", "-c", SCRIPT, folder])
    }

    /// How many folders of runs were kept.
    fn kept(&self) -> usize {
        let entries = self.temporary.path().read_dir().expect("our own folder");
        entries.count()
    }
}

fn side(line: u32) -> Value {
    json!({ "operation": "send Text", "call_site": { "file": "src/main.rs", "line": line, "column": 5 }, "function": null })
}

/// What a process tells of the two call sites of the report.
fn near(came: [u64; 2], held: u64) -> Value {
    let seen = |line, came| {
        let mut seen = side(line);
        (seen["came"], seen["came_alone"]) = (json!(came), json!(0));
        seen
    };
    let nearest = (came[0] > 0 && came[1] > 0).then_some(900.5);
    json!({ "schema": 1, "process": { "name": "chat", "pid": 1 }, "mode": "full", "dropped": 0,
        "seen": [seen(59, came[0]), seen(50, came[1])],
        "pairs": [{ "sides": [side(50), side(59)], "came": [came[1], came[0]], "held": [held, 0], "held_us": 100,
            "nearest_us": nearest, "near": 1, "met": 0, "ordered": null }] })
}

#[test]
fn a_fault_that_is_found_again_is_named_with_its_run_and_its_report() {
    let prepared = Prepared::new();
    prepared.leave_process(1, Some(&near([3, 3], 1)));
    // The fix has moved the lines.
    let mut again = report(OTHER, 2, 1);
    for writer in again["writers"].as_array_mut().expect("a list") {
        writer["call_site"]["line"] = 700.into();
    }
    prepared.leave_process(2, None);
    save(prepared.run(2), &again);
    let ran = prepared.verify_script("5").with_code(66);
    assert!(
        ran.stdout.starts_with("found again in run 2: overlap, "),
        "{ran:#?}"
    );
    let file = ran
        .stdout
        .lines()
        .next()
        .and_then(|line| line.rsplit_once('('));
    let file = Path::new(file.expect("a file").1.trim_end_matches(')'));
    assert!(file.is_file(), "{ran:#?}");
    assert_eq!(prepared.kept(), 1);
    assert!(!ran.stderr.contains("run 3"), "{ran:#?}");
}

#[test]
fn two_call_sites_that_came_and_never_met_are_counted_over_all_runs() {
    let prepared = Prepared::new();
    for number in 1..=2 {
        prepared.leave_process(number, Some(&near([150, 6], 20)));
    }
    let ran = prepared.verify_script("2").with_code(0);
    let expected = "the two call sites came to one connection 312 times in 2 runs, were held 40 times, and never met\n  first: \
        send Text at src/main.rs:59:5, came 300 times\n  second: send Text at src/main.rs:50:5, came 12 times\n";
    assert_eq!(ran.stdout, expected);
    assert_eq!(ran.stderr, "redhanded: run 1 of 2\nredhanded: run 2 of 2\n");
    assert_eq!(prepared.kept(), 0);
}

#[test]
fn where_a_call_site_was_never_reached_nothing_is_known() {
    let prepared = Prepared::new();
    prepared.leave_process(1, Some(&near([150, 0], 0)));
    let ran = prepared.verify_script("1").with_code(3);
    let expected = "the second call site was never reached in 1 run: nothing is known\n";
    assert!(ran.stdout.starts_with(expected), "{ran:#?}");
}

#[test]
fn without_a_watched_process_nothing_is_known() {
    let prepared = Prepared::new();
    let ran = prepared.verify(&["--runs", "2"], &["true"]).with_code(3);
    assert!(
        ran.stdout
            .starts_with("no watched process in 2 runs: nothing is known\n"),
        "{ran:#?}"
    );
    // One that fails at once is not tried again.
    let ran = prepared.verify(&["--runs", "2"], &["false"]).with_code(3);
    assert!(
        ran.stdout
            .starts_with("no watched process in 1 run: nothing is known\n"),
        "{ran:#?}"
    );
    assert!(
        ran.stdout
            .contains("the command failed in run 1 (exit status: 1)\n"),
        "{ran:#?}"
    );
}

#[test]
fn a_command_that_fails_leaves_nothing_known_and_one_that_has_other_reports_does_not() {
    for (code, others, expected) in [(1, false, 3), (66, false, 3), (66, true, 0)] {
        let prepared = Prepared::new();
        prepared.leave_process(1, Some(&near([150, 6], 20)));
        if others {
            let mut other = report(OTHER, 2, 1);
            other["writers"][0]["operation"] = "flush".into();
            save(prepared.run(1), &other);
        }
        let script = format!("{SCRIPT}; exit {code}");
        let folder = prepared.folder.path().to_str().expect("text");
        let ran = prepared
            .verify(&["--runs", "1"], &["sh", "-c", &script, folder])
            .with_code(expected);
        let failed = format!("the command failed in run 1 (exit status: {code})\n");
        assert_eq!(ran.stdout.contains(&failed), expected == 3, "{ran:#?}");
        assert_eq!(
            ran.stdout.contains("1 report of other faults\n"),
            others,
            "{ran:#?}"
        );
    }
}

#[test]
fn the_command_gets_the_pair_as_its_plan_and_no_setting_that_hides_reports() {
    let prepared = Prepared::new();
    let script = "cat \"$REDHANDED_PLAN\"; echo; env | grep ^REDHANDED_ | sort";
    let mut command = command();
    command
        .arg("verify")
        .arg(prepared.report())
        .args(["--runs", "1", "--", "sh", "-c", script]);
    command.env("TMPDIR", prepared.temporary.path());
    for name in [
        "REDHANDED_SUPPRESSIONS",
        "REDHANDED_EXITCODE",
        "REDHANDED_CAPTURE",
        "REDHANDED_POLICY",
    ] {
        command.env(name, "x");
    }
    let ran = finish(&mut command, b"").with_code(3);
    let (plan, variables) = ran.stdout.split_once("\nREDHANDED_").expect("both");
    let plan: Value = serde_json::from_str(plan).expect("a plan");
    let lines = [0, 1].map(|side| plan["pairs"][0]["sides"][side]["call_site"]["line"].clone());
    assert_eq!(lines, [json!(59), json!(50)]);
    let has = |name: &str| variables.contains(&format!("{name}="));
    let given = ["REDHANDED_POLICY", "REDHANDED_REPORT_DIR"].map(has);
    let removed = [
        "REDHANDED_SUPPRESSIONS",
        "REDHANDED_EXITCODE",
        "REDHANDED_CAPTURE",
    ]
    .map(has);
    assert_eq!((given, removed), ([true; 2], [false; 3]), "{ran:#?}");
    assert!(variables.contains("REDHANDED_PROVOKE=full\n"), "{ran:#?}");
}

#[test]
fn what_cannot_be_verified_or_run_is_one_line_and_code_2() {
    let prepared = Prepared::new();
    let ran = prepared
        .verify(&["--runs", "1"], &["/nothing/here"])
        .with_code(2);
    assert!(
        ran.stderr
            .contains("redhanded: verify: /nothing/here cannot be started: "),
        "{ran:#?}"
    );
    let mut stall = report(FINGERPRINT, 1, 3);
    stall["kind"] = "stall".into();
    stall["lock"] = json!({ "id": 3, "kind": "Mutex", "created": null });
    save(&prepared.folder, &stall);
    let ran = prepared.verify(&[], &["true"]).with_code(2);
    assert!(
        ran.only_complaint()
            .starts_with("verify: the report does not have two writers"),
        "{ran:#?}"
    );
}

#[test]
#[cfg(unix)]
fn a_signal_ends_the_command_and_removes_the_folder() {
    use rustix::process::{Pid, Signal, kill_process};
    use std::io::{BufRead, BufReader, Read};
    use std::process::Stdio;

    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let prepared = Prepared::new();
        let mut command = command();
        command.arg("verify").arg(prepared.report()).arg("--");
        command.args(["sh", "-c", "echo begun; exec sleep 600"]);
        command.env("TMPDIR", prepared.temporary.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it is built");
        let mut printed = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        printed.read_line(&mut line).expect("a pipe");
        assert_eq!((&*line, prepared.kept()), ("begun\n", 1));
        kill_process(Pid::from_child(&child), signal).expect("it runs");
        assert_eq!(child.wait().expect("our child").code(), Some(code));
        // The pipe is closed when the program has ended.
        let mut rest = String::new();
        printed.read_to_string(&mut rest).expect("a pipe");
        assert_eq!((&*rest, prepared.kept()), ("", 0));
    }
}
