//! One run of the command to its end.

use std::ffi::OsStr;
use std::io::Write;
use std::process::{Command, Stdio};

/// The command, with nothing in its environment that changes what it prints.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redhanded"));
    for name in ["GITHUB_ACTIONS", "GITHUB_WORKSPACE", "NO_COLOR"] {
        command.env_remove(name);
    }
    command
}

/// How a run of the command ended.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    #[track_caller]
    pub fn with_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    /// The complaint of the command, which must be one line.
    #[track_caller]
    pub fn only_complaint(&self) -> &str {
        let mut lines = self.stderr.lines();
        let line = lines
            .next()
            .and_then(|line| line.strip_prefix("redhanded: "));
        assert_eq!(lines.next(), None, "{self:#?}");
        line.unwrap_or_else(|| panic!("no complaint: {self:#?}"))
    }
}

pub fn run<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Ran {
    finish(command().args(arguments), b"")
}

pub fn finish(command: &mut Command, input: &[u8]) -> Ran {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .expect("the command is built with the tests");
    // The command may end without reading any of the input.
    let _ = child.stdin.take().expect("it is piped").write_all(input);
    let output = child.wait_with_output().expect("the child is ours");
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    Ran {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}
