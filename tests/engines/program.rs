//! Runs the program with three faults, and makes its reports those of another machine.

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program.
pub fn as_it_is() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_three_faults"))
}

/// The program with a line inserted above each fault.
pub fn with_lines_inserted() -> PathBuf {
    let bin = as_it_is();
    let folder = bin.parent().expect("a folder").join("examples");
    let found = folder.join(bin.file_name().expect("a name"));
    assert!(found.exists(), "cargo builds the examples with the tests");
    found
}

/// How often it is run before a test fails.
const ATTEMPTS: usize = 5;

/// Runs it. Its reports are below this directory, in a folder for each host. On a machine that is overloaded a process may
/// leave findings out, and says so: then it is run again.
#[track_caller]
pub fn run(program: &Path, directory: &Path, host: &str) -> PathBuf {
    let mut attempts = (0..ATTEMPTS).map(|attempt| directory.join(format!("{host}-{attempt}")));
    let reports = attempts.find(|reports| run_once(program, reports, host));
    reports.expect("one run that is complete")
}

/// Whether all three faults have a report.
fn run_once(program: &Path, reports: &Path, host: &str) -> bool {
    let ran = Command::new(program)
        .env("REDHANDED_REPORT_DIR", reports)
        .env("REDHANDED_RELEASE", "three_faults@1.2.3")
        .env("REDHANDED_STDERR", "off")
        .status()
        .expect("it starts");
    assert!(ran.success(), "{ran}");
    let files = reports_in(reports);
    for file in &files {
        change(file, |report| report["process"]["host"] = json!(host));
    }
    files.len() == 3
}

/// The files of reports in a directory.
pub fn reports_in(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("it is there");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    paths
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .collect()
}

/// Changes a report in its file.
pub fn change(file: &Path, with: impl FnOnce(&mut Value)) {
    let text = fs::read_to_string(file).expect("a report");
    let mut report: Value = serde_json::from_str(&text).expect("JSON");
    with(&mut report);
    fs::write(file, report.to_string()).expect("our own directory");
}
