//! A collector of OpenTelemetry that prints what it takes.

use crate::installed::folder;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};
use std::{fs, io};
use tempfile::TempDir;

/// How long it may take to start, and to print what it took.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Rotel {
    server: Child,
    address: String,
    lines: Receiver<String>,
    /// Where it notes its process id.
    _files: TempDir,
}

impl Drop for Rotel {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Rotel {
    pub fn start() -> Rotel {
        // It does not say which port the system gave it, so it gets one that was free a moment ago.
        let [http, grpc] = free_addresses();
        let files = tempfile::tempdir().expect("a directory");
        let mut server = Command::new(agent())
            .arg("start")
            .args(["--otlp-http-endpoint", &http, "--otlp-grpc-endpoint", &grpc])
            .args([
                "--exporter",
                "blackhole",
                "--debug-log-verbosity",
                "detailed",
            ])
            .args(["--debug-log", "logs", "--debug-log", "metrics"])
            .arg("--pid-file")
            .arg(files.path().join("pid"))
            .arg("--log-file")
            .arg(files.path().join("log"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let printed = BufReader::new(server.stdout.take().expect("it is piped"));
        let (sender, lines) = channel();
        thread::spawn(move || {
            let lines = printed.lines().map_while(Result::ok);
            lines
                .take_while(|line| sender.send(line.clone()).is_ok())
                .for_each(drop);
        });
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(&http).is_err() {
            assert!(Instant::now() < deadline, "it does not listen");
            thread::yield_now();
        }
        Rotel {
            server,
            address: format!("http://{http}"),
            lines,
            _files: files,
        }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// What it prints until that is all. Records and points come in any order, and in parts.
    #[track_caller]
    pub fn printed_until(&self, is_all: impl Fn(&[String]) -> bool) -> Vec<String> {
        let mut printed = Vec::new();
        while !is_all(&printed) {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("that is not all: {printed:#?}"));
            printed.push(line.trim().to_owned());
        }
        printed
    }
}

/// The program of the Python package.
fn agent() -> PathBuf {
    let libraries = folder().join("venv/lib");
    let versions = fs::read_dir(&libraries).into_iter().flatten();
    let agent = |python: io::Result<fs::DirEntry>| {
        let python = python.ok()?.path();
        let agent = python.join("site-packages/rotel/rotel-agent");
        agent.exists().then_some(agent)
    };
    versions.filter_map(agent).next().unwrap_or_else(|| {
        panic!(
            "rotel is not installed in {}: see engines.rs",
            libraries.display()
        )
    })
}

fn free_addresses() -> [String; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    listeners.map(|it| it.local_addr().expect("it is bound").to_string())
}
