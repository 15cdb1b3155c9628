//! The worker: the thread that resolves findings, prints reports, writes their files, and opens the page.

use super::files::ReportDir;
use super::hints::Hints;
use super::near_misses::NearMissRecording;
use super::printer::Printer;
use super::record::Recording;
use super::state::if_running;
use super::{page, voice};
use crate::collector::{
    Closed, Collector, Message, ReportTally, ResolvedFinding, Resolver, tally_of,
};
use crate::forks::generation;
use crate::threads;
use crate::wire::{Finding, Tally};
use redhanded_report::{Process, Report};
use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

/// How often the worker looks for counts that have changed, and for open findings. It takes closed findings at once.
const TICK: Duration = Duration::from_millis(100);

/// An open finding is shown at this age. Most writers come back earlier, and then the finding is resolved only once.
const OPEN_AFTER: Duration = Duration::from_millis(200);

/// After so many ticks without a message, the memory of debug information is released.
const TICKS_UNTIL_RELEASE: u32 = 20;

thread_local! {
    /// The process in which this thread is the worker. A waker may fork.
    static WORKER_OF: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Whether the calling thread is the worker.
pub(super) fn is_this_thread() -> bool {
    let of = WORKER_OF.try_with(Cell::get).ok().flatten();
    of == Some(generation())
}

/// Starts the worker of this process, which calls `on_tick` at every tick, with whether the process stood still since the last
/// one. It ends with the process.
pub(super) fn start(
    collector: Arc<Collector>,
    process: Process,
    on_tick: fn(bool),
) -> io::Result<()> {
    threads::spawn("redhanded", move || run(&collector, &process, on_tick)).map(drop)
}

fn run(collector: &Collector, process: &Process, on_tick: fn(bool)) {
    WORKER_OF.set(Some(generation()));
    collector.inbox().note_worker();
    crate::witness::tick();
    page::open(collector.settings());
    let directory = collector.settings().report_dir.clone();
    let run = process.run.clone().unwrap_or_default();
    let mut work = Work {
        collector,
        resolver: Resolver::new(collector.settings(), collector.suppressions().clone()),
        printer: Printer::new(collector.settings().stderr),
        files: directory.map(|directory| ReportDir::new(directory, run)),
        recording: Recording::begin(process),
        near_misses: NearMissRecording::begin(process),
        hints: Hints::new(collector.settings().stderr),
        unnamed: BTreeMap::new(),
        untold: Vec::new(),
        kept: Instant::now(),
        pause: TICK,
    };
    // A program that is killed before the first tick has opened a connection all the same.
    let _ = catch_unwind(AssertUnwindSafe(|| work.record()));
    // Late, because it may wait for all processors.
    crate::wire::prepare_fence();
    let (mut quiet_ticks, mut rest) = (0, Duration::ZERO);
    loop {
        let mut messages = collector.inbox().take_all(rest, TICK);
        let begun = Instant::now();
        let stood_still = crate::witness::tick();
        voice::on_tick();
        // It calls wakers, which are code of the application.
        let _ = catch_unwind(AssertUnwindSafe(|| on_tick(stood_still)));
        // What has ended meanwhile belongs to what a caller may be waiting for.
        messages.extend(collector.inbox().take_more());
        quiet_ticks = if messages.is_empty() {
            quiet_ticks + 1
        } else {
            0
        };
        work.work_off(messages);
        if quiet_ticks == TICKS_UNTIL_RELEASE {
            work.resolver.release_memory();
        }
        // Where there are many findings, one round takes long, and locks of writers.
        rest = TICK.min(begun.elapsed() * 4);
    }
}

struct Work<'c> {
    collector: &'c Collector,
    resolver: Resolver,
    printer: Printer,
    files: Option<ReportDir>,
    recording: Recording,
    near_misses: NearMissRecording,
    hints: Hints,
    /// Findings whose names are still to be loaded, by their number.
    unnamed: BTreeMap<u64, Unnamed>,
    /// What is told when it is kept.
    untold: Vec<Closed>,
    /// When reports were last written.
    kept: Instant,
    /// How long they are not while more come: to count many takes long, and locks of writers.
    pause: Duration,
}

/// A finding whose outline is in the store.
struct Unnamed {
    finding: Finding,
    /// What is told of its report when that has the names.
    told_as: Option<fn(Report) -> Closed>,
}

