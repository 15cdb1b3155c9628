//! Resolves findings: symbols for addresses, sentences for facts.

use super::bytes::bytes;
use super::place::{Place, below_working_directory, fingerprint_at};
use super::summary;
use crate::settings::{Capture, Payload, Settings};
use crate::wire::{Doubt, Finding, Half, Outcome, PairKey};
use crate::witness::{Access, Site, Stack, Stamp, Symbolizer, maker_of};
use redhanded_report::near_miss::frame_of_call;
use redhanded_report::suppressions::Suppressions;
use redhanded_report::{
    Bytes, CallSite, Frame, HeldLock, Kind, Lock, Made, Origin, Role, Thread, Wire, Writer, group,
};
use std::sync::Arc;
use std::time::SystemTime;

/// A finding with everything that a report says of it.
#[derive(Debug, Clone)]
pub(crate) struct ResolvedFinding {
    /// The number of the finding.
    pub(crate) id: u64,
    pub(crate) key: PairKey,
    pub(crate) fingerprint: String,
    /// `None` while the names of functions are not known.
    pub(crate) group: Option<String>,
    pub(crate) summary: String,
    pub(crate) wire: Wire,
    pub(crate) seen: SystemTime,
    pub(crate) writers: Vec<Writer>,
    pub(crate) bytes: Option<Bytes>,
    pub(crate) note: Option<String>,
    /// It is certain that nothing was torn.
    pub(crate) is_whole: bool,
    pub(crate) lock: Option<Lock>,
    pub(crate) lock_note: Option<String>,
    /// The line of the suppressions that matches it.
    pub(crate) suppressed: Option<usize>,
    /// The number of the scope that it belongs to.
    pub(crate) scope: u64,
}

impl ResolvedFinding {
    /// Whether a report that has both is rather about this one: one that is not suppressed, of the worse kind, of which it
    /// is not certain that nothing was torn.
    pub(crate) fn is_worse_than(&self, other: &ResolvedFinding) -> bool {
        self.rank() < other.rank()
    }

    /// The worst first.
    pub(crate) fn rank(&self) -> (bool, Kind, bool) {
        (self.suppressed.is_some(), self.key.kind, self.is_whole)
    }

    /// About how much memory the backtraces take. All else is small, and bounded.
    pub(crate) fn backtrace_size(&self) -> usize {
        let text =
            |frame: &Frame| frame.function.len() + frame.file.as_ref().map_or(0, String::len);
        let frames = self
            .writers
            .iter()
            .flat_map(|writer| writer.backtrace.iter().chain(&writer.dropped_at));
        frames.map(|frame| text(frame) + size_of::<Frame>()).sum()
    }

    /// Drops the backtraces. Each writer says why.
    pub(crate) fn drop_backtraces(&mut self, why: &str) {
        for writer in &mut self.writers {
            writer.backtrace = Vec::new();
            writer.dropped_at = Vec::new();
            writer.backtrace_missing = Some(why.to_owned());
        }
    }
}

/// Whether frames have the names of their functions.
#[derive(Clone, Copy)]
enum Names {
    Resolved,
    /// Only where they are known.
    Later,
}

/// Resolves findings. What it has loaded for one serves the next.
pub(crate) struct Resolver {
    symbolizer: Symbolizer,
    capture: Capture,
    payload: Payload,
    suppressions: Arc<Suppressions>,
}

impl Resolver {
    pub(crate) fn new(settings: &Settings, suppressions: Arc<Suppressions>) -> Self {
        let Settings {
            capture, payload, ..
        } = *settings;
        Resolver {
            symbolizer: Symbolizer::new(),
            capture,
            payload,
            suppressions,
        }
    }

    pub(crate) fn resolve(&mut self, finding: &Finding) -> ResolvedFinding {
        self.describe(finding, Names::Resolved)
    }

    /// What is known of a finding before the names of functions are, which may take seconds. `None` if they are known, or if
    /// more depends on them: the place of a writer, or whether the finding is suppressed.
    pub(crate) fn outline(&mut self, finding: &Finding) -> Option<ResolvedFinding> {
        let is_placed = finding.halves().all(|half| half.site.is_of_application());
        let mut stacks = finding
            .halves()
            .flat_map(|half| half.stack.iter().chain(&half.dropped));
        let are_known = stacks.all(|stack| self.symbolizer.knows(stack));
        let has_outline = is_placed && !are_known && self.suppressions.count() == 0;
        has_outline.then(|| self.describe(finding, Names::Later))
    }

