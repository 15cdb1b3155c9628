//! Signals, and what a killed command leaves behind.
#![cfg(unix)]

use super::alone;
use super::project::{Files, Project, wait_until_ready};
use super::ran::Ran;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

/// Runs the command in a process group of its own, as a shell does.
fn start(command: &mut Command) -> Child {
    let command = command.process_group(0).stdin(Stdio::null());
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Sends a signal to a process, or to its group.
fn kill(signal: &str, to: &str) {
    let killed = Command::new("kill")
        .args([signal, "--", to])
        .status()
        .unwrap();
    assert!(killed.success());
}

#[test]
fn ctrl_c_ends_the_program_and_everything_is_as_before() {
    let _alone = alone();
    let project = Project::new("waits-for-ctrl-c").with_waiting();
    let before = project.files();
    let reports = tempfile::tempdir().unwrap();
    let folder = reports.path().to_str().unwrap();
    let arguments = ["--bind", "off", "--report-dir", folder, "run"];
    let mut child = start(&mut project.command(&arguments));
    let _stdout = wait_until_ready(&mut child);
    wait_for_record(&reports.path().join("processes"));
    // Cargo has resolved the tree, so the lock file is back already.
    assert_eq!(project.files(), before);
    kill("-INT", &format!("-{}", child.id()));
    let ran = Ran::of(child.wait_with_output().unwrap()).with_code(130);
    assert_eq!(project.files(), before);
    ran.says("2 connections watched")
        .says("not complete: waits-for-ctrl-c");
}

/// A process writes its record from a thread of its own.
fn wait_for_record(folder: &Path) {
    let is_whole = || {
        let files = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut texts = files.filter_map(|file| fs::read_to_string(file.path()).ok());
        texts.any(|text| text.contains("\"count\": 2"))
    };
    let began = Instant::now();
    while !is_whole() {
        assert!(began.elapsed() < Duration::from_secs(60), "no record");
        // The file comes by another process: there is nothing to wait on.
        thread::sleep(Duration::from_millis(10));
    }
}

/// A subcommand of which nothing is known: the lock file stays the watched one to its end.
fn with_unknown_subcommand(project: &Project) -> Command {
    let folder = project.path().join("bin");
    fs::create_dir(&folder).unwrap();
    let program = folder.join("cargo-waits");
    fs::write(&program, "#!/bin/sh\necho ready\nexec sleep 600\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = project.command(&["waits"]);
    let path = env::var_os("PATH").unwrap();
    let paths = env::join_paths([folder].into_iter().chain(env::split_paths(&path))).unwrap();
    command.env("PATH", paths);
    command
}

fn is_watched(project: &Project) -> bool {
    project
        .read("Cargo.lock")
        .contains("redhanded-upstream-tungstenite")
}

fn wait_in_the_middle(project: &Project) -> (Files, Child) {
    let mut command = with_unknown_subcommand(project);
    let before = project.files();
    let mut child = start(&mut command);
    drop(wait_until_ready(&mut child));
    assert!(is_watched(project));
    (before, child)
}

#[test]
fn a_command_that_is_told_to_end_puts_the_lock_file_back() {
    let _alone = alone();
    let project = Project::new("terminated");
    let (before, child) = wait_in_the_middle(&project);
    kill("-TERM", &child.id().to_string());
    Ran::of(child.wait_with_output().unwrap()).with_code(143);
    assert_eq!(project.files(), before);
}

#[test]
fn what_a_killed_command_leaves_is_put_right_by_the_next_one() {
    let _alone = alone();
    let project = Project::new("killed");
    let (before, child) = wait_in_the_middle(&project);
    kill("-KILL", &format!("-{}", child.id()));
    child.wait_with_output().unwrap();
    assert!(is_watched(&project));
    // Any command will do.
    project
        .run(&[])
        .with_code(0)
        .says("a command before was killed");
    assert_eq!(project.files(), before);
}
