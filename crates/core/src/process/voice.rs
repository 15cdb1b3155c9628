//! What is said on standard error. It is no error if that is closed.
//!
//! A line is said by a thread of its own, through a descriptor of our own: no lock of the program's is ever waited for.

use super::descriptor;
use super::outbox::Outbox;
use crate::forks::PerProcess;
use redhanded_report::one_line;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How long the end of the process waits for a line that is not taken.
const PATIENCE: Duration = Duration::from_secs(2);

// A child says its own lines, and not those that waited in its parent.
static LINES: PerProcess<Outbox<String>> =
    PerProcess::new(|_| Outbox::new("redhanded-lines", write, lost));

/// The settings ask that nothing is said.
static IS_SILENT: AtomicBool = AtomicBool::new(false);

/// Standard error is from now on what it is now.
pub(super) fn open() {
    descriptor::open();
}

/// Whether nothing is said from now on.
pub(super) fn set_silent(is_silent: bool) {
    IS_SILENT.store(is_silent, Relaxed);
}

/// Says one line, marked as ours. Names and paths in it cannot add lines, and cannot control the terminal.
pub(super) fn line(text: fmt::Arguments<'_>) {
    put(format!("redhanded: {}\n", one_line(&text.to_string())));
}

/// Says a text of several lines as it is.
pub(super) fn text(text: fmt::Arguments<'_>) {
    put(format!("{text}\n"));
}

fn put(text: String) {
    if IS_SILENT.load(Relaxed) {
        return;
    }
    let bytes = text.len();
    LINES.get().put(text, bytes);
}

/// Looks whether the program has left its terminal.
pub(super) fn on_tick() {
    descriptor::on_tick();
}

/// Waits at the end of the process for what is still to be said, if it is taken.
pub(super) fn flush(deadline: Instant) {
    LINES.get().flush(PATIENCE, deadline);
}

fn write(text: String) {
    // The program may have closed its standard error, and a reader may be gone.
    let _ = descriptor::write(text.as_bytes());
}

fn lost(lines: u64) {
    write(format!(
        "redhanded: {lines} lines are left out here: standard error was not read in time\n"
    ));
}
