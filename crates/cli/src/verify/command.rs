//! One run of the command, with the pair of the report planned.

use super::arguments::Words;
use super::signals::Signals;
use redhanded_report::near_miss::PLAN;
use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// How a process may end that has reports: with `cargo redhanded`, and where `REDHANDED_EXITCODE=66` is usual.
const FOUND: i32 = 66;

/// What would keep a report from being found, shown or recognized.
const REMOVED: [&str; 3] = [
    "REDHANDED_CAPTURE",
    "REDHANDED_EXITCODE",
    "REDHANDED_SUPPRESSIONS",
];

/// Runs the command to its end. Its reports are in a folder of their own.
pub(super) fn run(
    words: &Words,
    plan: &Path,
    reports: &Path,
    signals: &Signals,
) -> io::Result<ExitStatus> {
    let (program, arguments) = match words {
        Words::Program(program, arguments) => (program.clone(), arguments.clone()),
        Words::Test(arguments) => {
            let subcommand = ["redhanded", "test"].map(OsString::from);
            let all = subcommand.into_iter().chain(arguments.iter().cloned());
            (cargo_redhanded().into_os_string(), all.collect())
        }
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    for name in REMOVED {
        command.env_remove(name);
    }
    command
        .env("REDHANDED_PROVOKE", "full")
        .env(PLAN, plan)
        .env("REDHANDED_REPORT_DIR", reports);
    signals.run(&mut command)
}

/// The command of the same installation, or else the one on the path.
fn cargo_redhanded() -> PathBuf {
    let name = format!("cargo-redhanded{}", env::consts::EXE_SUFFIX);
    let beside = env::current_exe().map(|own| own.with_file_name(&name));
    beside
        .ok()
        .filter(|path| path.is_file())
        .unwrap_or_else(|| name.into())
}

/// How the command failed. `None` if it did not: that it has reports is no failure.
pub(super) fn failure(ended: ExitStatus, has_reports: bool) -> Option<String> {
    let is_found = has_reports && ended.code() == Some(FOUND);
    (!ended.success() && !is_found).then(|| ended.to_string())
}
