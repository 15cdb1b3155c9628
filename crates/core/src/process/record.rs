//! The record of this process, as it is written beside the reports.

use super::connections::Counts;
use super::forks;
use super::state::Running;
use crate::collector::sentence_on_faults;
use redhanded_report::Process;
use redhanded_report::record::{Connections, ProcessRecord, SCHEMA, UnknownStreams};
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long the record stays as it is at least, until the process ends. The first one, of the first connection, is soon
/// followed by another.
const PAUSE: Duration = Duration::from_secs(1);

/// What has been recorded of this process, and when.
pub(super) struct Recording {
    /// The record's file name.
    pub(super) file: String,
    started: u64,
    program: String,
    last: Option<ProcessRecord>,
    has_begun: bool,
    looked: Option<Instant>,
}

impl Recording {
    pub(super) fn begin(process: &Process) -> Self {
        let started = SystemTime::now().duration_since(UNIX_EPOCH);
        let run = process.run.as_deref().unwrap_or_default();
        Recording {
            file: format!("{}-{run}.json", process.pid),
            started: started.unwrap_or_default().as_secs(),
            program: process.name.clone(),
            last: None,
            has_begun: false,
            looked: None,
        }
    }

    /// The record as it is to be written now: if a connection was watched, something has changed, and the last time was a
    /// while ago, or the process ends.
    pub(super) fn due(&mut self, running: &Running, problems: &[String]) -> Option<ProcessRecord> {
        let is_complete = running.is_ending.load(Relaxed);
        let is_early = |looked: Instant| looked.elapsed() < PAUSE;
        if !is_complete && self.looked.is_some_and(is_early) {
            return None;
        }
        let counts = running.connections.read();
        if counts.by_library.is_empty() {
            return None;
        }
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        self.looked = (!is_first).then(Instant::now);
        let record = self.record(running, counts, is_complete, problems);
        let has_changed = self.last.as_ref() != Some(&record);
        has_changed.then(|| self.last.insert(record).clone())
    }

    /// The record could not be written.
    pub(super) fn forget(&mut self) {
        self.last = None;
    }

    fn record(
        &self,
        running: &Running,
        counts: Counts,
        is_complete: bool,
        problems: &[String],
    ) -> ProcessRecord {
        let connections = counts
            .by_library
            .iter()
            .map(|(library, count)| Connections {
                library: library.name.to_owned(),
                version: library.version.to_owned(),
                count: *count,
            });
        let statistics = running.collector.statistics();
        let mut problems = problems.to_vec();
        if statistics.dropped_findings > 0 {
            let dropped = statistics.dropped_findings;
            problems.push(format!("{dropped} findings belong to no report"));
        }
        problems.extend(sentence_on_faults(running.collector.faults().count()));
        if running.was_late.load(Relaxed) {
            problems.push("findings were not resolved in time".to_owned());
        }
        ProcessRecord {
            schema: SCHEMA,
            pid: std::process::id(),
            program: self.program.clone(),
            started: self.started,
            is_complete,
            connections: connections.collect(),
            unknown_streams: unknown_streams(&counts),
            forks: forks::so_far(),
            reports: running.collector.store().kinds(),
            suppressed: statistics.suppressed_findings,
            problems,
        }
    }
}

/// The connections on streams of a type that is not known.
pub(super) fn unknown_streams(counts: &Counts) -> Vec<UnknownStreams> {
    let unknown = counts
        .unknown
        .iter()
        .map(|(unknown, count)| UnknownStreams {
            type_name: unknown.name.to_owned(),
            library: unknown.library.name.to_owned(),
            count: *count,
        });
    unknown.collect()
}