impl Work<'_> {
    /// Handles these messages, and what comes meanwhile. First everything is in the store and in its file, and then the names
    /// of functions are loaded.
    fn work_off(&mut self, mut messages: VecDeque<Message>) {
        loop {
            let is_awaited = messages
                .iter()
                .any(|message| matches!(message, Message::Settle));
            for message in messages {
                // One finding that makes this panic must not stop all later ones.
                let _ = catch_unwind(AssertUnwindSafe(|| self.handle(message)));
                if self.kept.elapsed() >= self.pause {
                    let _ = catch_unwind(AssertUnwindSafe(|| self.keep_and_tell()));
                }
                self.collector.inbox().note_progress();
            }
            let age = if is_awaited {
                Duration::ZERO
            } else {
                OPEN_AFTER
            };
            let begun = Instant::now();
            let _ = catch_unwind(AssertUnwindSafe(|| self.catch_up(age)));
            self.collector.inbox().note_stored();
            if self.unnamed.is_empty() {
                return;
            }
            // To catch up with many open findings takes long, and locks of writers.
            let until = Instant::now() + TICK.max(begun.elapsed() * 4);
            let _ = catch_unwind(AssertUnwindSafe(|| self.name_some(until)));
            messages = self.collector.inbox().take_more();
        }
    }

    /// Loads the names of findings, of one at least.
    fn name_some(&mut self, until: Instant) {
        while let Some((_, unnamed)) = self.unnamed.pop_first() {
            let resolved = self.resolver.resolve(&unnamed.finding);
            let report = self.collector.store().name(resolved);
            let told = unnamed.told_as.zip(report);
            self.untold
                .extend(told.map(|(told_as, report)| told_as(report)));
            self.collector.inbox().set_unnamed(self.unnamed.len());
            self.collector.inbox().note_progress();
            if Instant::now() >= until || self.collector.inbox().is_awaited() {
                break;
            }
        }
    }

    /// What is known of a finding without waiting for names, and whether these come later.
    fn describe(&mut self, finding: &Finding) -> (ResolvedFinding, bool) {
        match self.resolver.outline(finding) {
            Some(outline) => (outline, true),
            None => (self.resolver.resolve(finding), false),
        }
    }

    /// A finding was put into the store, with all names or not.
    fn on_stored(&mut self, finding: &Finding, is_outline: bool, new: Option<Closed>) {
        let earlier = self.unnamed.remove(&finding.id);
        let told_as = earlier.and_then(|earlier| earlier.told_as);
        let new = match (new, told_as) {
            (Some(Closed::WasOpen(report)), Some(told_as)) => Some(told_as(report)),
            (new, _) => new,
        };
        if !is_outline {
            self.untold.extend(new);
            return;
        }
        let waits = self.printer.prints_names();
        let told_as = match &new {
            Some(Closed::New(_)) if waits => Some(Closed::New as fn(Report) -> Closed),
            Some(Closed::WasOpen(_)) if waits => Some(Closed::WasOpen as fn(Report) -> Closed),
            _ => told_as,
        };
        self.untold.extend(new.filter(|_| !waits));
        let finding = finding.clone();
        self.unnamed
            .insert(finding.id, Unnamed { finding, told_as });
        self.collector.inbox().set_unnamed(self.unnamed.len());
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::Settle => {}
            Message::Opened(finding) => self.collector.store().open(finding),
            Message::Dismissed(id) => {
                self.unnamed.remove(&id);
                self.collector.store().dismiss(id);
            }
            Message::Closed(finding) => self.close(&finding),
        }
    }

    fn close(&mut self, finding: &Finding) {
        let (tally, keep) = self.settle_tally(finding);
        if !keep && self.collector.store().close_if_not_shown(finding.id) {
            return;
        }
        let (resolved, is_outline) = self.describe(finding);
        let new = self
            .collector
            .store()
            .close(finding.id, resolved, tally, keep);
        self.on_stored(finding, is_outline, new);
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

    /// Shows open findings, and writes and tells what is new: at every tick, and before a caller that waits goes on.
    fn catch_up(&mut self, open_after: Duration) {
        let old_enough = self.collector.store().open_to_show(open_after);
        for finding in old_enough {
            let (resolved, is_outline) = self.describe(&finding);
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
            self.on_stored(&finding, is_outline, new.map(Closed::New));
        }
        self.keep_and_tell();
        self.say_what_was_watched();
    }

    /// Writes what has changed, and then tells what is new: to tell may come to nothing.
    fn keep_and_tell(&mut self) {
        let begun = Instant::now();
        if let Some(files) = &mut self.files {
            let withdrawn = self.collector.store().take_withdrawn();
            files.remove(&withdrawn);
            let changed = self.collector.store().take_changed();
            let unwritten = files.write(&changed);
            self.collector.store().mark_changed(&unwritten);
        }
        for told in self.untold.drain(..) {
            match told {
                Closed::New(report) => self.printer.on_new(&report),
                Closed::WasOpen(report) => self.printer.on_closed(&report),
            }
        }
        self.kept = Instant::now();
        self.pause = TICK.max(begun.elapsed() * 4);
    }

    /// Hints at types that are not known, and writes the record of the process.
    fn say_what_was_watched(&mut self) {
        let Some(running) = if_running() else { return };
        let is_end = running.is_ending.load(Relaxed);
        self.hints.print(|| running.connections.read(), is_end);
        self.record_near_misses();
        self.printer
            .on_faults(self.collector.faults().take_untold());
        self.record();
    }

    /// Writes the record of the process, if it is due.
    fn record(&mut self) {
        let Some(running) = if_running() else { return };
        let Some(files) = &mut self.files else { return };
        let problem = files.problem().map(str::to_owned);
        let due = self.recording.due(running, problem.as_slice());
        if due.is_some_and(|record| !files.write_record(&self.recording.file, &record)) {
            self.recording.forget();
        }
    }

    /// Writes the near misses, if they are due.
    fn record_near_misses(&mut self) {
        let Some(running) = if_running() else { return };
        let Some(files) = &mut self.files else { return };
        let due = self.near_misses.due(running, &mut self.resolver);
        if due.is_some_and(|due| !files.write_near_misses(&self.near_misses.file, &due)) {
            self.near_misses.forget();
        }
    }
}