    fn describe(&mut self, finding: &Finding, names: Names) -> ResolvedFinding {
        let began = finding.halves().map(|half| half.began);
        let start = began.reduce(|one, other| {
            if one.micros_since(other) <= 0.0 {
                one
            } else {
                other
            }
        });
        let start = start.unwrap_or(finding.first.began);
        let places = self.places(finding);
        let fingerprint = fingerprint_at(finding, &places);
        let roles = [Role::First, Role::Second]
            .into_iter()
            .zip(places.into_iter().map(Place::into_call_site));
        let mut writers: Vec<Writer> = finding
            .halves()
            .zip(roles)
            .map(|(half, (role, site))| self.writer(role, half, site, start, names))
            .collect();
        let doing = finding.lock.as_ref().and_then(|facts| facts.doing.clone());
        if let (Some(holder), Some(doing)) = (writers.first_mut(), doing) {
            holder.doing = Some(doing.to_string());
        }
        let socket = &finding.socket;
        let owned = |address: Option<&str>| address.map(str::to_owned);
        let bytes = finding
            .tear
            .as_ref()
            .map(|(torn, tear)| bytes(*torn, tear, socket.deflates(), self.payload));
        ResolvedFinding {
            id: finding.id,
            key: finding.key,
            fingerprint,
            group: match names {
                Names::Resolved => Some(group(finding.key.kind, &writers)),
                Names::Later => None,
            },
            summary: summary::summary(&writers, finding, bytes.as_ref()),
            wire: Wire {
                id: finding.wire,
                local: owned(socket.local()),
                peer: owned(socket.peer()),
            },
            seen: finding.seen,
            suppressed: self.suppressions.line_for(finding.key.kind, &writers),
            lock_note: summary::of_locks(&writers, finding),
            writers,
            bytes,
            note: summary::note(finding),
            is_whole: finding.doubt == Some(Doubt::Whole) && finding.tear.is_none(),
            lock: finding.lock.as_ref().map(|facts| self.lock(facts.lock)),
            scope: crate::collector::tally::of(finding).scope_id(),
        }
    }

    /// Only the fingerprint. More is not needed of a finding that is only counted.
    pub(crate) fn fingerprint(&mut self, finding: &Finding) -> String {
        let places = self.places(finding);
        fingerprint_at(finding, &places)
    }

    /// What a backtrace says of a call that is in no finding: its line, and the function that the line is in.
    pub(crate) fn caller(
        &mut self,
        site: Site,
        stack: &Stack,
    ) -> (Option<CallSite>, Option<String>) {
        let frames = self.symbolizer.resolve(stack);
        let called = Place::of(site, &frames).into_call_site();
        let call_site = called.map(|(call_site, _)| call_site);
        let frame = frame_of_call(call_site.as_ref(), &frames);
        let function = frame.map(|frame| frame.function.clone());
        (call_site, function)
    }

    fn places(&mut self, finding: &Finding) -> Vec<Place> {
        let place = |half: &Half| {
            let is_placed = half.site.is_of_application();
            let backtrace = half.stack.as_ref().filter(|_| !is_placed);
            let backtrace = backtrace
                .map(|stack| self.symbolizer.resolve(stack))
                .unwrap_or_default();
            Place::of(half.site, &backtrace)
        };
        finding.halves().map(place).collect()
    }

    /// Releases the memory that debug information takes.
    pub(crate) fn release_memory(&mut self) {
        self.symbolizer.release_memory();
    }

    /// The frames of a stack, and what is missing in them.
    fn frames(&mut self, stack: Option<&Stack>, names: Names) -> (Vec<Frame>, Option<String>) {
        match (stack, names) {
            (None, _) => (Vec::new(), None),
            (Some(stack), Names::Later) if !self.symbolizer.knows(stack) => {
                let (frames, why) = self.symbolizer.outline(stack);
                (frames, Some(why))
            }
            (Some(stack), _) => {
                let frames = self.symbolizer.resolve(stack).to_vec();
                (frames, self.symbolizer.missing().map(str::to_owned))
            }
        }
    }

