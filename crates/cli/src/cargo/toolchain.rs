//! How cargo is called: the program, the toolchain, and what it says of itself.

use super::arguments::Invocation;
use super::error::CommandError;
use super::options::Options;
use cargo_metadata::Metadata;
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::{env, io};

/// The oldest Rust that builds the detector.
const NEEDS: &str = env!("CARGO_PKG_RUST_VERSION");

/// Cargo, as the user called it.
#[derive(Debug)]
pub(super) struct Cargo {
    program: OsString,
    toolchain: Option<OsString>,
    /// What leads to the workspace, as `cargo metadata` takes it.
    to_workspace: Vec<OsString>,
    global: Vec<OsString>,
    is_offline: bool,
    /// What `cargo -vV` prints.
    pub version: String,
    /// The triple of this machine.
    pub host: String,
}

impl Cargo {
    /// Prints cargo's own help of a subcommand. Gives the code with which cargo ended.
    ///
    /// # Errors
    /// If cargo cannot be started.
    pub(super) fn help(invocation: &Invocation) -> Result<u8, CommandError> {
        let program = env::var_os("CARGO").filter(|_| invocation.toolchain.is_none());
        let mut command = Command::new(program.unwrap_or_else(|| "cargo".into()));
        command
            .args(&invocation.toolchain)
            .args(&invocation.global)
            .arg(&invocation.subcommand)
            .args(&invocation.arguments);
        let status = command.status().map_err(CommandError::NoCargo)?;
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        Ok(code.unwrap_or(1))
    }

    /// # Errors
    /// If cargo cannot be started, or is too old.
    pub(super) fn find(invocation: &Invocation, options: &Options) -> Result<Cargo, CommandError> {
        // Only rustup's own `cargo` takes a toolchain.
        let own = env::var_os("CARGO").filter(|_| invocation.toolchain.is_none());
        let mut cargo = Cargo {
            program: own.unwrap_or_else(|| "cargo".into()),
            toolchain: invocation.toolchain.clone(),
            to_workspace: to_workspace(options),
            global: directory(options),
            is_offline: options.is_offline,
            version: String::new(),
            host: String::new(),
        };
        let output = cargo.output(cargo.command().arg("-vV"))?;
        cargo.version = String::from_utf8_lossy(&output.stdout).into_owned();
        let field = |name| {
            let lines = cargo.version.lines();
            lines.filter_map(|line| line.strip_prefix(name)).next()
        };
        let release = field("release: ").unwrap_or_default().to_owned();
        if is_older(&release, NEEDS) {
            let is = format!("Rust {release}");
            return Err(CommandError::OldCargo { is, needs: NEEDS });
        }
        cargo.host = field("host: ").unwrap_or_default().to_owned();
        Ok(cargo)
    }

    /// Cargo with the toolchain, and nothing else.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.toolchain);
        command
    }

    /// The workspace and its members. Reads no Cargo.lock.
    pub(super) fn members(&self) -> Result<Metadata, CommandError> {
        let output = self.output(self.metadata().arg("--no-deps"))?;
        understood(&output, is_success(&output))
    }

    /// The whole tree, for these targets. Cargo brings Cargo.lock up to date unless that is forbidden.
    pub(super) fn tree(&self, request: &Request) -> Result<Metadata, CommandError> {
        let output = self.output(&mut self.request(request))?;
        understood(&output, is_success(&output))
    }

    /// As [`tree`](Self::tree), without a word if cargo refuses.
    pub(super) fn tree_quietly(&self, request: &Request) -> Result<Metadata, CommandError> {
        let output = self.output(&mut self.request(request))?;
        understood(&output, output.status.success())
    }

    fn request(&self, request: &Request) -> Command {
        let mut command = self.metadata();
        for target in request.targets {
            command.arg("--filter-platform").arg(target);
        }
        if request.has_all_features {
            command.arg("--all-features");
        }
        if request.is_locked {
            command.arg("--locked");
        }
        if let Some(config) = request.config {
            command.arg("--config").arg(config);
        }
        command
    }

    fn metadata(&self) -> Command {
        let mut command = self.command();
        command.args(&self.global).arg("metadata");
        command.args(["--format-version", "1"]);
        command.args(&self.to_workspace);
        if self.is_offline {
            command.arg("--offline");
        }
        command
    }

    fn output(&self, command: &mut Command) -> Result<Output, CommandError> {
        // A variable that cargo sets for its subcommands would be another crate's.
        command.stdin(Stdio::null());
        command.output().map_err(CommandError::NoCargo)
    }
}

/// What is asked of `cargo metadata`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'r> {
    pub targets: &'r [OsString],
    pub has_all_features: bool,
    pub is_locked: bool,
    /// A file of configuration on top of the user's.
    pub config: Option<&'r Path>,
}

/// Hands on what cargo says if it refuses.
fn is_success(output: &Output) -> bool {
    if !output.status.success() {
        let _ = io::stderr().write_all(&output.stderr);
    }
    output.status.success()
}

fn understood(output: &Output, is_success: bool) -> Result<Metadata, CommandError> {
    if !is_success {
        let code = output
            .status
            .code()
            .and_then(|code| u8::try_from(code).ok());
        return Err(CommandError::Cargo(
            code.filter(|code| *code != 0).unwrap_or(101),
        ));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| CommandError::NotUnderstood(error.to_string()))
}

fn directory(options: &Options) -> Vec<OsString> {
    let unstable = options
        .unstable
        .iter()
        .flat_map(|it| [OsString::from("-Z"), it.clone()]);
    let directory = options.directory.iter();
    unstable
        .chain(directory.flat_map(|it| [OsString::from("-C"), it.clone().into()]))
        .collect()
}

fn to_workspace(options: &Options) -> Vec<OsString> {
    let config = options
        .config
        .iter()
        .flat_map(|it| [OsString::from("--config"), it.clone()]);
    let manifest = options.manifest_path.iter();
    manifest
        .flat_map(|it| [OsString::from("--manifest-path"), it.clone()])
        .chain(config)
        .collect()
}

/// Compares versions of Rust. One that is not understood is not older.
fn is_older(is: &str, needed: &str) -> bool {
    let numbers = |text: &str| {
        let (text, _) = text.split_once('-').unwrap_or((text, ""));
        let numbers: Option<Vec<u64>> = text.split('.').map(|part| part.parse().ok()).collect();
        numbers
    };
    match (numbers(is), numbers(needed)) {
        (Some(is), Some(needed)) => is < needed,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_rust_is_told_from_a_newer_one() {
        for (is, needed, is_old) in [
            ("1.87.0", "1.88", true),
            ("1.88.0", "1.88", false),
            ("1.100.1", "1.88", false),
            ("1.90.0-nightly", "1.88", false),
            ("1.80.0-beta.1", "1.88", true),
            ("", "1.88", false),
        ] {
            assert_eq!(is_older(is, needed), is_old, "{is} {needed}");
        }
    }
}
