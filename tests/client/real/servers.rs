//! Starts the real servers.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

/// A server in a process of its own, on loopback. Dropping this ends it.
pub(super) struct Served {
    process: Child,
    port: u16,
    /// The server ends when this is closed.
    _alive: ChildStdin,
}

/// Node's ws.
pub(super) fn ws() -> Served {
    Served::start(
        Path::new("node"),
        "node_echo.mjs",
        "npm install --prefix tests/peers/peers",
    )
}

/// Python's websockets.
pub(super) fn websockets() -> Served {
    let install = "python3 -m venv tests/peers/peers/venv && \
                   tests/peers/peers/venv/bin/pip install -r tests/peers/peers/requirements.txt";
    Served::start(&folder().join("venv/bin/python"), "python_echo.py", install)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../peers/peers")
}

impl Served {
    fn start(interpreter: &Path, program: &str, install: &str) -> Self {
        let mut command = Command::new(interpreter);
        command
            .arg(folder().join(program))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut process = command
            .spawn()
            .unwrap_or_else(|error| panic!("{interpreter:?}: {error}: {install}"));
        let alive = process.stdin.take().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let port = line
            .trim()
            .parse()
            .unwrap_or_else(|_| panic!("it says no port, but {line:?}: {install}"));
        Served {
            process,
            port,
            _alive: alive,
        }
    }

    pub(super) fn url(&self) -> String {
        format!("ws://127.0.0.1:{}/", self.port)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
