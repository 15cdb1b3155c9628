//! The peers that have to be installed: whether they are there, in exactly the required version.

use crate::common::start;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Node with the program of ws.
#[track_caller]
pub(super) fn ws() -> Command {
    static CHECKED: OnceLock<Result<(), String>> = OnceLock::new();
    let asked: Value = serde_json::from_str(include_str!("../peers/package.json")).expect("JSON");
    let asked = asked["dependencies"]["ws"].as_str().expect("one version");
    let install = "install Node, then ws by `npm install --prefix tests/peers/peers`";
    let program = || command(Path::new("node"), "node.mjs");
    checked(&CHECKED, program, "ws", asked, install)
}

/// Python with the program of websockets.
#[track_caller]
pub(super) fn websockets() -> Command {
    static CHECKED: OnceLock<Result<(), String>> = OnceLock::new();
    let asked = include_str!("../peers/requirements.txt")
        .lines()
        .find_map(|line| line.strip_prefix("websockets=="));
    let install = "install Python, then websockets by `python3 -m venv tests/peers/peers/venv && \
                   tests/peers/peers/venv/bin/pip install -r tests/peers/peers/requirements.txt`";
    let program = || command(&folder().join("venv/bin/python"), "python.py");
    checked(
        &CHECKED,
        program,
        "websockets",
        asked.expect("one version"),
        install,
    )
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

fn command(interpreter: &Path, program: &str) -> Command {
    let mut command = Command::new(interpreter);
    command.arg(folder().join(program));
    command
}

/// Asks the program for the version of its library, once.
#[track_caller]
fn checked(
    checked: &OnceLock<Result<(), String>>,
    program: impl Fn() -> Command,
    library: &str,
    asked: &str,
    install: &str,
) -> Command {
    let check = || {
        let mut version = program();
        let output = start("version", move || version.arg("version").output()).result();
        let output = output.ok().filter(|output| output.status.success());
        match output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()) {
            Some(version) if version == asked => Ok(()),
            Some(version) => Err(format!(
                "{library} {asked} is not installed, but {version}: {install}"
            )),
            None => Err(format!("{library} {asked} is not installed: {install}")),
        }
    };
    match checked.get_or_init(check) {
        Ok(()) => program(),
        Err(words) => panic!("{words}"),
    }
}
