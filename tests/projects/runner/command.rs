//! Builds the command, and runs it as a user does.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The project that is built with all debug information, as most are. Line tables name the same functions and lines, and take a quarter
/// less time to build: the others have these.
const FULL_DEBUG: &str = "tungstenite_0_27";

/// The command, built from this workspace.
pub(crate) struct Redhanded {
    /// The folder of the executable.
    folder: PathBuf,
    /// The target folder that all projects share.
    target: PathBuf,
    /// Report folders so far.
    runs: AtomicUsize,
}

/// What came of a run.
pub(crate) struct Ended {
    output: Output,
    /// The folder of its reports and records.
    pub(crate) reports: PathBuf,
}

impl Redhanded {
    pub(crate) fn build() -> Redhanded {
        // A temporary folder of cargo's, in the target folder of the workspace.
        let own = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
        let build = cargo()
            .current_dir(workspace)
            .args(["build", "-p", "redhanded-cli", "--bin", "cargo-redhanded"])
            .arg("--message-format=json-render-diagnostics")
            .env("CARGO_TARGET_DIR", own.parent().expect("a target folder"))
            .output()
            .expect("cargo is there");
        let messages = String::from_utf8_lossy(&build.stdout);
        let executable = messages.lines().find_map(executable).unwrap_or_else(|| {
            panic!("no command:\n{}", String::from_utf8_lossy(&build.stderr));
        });
        Redhanded {
            folder: executable.parent().expect("a folder").to_owned(),
            target: own.join("projects"),
            runs: AtomicUsize::new(0),
        }
    }

    /// Runs `cargo redhanded` with these words, in a project. Cargo finds the command on the path.
    pub(crate) fn run(&self, project: &Path, words: &[&str]) -> Ended {
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        let reports = self.target.join("reports").join(number.to_string());
        if reports.exists() {
            fs::remove_dir_all(&reports).expect("the reports of an earlier test go");
        }
        let path = env::var_os("PATH").unwrap_or_default();
        let path = [self.folder.clone()]
            .into_iter()
            .chain(env::split_paths(&path));
        let mut cargo = cargo();
        if !project.ends_with(FULL_DEBUG) {
            cargo.env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only");
        }
        let output = cargo
            .current_dir(project)
            .arg("redhanded")
            .args(words)
            .env("PATH", env::join_paths(path).expect("a path"))
            .env("CARGO_TARGET_DIR", &self.target)
            .env("REDHANDED_BIND", "off")
            .env("REDHANDED_REPORT_DIR", &reports)
            .output()
            .expect("cargo is there");
        Ended { output, reports }
    }
}

/// What cargo sets for a test, and its user's shell does not have.
const SET_BY_CARGO: &[&str] = &[
    "CARGO_BIN_",
    "CARGO_CRATE_",
    "CARGO_MANIFEST_",
    "CARGO_PKG_",
    "CARGO_PRIMARY_",
    "CARGO_TARGET_TMPDIR",
];

/// Cargo as in a shell, without settings of redhanded.
fn cargo() -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.env_remove("CARGO");
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        let is_of_test = SET_BY_CARGO.iter().any(|it| name.starts_with(it));
        if is_of_test || name.starts_with("REDHANDED_") {
            cargo.env_remove(&*name);
        }
    }
    cargo
}

/// The executable that a message of cargo names.
fn executable(message: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    Some(PathBuf::from(message["executable"].as_str()?))
}

impl Ended {
    pub(crate) fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    /// The summary of the command, to the end.
    pub(crate) fn told(&self) -> String {
        let errors = String::from_utf8_lossy(&self.output.stderr);
        let begins = errors
            .rfind("\nredhanded: ")
            .map_or(0, |newline| newline + 1);
        errors[begins..].trim_end().to_owned()
    }

    /// All that was printed.
    pub(crate) fn output(&self) -> String {
        let [out, errors] = [&self.output.stdout, &self.output.stderr]
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        format!("-- standard output\n{out}\n-- standard error\n{errors}")
    }
}

/// How many seconds of the processors all commands together have taken so far. 0 where the system does not tell.
pub(crate) fn cpu_seconds() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program is in parentheses and may hold anything. The times of children are fields 16 and 17.
    let behind = stat.rsplit_once(") ").map_or("", |(_, behind)| behind);
    let times = behind.split(' ').skip(13).take(2);
    // Linux counts in hundredths of a second wherever Rust runs.
    times.flat_map(str::parse::<u64>).sum::<u64>() / 100
}
