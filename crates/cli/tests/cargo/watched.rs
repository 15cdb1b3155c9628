//! What is watched and found, by every subcommand that runs programs.

use super::alone;
use super::project::{Project, target};
use std::process::Command;

#[test]
fn every_connection_of_a_project_is_watched_and_the_second_run_builds_nothing() {
    let _alone = alone();
    let project = Project::new("echoes").with_echo();
    let ran = project.run_unchanged(&["test"]).with_code(0);
    assert_eq!(
        ran.counts(),
        "redhanded: 1 process, 2 connections watched, 0 reports"
    );
    ran.says("watched: 2 of tungstenite 0.29.0")
        .says("clean, as far as it was watched");
    let again = project.run_unchanged(&["test", "--offline"]).with_code(0);
    assert!(!again.stderr.contains("Compiling"), "{again:#?}");
    assert_eq!(again.counts(), ran.counts());
    // The user's own builds are not touched, wherever they are.
    assert!(!project.path().join("target").exists());
    assert!(!target().join("debug").exists());
}

#[test]
fn a_fault_is_caught_with_both_lines_also_in_a_release_build() {
    let _alone = alone();
    let project = Project::new("faults").with_fault();
    let text = project.read("tests/fault.rs");
    let line = |mark: &str| 1 + text.lines().position(|line| line.ends_with(mark)).unwrap();
    let places = format!(
        "tests/fault.rs:{} and tests/fault.rs:{}",
        line("// first"),
        line("// second")
    );
    for arguments in [&["test"][..], &["test", "--release"]] {
        let ran = project.run_unchanged(arguments).with_code(66);
        assert!(ran.counts().ends_with(", 1 report"), "{ran:#?}");
        ran.says("torn-message x1 ")
            .says(&places)
            .says("to look at them: redhanded serve ");
    }
    project.write("known.txt", "torn-message:tests/fault.rs # known\n");
    let ran = project
        .run_unchanged(&["--suppressions", "known.txt", "test"])
        .with_code(0);
    assert!(ran.counts().ends_with(", 0 reports"), "{ran:#?}");
    assert!(!ran.stderr.contains("clean"), "{ran:#?}");
    let refused = project
        .run_unchanged(&["--policy", "error", "test"])
        .with_code(101);
    assert!(refused.counts().ends_with(", 1 report"), "{refused:#?}");
}

#[test]
fn nextest_runs_a_process_for_each_test() {
    let _alone = alone();
    let is_there = Command::new("cargo-nextest")
        .arg("--version")
        .output()
        .is_ok_and(|it| it.status.success());
    if !is_there {
        eprintln!("cargo-nextest is not installed: nothing is tested");
        return;
    }
    let project = Project::new("nextests").with_echo().with_fault();
    let ran = project.run_unchanged(&["nextest", "run"]).with_code(66);
    assert_eq!(
        ran.counts(),
        "redhanded: 2 processes, 3 connections watched, 1 report"
    );
    let other = project
        .run_unchanged(&["nextest", "run", "-E", "test(echo)"])
        .with_code(0);
    assert_eq!(
        other.counts(),
        "redhanded: 1 process, 2 connections watched, 0 reports"
    );
}

#[test]
fn what_runs_no_program_is_not_called_clean() {
    let _alone = alone();
    let project = Project::new("builds").with_echo();
    let ran = project.run_unchanged(&["build", "--tests"]).with_code(0);
    ran.says("nothing was watched: cargo build runs no program");
    let ran = project
        .run_unchanged(&["test", "no_such_test"])
        .with_code(0);
    ran.says("nothing was watched: no program has recorded a connection with tungstenite 0.29.0");
}

#[test]
fn cargos_own_failure_is_the_exit_code() {
    let _alone = alone();
    let project = Project::new("fails").with_fault();
    project.write(
        "tests/panics.rs",
        "#[test]\nfn panics() {\n    panic!();\n}\n",
    );
    let ran = project
        .run_unchanged(&["test", "--no-fail-fast"])
        .with_code(101);
    assert!(ran.counts().ends_with(", 1 report"), "{ran:#?}");
    project.write("src/lib.rs", "fn nonsense( {}\n");
    project.run_unchanged(&["test"]).with_code(101);
    project
        .run_unchanged(&["test", "--no-such-option"])
        .with_code(1);
}
