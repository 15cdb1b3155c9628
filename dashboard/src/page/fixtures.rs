//! Reports for the page's tests, made without a program.

use super::source::Source;
use redhanded_report::{Kind, Process, Report, samples};
use std::sync::Arc;

/// Reports that do not change.
pub(super) struct Saved(pub(super) Arc<Vec<Report>>);

impl Source for Saved {
    fn reports(&self) -> Arc<Vec<Report>> {
        self.0.clone()
    }

    fn report(&self, id: &str) -> Option<Report> {
        self.0.iter().find(|report| report.id == id).cloned()
    }

    fn process(&self) -> Option<Process> {
        None
    }
}

fn numbered(number: usize) -> Report {
    let kinds = [
        Kind::TornFrame,
        Kind::TornMessage,
        Kind::AbandonedWrite,
        Kind::Overlap,
    ];
    let mut report = samples::torn();
    report.id = format!("{number:016x}");
    report.kind = kinds[number % 4];
    report.summary = format!(
        "automatic pong 2 B by \"reader {number}\" at src/net/connection.rs:{number} wrote into a \
        frame of send Binary 8 MiB by \"writer\" at src/main.rs:59, after byte 4227072 of it, on the same connection"
    );
    report.count = number as u64 % 7 + 1;
    report.first_seen = format!(
        "2026-01-02T03:{:02}:{:02}.{:06}Z",
        number / 3600 % 60,
        number / 60 % 60,
        number
    );
    report.last_seen = format!(
        "2026-01-03T03:{:02}:{:02}.{:06}Z",
        number % 60,
        number / 60 % 60,
        number
    );
    report
}

/// As many different reports as wanted.
pub(super) fn saved(count: usize) -> Saved {
    Saved(Arc::new((0..count).map(numbered).collect()))
}
