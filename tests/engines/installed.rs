//! The engines that have to be installed.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A program of the folder in which the engines are installed.
#[track_caller]
pub fn program(name: &str) -> Command {
    let path = folder().join("venv/bin").join(name);
    assert!(
        path.exists(),
        "{name} is not installed: install Python, then the engines by `python3 -m venv tests/engines/engines/venv && \
         tests/engines/engines/venv/bin/pip install -r tests/engines/engines/requirements.txt`"
    );
    Command::new(path)
}

/// Python with a script of ours.
#[track_caller]
pub fn python(script: &str) -> Command {
    let mut command = program("python");
    command.arg(folder().join(script));
    command
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("engines")
}

/// Runs a command to its end. What it printed on standard output.
#[track_caller]
pub fn output(command: &mut Command) -> String {
    let output = command.output().expect("it starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8(output.stdout).expect("text")
}
