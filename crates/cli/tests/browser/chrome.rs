//! A real browser without a window, driven over the DevTools protocol.

use super::tab::Tab;
use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use tempfile::TempDir;

const NAMES: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
];

const FLAGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--window-size=1200,900",
    "--remote-debugging-port=0",
];

/// One at a time: several are too much for a small machine.
static TURN: Mutex<()> = Mutex::new(());

/// A running browser. It ends when this is dropped.
pub struct Chrome {
    process: Child,
    address: String,
    _profile: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Chrome {
    /// Starts a browser. Prints a line if there is none, and fails if the environment requires one.
    pub fn start() -> Option<Self> {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let profile = tempfile::tempdir().unwrap();
        let Some(mut process) = NAMES
            .iter()
            .find_map(|name| command(name, &profile).spawn().ok())
        else {
            let is_required =
                env::var("REDHANDED_TEST_BROWSER").is_ok_and(|value| value == "required");
            assert!(
                !is_required,
                "REDHANDED_TEST_BROWSER=required, and none of {NAMES:?} can be started"
            );
            // Not `eprintln`, whose output the harness captures.
            let _ = writeln!(
                io::stderr(),
                "SKIPPED: no browser ({NAMES:?}) can be started, so the page was not tested"
            );
            return None;
        };
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once("DevTools listening on ")?.1.to_owned()))
            .expect("the browser says where it listens");
        // The browser would block if its output were not read.
        thread::spawn(move || lines.for_each(drop));
        Some(Chrome {
            process,
            address,
            _profile: profile,
            _turn: turn,
        })
    }

    /// Opens an address, and waits until it is loaded.
    pub fn open(&self, url: &str) -> Tab {
        let mut tab = Tab::new(&self.address);
        tab.go(url);
        tab
    }
}

fn command(name: &str, profile: &TempDir) -> Command {
    let mut command = Command::new(name);
    command
        .args(FLAGS)
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg("about:blank");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

impl Drop for Chrome {
    fn drop(&mut self) {
        // On request, the browser also ends its own children, and writes nothing more to its profile.
        if !Tab::end_browser(&self.address) {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}