    fn writer(
        &mut self,
        role: Role,
        half: &Half,
        called: Option<(CallSite, Origin)>,
        start: Stamp,
        names: Names,
    ) -> Writer {
        let (backtrace, missing) = self.frames(half.stack.as_ref(), names);
        let (call_site, call_site_origin) = called.unzip();
        let spans = half
            .stack
            .iter()
            .flat_map(Stack::spans)
            .map(|span| (*span).to_owned())
            .collect();
        let why = match (backtrace.is_empty(), names) {
            (true, _) => Some(self.why_missing(half)),
            (false, Names::Resolved) => why_not_of_application(half, &backtrace),
            (false, Names::Later) => None,
        };
        let backtrace_missing = why.map(str::to_owned).or(missing);
        Writer {
            role,
            thread: Thread {
                id: half.thread,
                name: half.thread_name.as_deref().map(str::to_owned),
            },
            task: half
                .stack
                .as_ref()
                .and_then(Stack::task)
                .or(half.task)
                .map(|task| task.to_string()),
            spans,
            handle: half.handle,
            made: half.made.map(|made| Made {
                kind: made.kind.to_owned(),
                at: made.site.outside_std_and_redhanded(),
            }),
            operation: half.operation.to_string(),
            doing: None,
            call_site,
            call_site_origin,
            began_us: half.began.micros_since(start),
            ended_us: half.ended.map(|(ended, _)| ended.micros_since(start)),
            held_us: Some(half.held)
                .filter(|held| !held.is_zero())
                .map(|held| held.as_secs_f64() * 1e6),
            outcome: half
                .ended
                .map(|(_, outcome)| outcome_name(outcome).to_owned()),
            backtrace,
            backtrace_missing,
            dropped_at: self.frames(half.dropped.as_ref(), names).0,
            locks: half
                .stack
                .iter()
                .flat_map(Stack::locks)
                .map(|held| self.held_lock(*held))
                .collect(),
        }
    }

    /// A lock as reports show it. Where the standard library made it for the application, the stack tells the line.
    fn lock(&mut self, lock: crate::witness::Lock) -> Lock {
        let created = match lock.created.outside_std() {
            None => maker_of(lock).and_then(|maker| {
                let frames = self.symbolizer.resolve(&maker);
                frames
                    .iter()
                    .find(|frame| frame.origin == Origin::App)
                    .and_then(Frame::call_site)
                    .map(below_working_directory)
            }),
            created => created,
        };
        summary::report_lock(lock, created)
    }

    fn held_lock(&mut self, held: crate::witness::HeldLock) -> HeldLock {
        HeldLock {
            lock: self.lock(held.lock),
            taken: held.taken.call_site(),
            shared: held.access == Access::Shared,
        }
    }

    fn why_missing(&self, half: &Half) -> &'static str {
        let act = half.operation.act();
        match (self.capture, half.ended) {
            (Capture::Site, _) => "backtraces are off: REDHANDED_CAPTURE=site",
            (_, None) if act.waits() => {
                "this one waits where its backtrace cannot be taken: it is not polled, or its thread is stuck in the wait or elsewhere"
            }
            (_, None) if act.holds() => {
                "this one has not released the lock yet; its backtrace is taken when it does"
            }
            (_, Some((_, Outcome::Released))) => {
                "this one released the lock before its backtrace could be taken"
            }
            (_, Some((_, Outcome::Acquired | Outcome::GaveUp))) => {
                "this one waited where its backtrace could not be taken"
            }
            (_, None | Some((_, Outcome::Flushed | Outcome::Dropped))) if half.is_queued => {
                "no backtrace is taken when a message is queued: most messages are flushed at once"
            }
            (_, None) => {
                "this writer has not come back yet; its backtrace is taken when it does (or at every write with REDHANDED_CAPTURE=always)"
            }
            (_, Some((_, Outcome::Returned))) => {
                "this one had come back before anything was found; no backtrace is taken of a write that meets no other"
            }
            (_, Some(_)) => "the system gave no backtrace",
        }
    }
}

/// Why a holder that released a lock has no line of the application on its stack, if that is known.
fn why_not_of_application(half: &Half, backtrace: &[Frame]) -> Option<&'static str> {
    if !half.operation.act().holds() {
        return None;
    }
    // tokio drops the future of a task there that is aborted, or that its runtime leaves behind when it is shut down.
    let is_end = |frame: &Frame| {
        ["drop_future_or_output", "cancel_task"]
            .iter()
            .any(|name| frame.function.contains(name))
    };
    let end = backtrace.iter().position(is_end)?;
    // The compiler's code that drops a type of the application counts as the application's.
    let is_line_of_application =
        |frame: &Frame| frame.origin == Origin::App && !frame.function.contains("drop_in_place<");
    (!backtrace[..end].iter().any(is_line_of_application)).then_some(
        "its task was aborted, or its runtime was shut down: the runtime dropped the guard, and no line of the application ran",
    )
}

fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Returned => "returned",
        Outcome::Pending => "pending",
        Outcome::Unfinished => "unfinished",
        Outcome::Failed => "failed",
        Outcome::Refused => "refused",
        Outcome::Panicked => "panicked",
        Outcome::Released => "released",
        Outcome::Acquired => "acquired",
        Outcome::GaveUp => "gave up",
        Outcome::Flushed => "flushed",
        Outcome::Dropped => "dropped",
    }
}
