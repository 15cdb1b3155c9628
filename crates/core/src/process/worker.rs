//! The worker: the thread that resolves findings, prints reports, writes their files, and opens the page.

use super::files::ReportDir;
use super::hints::Hints;
use super::page;
use super::printer::Printer;
use super::record::Recording;
use super::state::if_running;
use crate::collector::{Closed, Collector, Message, ReportTally, Resolver, tally_of};
use crate::wire::{Finding, Tally};
use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Duration;

/// How often the worker looks for findings, for counts that have changed, and for open findings.
const TICK: Duration = Duration::from_millis(100);

/// An open finding is shown at this age. Most writers come back earlier, and then the finding is resolved only once.
const OPEN_AFTER: Duration = Duration::from_millis(200);

/// After so many ticks without a message, the memory of debug information is released.
const TICKS_UNTIL_RELEASE: u32 = 20;

thread_local! {
    static IS_WORKER: Cell<bool> = const { Cell::new(false) };
}

/// Whether the calling thread is the worker.
pub(super) fn is_this_thread() -> bool {
    IS_WORKER.try_with(Cell::get).unwrap_or(false)
}

/// Starts the worker, which calls `on_tick` at every tick, with whether the process stood still since the last one. It ends with the process.
pub(super) fn start(collector: Arc<Collector>, on_tick: fn(bool)) -> io::Result<()> {
    thread::Builder::new()
        .name("redhanded".into())
        .spawn(move || run(&collector, on_tick))
        .map(drop)
}

fn run(collector: &Collector, on_tick: fn(bool)) {
    IS_WORKER.set(true);
    crate::witness::calibrate();
    crate::witness::tick();
    page::open(collector.settings());
    let mut work = Work {
        collector,
        resolver: Resolver::new(collector.settings(), collector.suppressions().clone()),
        printer: Printer::new(collector.settings().stderr),
        files: collector.settings().report_dir.clone().map(ReportDir::new),
        recording: Recording::begin(),
        hints: Hints::new(collector.settings().stderr),
    };
    let mut quiet_ticks = 0;
    loop {
        let mut messages = collector.inbox().take_all(TICK);
        let stood_still = crate::witness::tick();
        // It calls wakers, which are code of the application.
        let _ = catch_unwind(AssertUnwindSafe(|| on_tick(stood_still)));
        // What has ended meanwhile belongs to what a caller may be waiting for.
        messages.extend(collector.inbox().take_more());
        quiet_ticks = if messages.is_empty() {
            quiet_ticks + 1
        } else {
            0
        };
        let is_awaited = messages
            .iter()
            .any(|message| matches!(message, Message::Settle));
        for message in messages {
            // One finding that makes this panic must not stop all later ones.
            let _ = catch_unwind(AssertUnwindSafe(|| work.handle(message)));
        }
        let _ = catch_unwind(AssertUnwindSafe(|| {
            work.catch_up(if is_awaited {
                Duration::ZERO
            } else {
                OPEN_AFTER
            })
        }));
        if quiet_ticks == TICKS_UNTIL_RELEASE {
            work.resolver.release_memory();
        }
    }
}

struct Work<'c> {
    collector: &'c Collector,
    resolver: Resolver,
    printer: Printer,
    files: Option<ReportDir>,
    recording: Recording,
    hints: Hints,
}

impl Work<'_> {
    fn handle(&mut self, message: Message) {
        match message {
            Message::Settle => {}
            Message::Opened(finding) => self.collector.store().open(finding),
            Message::Dismissed(id) => self.collector.store().dismiss(id),
            Message::Closed(finding) => self.close(&finding),
        }
    }

    fn close(&mut self, finding: &Finding) {
        let (tally, keep) = self.settle_tally(finding);
        if !keep && self.collector.store().close_if_not_shown(finding.id) {
            return;
        }
        let resolved = self.resolver.resolve(finding);
        let new = self
            .collector
            .store()
            .close(finding.id, resolved, tally, keep);
        match new {
            Some(Closed::New(report)) => self.printer.on_new(&report),
            Some(Closed::WasOpen(report)) => self.printer.on_closed(&report),
            None => {}
        }
    }

    /// The tally of a closed finding, and whether the finding is to be kept in full. A finding without call sites had a
    /// provisional tally until now.
    fn settle_tally(&mut self, finding: &Finding) -> (Arc<ReportTally>, bool) {
        let provisional = tally_of(finding);
        if !provisional.is_provisional() {
            return (provisional, true);
        }
        let tally = self.collector.tally_at(
            &self.resolver.fingerprint(finding),
            finding.key.kind,
            provisional.scope().as_ref(),
        );
        tally.add_seen(1, finding.seen);
        provisional.hand_on();
        let keep = tally.reserve();
        (tally, keep)
    }

    /// Shows open findings and writes files: at every tick, and before a caller that waits goes on.
    fn catch_up(&mut self, open_after: Duration) {
        let old_enough = self.collector.store().open_to_show(open_after);
        for finding in old_enough {
            let resolved = self.resolver.resolve(&finding);
            let tally = tally_of(&finding);
            let tally = match tally.is_provisional() {
                true => self.collector.tally_at(
                    &resolved.fingerprint,
                    finding.key.kind,
                    tally.scope().as_ref(),
                ),
                false => tally,
            };
            // It belongs to no report.
            if tally.keeps_nothing() {
                continue;
            }
            let new = self.collector.store().show_open(resolved, &finding, tally);
            if let Some(report) = new {
                self.printer.on_new(&report);
            }
        }
        if let Some(files) = &mut self.files {
            let withdrawn = self.collector.store().take_withdrawn();
            files.remove(&withdrawn);
            let changed = self.collector.store().take_changed();
            let unwritten = files.write(&changed);
            self.collector.store().mark_changed(&unwritten);
        }
        self.say_what_was_watched();
    }

    /// Hints at types that are not known, and writes the record of the process.
    fn say_what_was_watched(&mut self) {
        let Some(running) = if_running() else { return };
        let is_end = running.is_ending.load(Relaxed);
        self.hints.print(|| running.connections.read(), is_end);
        let Some(files) = &mut self.files else { return };
        let problem = files.problem().map(str::to_owned);
        let due = self.recording.due(running, problem.as_slice());
        if due.is_some_and(|record| !files.write_record(&self.recording.file, &record)) {
            self.recording.forget();
        }
    }
}
