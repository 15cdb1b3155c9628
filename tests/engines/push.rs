//! Builds the command, and runs it as CI does.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// The command, built from this workspace.
fn redhanded() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let build = Command::new(env!("CARGO"))
            .current_dir(workspace)
            .args(["build", "-p", "redhanded-cli", "--bin", "redhanded"])
            .arg("--message-format=json-render-diagnostics")
            .output()
            .expect("cargo is there");
        let messages = String::from_utf8_lossy(&build.stdout);
        let executable = messages.lines().find_map(|message| {
            let message: serde_json::Value = serde_json::from_str(message).ok()?;
            Some(PathBuf::from(message["executable"].as_str()?))
        });
        executable.unwrap_or_else(|| {
            panic!("no command:\n{}", String::from_utf8_lossy(&build.stderr));
        })
    })
}

/// `redhanded push` of these directories, without proxies.
pub fn command<P: AsRef<OsStr>>(places: impl IntoIterator<Item = P>, to: &str) -> Command {
    let mut command = Command::new(redhanded());
    for (name, _) in env::vars_os() {
        if name
            .to_string_lossy()
            .to_ascii_uppercase()
            .ends_with("_PROXY")
        {
            command.env_remove(name);
        }
    }
    command.arg("push").args(places).args(["--to", to]);
    command.stdin(Stdio::null());
    command
}

/// Runs it to its end. The line that it says.
#[track_caller]
pub fn said(command: &mut Command, code: i32) -> String {
    let Output { status, stderr, .. } = command.output().expect("it starts");
    let said = String::from_utf8(stderr).expect("text");
    assert_eq!(status.code(), Some(code), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    said.trim_end().to_owned()
}
