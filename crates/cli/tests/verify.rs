//! A fix is checked for real: a wrong program, its fixes, and one that never comes to the second writer.
#![cfg(all(debug_assertions, target_os = "linux"))]

#[path = "verify/program.rs"]
mod program;

use program::VARIABLE;
use redhanded_report::Report;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::OnceLock;
use tempfile::TempDir;

/// Not a test: the program that the tests run.
#[test]
fn the_program_that_is_verified() {
    program::main();
}

/// How the command ended, and what it said.
#[derive(Debug)]
struct Ran {
    status: ExitStatus,
    stdout: String,
    stderr: String,
}

/// The program as a command line.
fn program() -> [String; 4] {
    let own = env::current_exe().expect("the path of this binary");
    let own = own.to_str().expect("text").to_owned();
    let name = "the_program_that_is_verified".to_owned();
    [own, "--exact".to_owned(), name, "--nocapture".to_owned()]
}

/// Runs a command to its end. The program in it has this shape.
fn finish(command: &mut Command, shape: &str, variables: &[(&str, &str)]) -> Ran {
    // What the tests are run with is not for the program.
    let is_ours = |name: &std::ffi::OsString| name.as_encoded_bytes().starts_with(b"REDHANDED_");
    for (name, _) in env::vars_os().filter(|(name, _)| is_ours(name)) {
        command.env_remove(name);
    }
    command.env("REDHANDED_BIND", "off").env(VARIABLE, shape);
    command.envs(variables.iter().copied());
    let output = command.output().expect("it starts");
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    Ran {
        status: output.status,
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// The report of a wrong program. It is made once.
fn report_of<'r>(shape: &str, made: &'r OnceLock<(TempDir, PathBuf)>) -> &'r Path {
    let (_, report) = made.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let directory = folder.path().to_str().expect("text");
        let variables = [
            ("REDHANDED_REPORT_DIR", directory),
            ("REDHANDED_PROVOKE", "full"),
        ];
        // On a busy machine the two may miss each other even so.
        for _ in 0..20 {
            let [own, arguments @ ..] = program();
            finish(Command::new(own).args(arguments), shape, &variables);
            let files = folder.path().read_dir().expect("our own folder");
            let mut files = files.flatten().map(|entry| entry.path());
            let is_report = |path: &PathBuf| path.extension().is_some_and(|it| it == "json");
            if let Some(report) = files.find(is_report) {
                return (folder, report);
            }
        }
        panic!("the wrong program is never found")
    });
    report
}

fn report() -> &'static Path {
    static REPORT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    report_of("wrong", &REPORT)
}

fn verify(report: &Path, runs: &str, shape: &str) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redhanded"));
    command
        .arg("verify")
        .arg(report)
        .args(["--runs", runs, "--"]);
    command.args(program());
    // What the command keeps goes with the report.
    let folder = self::report().parent().and_then(Path::to_str);
    finish(&mut command, shape, &[("TMPDIR", folder.expect("text"))])
}

#[track_caller]
fn assert_answer(ran: &Ran, code: i32, starts: &str, has: &[&str]) {
    assert_eq!(ran.status.code(), Some(code), "{ran:#?}");
    // The harness of the program prints, too.
    let answer = ran.stdout.find(starts).map(|at| &ran.stdout[at..]);
    let answer = answer.unwrap_or_else(|| panic!("{starts}: {ran:#?}"));
    for words in has {
        assert!(answer.contains(words), "{words}: {ran:#?}");
    }
}

#[test]
fn a_program_that_is_still_wrong_is_found_again() {
    let ran = verify(report(), "20", "wrong");
    assert_answer(&ran, 66, "found again in run ", &["send Ping", ".json)"]);
    assert!(
        ran.stderr
            .contains("redhanded: the reports of the runs are in "),
        "{ran:#?}"
    );
}

#[test]
fn a_program_whose_lines_have_moved_is_found_again() {
    let text = fs::read_to_string(report()).expect("a report");
    let mut moved = Report::from_json(&text).expect("a report");
    for writer in &mut moved.writers {
        let site = writer.call_site.as_mut().expect("it has one");
        for frame in &mut writer.backtrace {
            frame.line = frame.line.map(|line| line + 1000);
        }
        site.line += 1000;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("moved.json");
    fs::write(&file, moved.to_json()).expect("our own folder");
    let ran = verify(&file, "20", "wrong");
    assert_answer(&ran, 66, "found again in run ", &["send Ping", ".json)"]);
    let ran = verify(&file, "2", "one lock");
    let (starts, has) = ("the two call sites came to one connection ", " (now at ");
    assert_answer(&ran, 0, starts, &["never met", has]);
}

#[test]
fn a_common_lock_is_seen_at_work() {
    let ran = verify(report(), "2", "one lock");
    let starts = "the two call sites came to one connection ";
    let has = [
        "in 2 runs, were held ",
        "and never met; ordered: both held Mutex #",
        "program.rs:",
    ];
    assert_answer(&ran, 0, starts, &has);
}

#[test]
fn calls_whose_lines_only_a_backtrace_tells_are_known_again() {
    let made = OnceLock::new();
    let report = report_of("taps", &made);
    let ran = verify(report, "20", "taps");
    assert_answer(&ran, 66, "found again in run ", &[".json)"]);
    let ran = verify(report, "2", "taps with one lock");
    let starts = "the two call sites came to one connection ";
    assert_answer(
        &ran,
        0,
        starts,
        &["and never met; ordered: both held Mutex #"],
    );
}

#[test]
fn one_object_for_both_is_one_handle() {
    let ran = verify(report(), "2", "one object");
    let has = ["in 2 runs, always to a connection with one handle, and never met"];
    assert_answer(&ran, 0, "the two call sites came ", &has);
}

#[test]
fn a_program_that_ends_before_the_second_writer_says_nothing() {
    let ran = verify(report(), "2", "no beat");
    let report =
        Report::from_json(&fs::read_to_string(report()).expect("a report")).expect("a report");
    let is_second = report.writers[1].operation.starts_with("send Ping");
    let which = if is_second { "second" } else { "first" };
    let starts = format!("the {which} call site was never reached in 2 runs: nothing is known\n");
    assert_answer(&ran, 3, &starts, &["came 0 times"]);
}

#[test]
fn a_program_that_opens_no_connection_says_nothing() {
    let ran = verify(report(), "2", "no connection");
    let starts = "no watched process in 2 runs: nothing is known\n";
    assert_answer(&ran, 3, starts, &[]);
}
