//! From a finding to what a person can read.

use super::bytes::bytes;
use super::place::{Place, fingerprint_at};
use crate::report::{Bytes, CallSite, Frame, Kind, Role, Thread, Wire, Writer};
use crate::settings::{Capture, Payload, Settings};
use crate::suppressions::Suppressions;
use crate::wire::{Doubt, Finding, Half, Outcome, PairKey, Torn};
use crate::witness::{Stack, Stamp, Symbolizer};
use std::sync::Arc;
use std::time::SystemTime;

/// A finding, told.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) key: PairKey,
    pub(super) fingerprint: String,
    pub(super) summary: String,
    pub(super) wire: Wire,
    pub(super) seen: SystemTime,
    pub(super) writers: [Writer; 2],
    pub(super) bytes: Option<Bytes>,
    pub(super) note: Option<String>,
    /// The line of the suppressions that is for it.
    pub(super) suppressed: Option<usize>,
}

impl Told {
    /// About how much memory the backtraces take. All else is small, and its size is bounded.
    pub(super) fn weight(&self) -> usize {
        let text = |frame: &Frame| frame.function.len() + frame.file.as_ref().map_or(0, String::len);
        let frames = self.writers.iter().flat_map(|writer| writer.backtrace.iter().chain(&writer.dropped_at));
        frames.map(|frame| text(frame) + size_of::<Frame>()).sum()
    }

    /// Gives the backtraces up, and says why.
    pub(super) fn drop_backtraces(&mut self, why: &str) {
        for writer in &mut self.writers {
            writer.backtrace = Vec::new();
            writer.dropped_at = Vec::new();
            writer.backtrace_missing = Some(why.to_owned());
        }
    }
}

/// Resolves findings one after the other.
pub(super) struct Resolver {
    symbolizer: Symbolizer,
    capture: Capture,
    payload: Payload,
    suppressions: Arc<Suppressions>,
}

impl Resolver {
    pub(super) fn new(settings: &Settings, suppressions: Arc<Suppressions>) -> Self {
        let Settings { capture, payload, .. } = *settings;
        Resolver { symbolizer: Symbolizer::new(), capture, payload, suppressions }
    }

    pub(super) fn resolve(&mut self, finding: &Finding) -> Told {
        let (first, second) = (&finding.first, &finding.second);
        let start = if first.began.micros_since(second.began) <= 0.0 { first.began } else { second.began };
        let places = self.places(finding);
        let fingerprint = fingerprint_at(finding, &places);
        let [one, other] = places.map(Place::into_call_site);
        let writers = [self.writer(Role::First, first, one, start), self.writer(Role::Second, second, other, start)];
        let socket = &finding.socket;
        let owned = |address: Option<&str>| address.map(str::to_owned);
        let bytes = finding.tear.as_ref().map(|(torn, tear)| bytes(*torn, tear, self.payload));
        Told {
            key: finding.key,
            fingerprint,
            summary: summary(&writers, finding, bytes.as_ref()),
            wire: Wire { id: finding.wire, local: owned(socket.local()), peer: owned(socket.peer()) },
            seen: finding.seen,
            suppressed: self.suppressions.line_for(finding.key.kind, &writers),
            writers,
            bytes,
            note: (finding.key.kind == Kind::Overlap).then(|| note(finding).to_owned()),
        }
    }

    /// The fingerprint of a finding: all that is needed of one that is only counted.
    pub(super) fn fingerprint(&mut self, finding: &Finding) -> String {
        let places = self.places(finding);
        fingerprint_at(finding, &places)
    }

    fn places(&mut self, finding: &Finding) -> [Place; 2] {
        [&finding.first, &finding.second].map(|half| {
            let call_site = half.site.call_site();
            let backtrace = half.stack.as_ref().filter(|_| call_site.is_none());
            let backtrace = backtrace.map(|stack| self.symbolizer.resolve(stack)).unwrap_or_default();
            Place::of(call_site, &backtrace)
        })
    }

    /// Gives back the memory that debug information takes.
    pub(super) fn rest(&mut self) {
        self.symbolizer.rest();
    }

    fn frames(&mut self, stack: Option<&Stack>) -> Vec<Frame> {
        stack.map(|stack| self.symbolizer.resolve(stack).to_vec()).unwrap_or_default()
    }

    fn writer(&mut self, role: Role, half: &Half, call_site: Option<CallSite>, start: Stamp) -> Writer {
        let backtrace = self.frames(half.stack.as_ref());
        let spans = half.stack.iter().flat_map(Stack::spans).map(|span| (*span).to_owned()).collect();
        let backtrace_missing = backtrace.is_empty().then(|| self.why_missing(half).to_owned());
        Writer {
            role,
            thread: Thread { id: half.thread, name: half.thread_name.as_deref().map(str::to_owned) },
            task: half.stack.as_ref().and_then(Stack::task).or(half.task).map(|task| task.to_string()),
            spans,
            handle: half.handle,
            operation: half.operation.to_string(),
            call_site,
            began_us: half.began.micros_since(start),
            ended_us: half.ended.map(|(ended, _)| ended.micros_since(start)),
            outcome: half.ended.map(|(_, outcome)| outcome_name(outcome).to_owned()),
            backtrace,
            backtrace_missing,
            dropped_at: self.frames(half.dropped.as_ref()),
        }
    }

    fn why_missing(&self, half: &Half) -> &'static str {
        match (self.capture, half.ended) {
            (Capture::Site, _) => "backtraces are off: REDHANDED_CAPTURE=site",
            (_, None) => {
                "this writer has not come back yet; its backtrace is taken when it does (or at every write with REDHANDED_CAPTURE=always)"
            }
            (_, Some(_)) => "the system gave no backtrace",
        }
    }
}

fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Returned => "returned",
        Outcome::Pending => "pending",
        Outcome::Unfinished => "unfinished",
        Outcome::Failed => "failed",
        Outcome::Refused => "refused",
        Outcome::Panicked => "panicked",
    }
}

/// One sentence that names both writers.
fn summary(writers: &[Writer; 2], finding: &Finding, bytes: Option<&Bytes>) -> String {
    let name = |writer: &Writer| {
        let place =
            writer.call_site.as_ref().map(|site| format!(" at {}:{}", site.file, site.line)).unwrap_or_default();
        format!("{} by {}{place}", writer.operation, writer.label())
    };
    let (Some((torn, tear)), Some(bytes)) = (&finding.tear, bytes) else {
        let [first, second] = writers;
        return format!("{} began while {} had not come back, on the same connection", name(second), name(first));
    };
    let [victim, other] = match torn {
        Role::First => [&writers[0], &writers[1]],
        Role::Second => [&writers[1], &writers[0]],
    };
    let kept = if other.outcome.as_deref() == Some("refused") { "was kept from writing" } else { "wrote" };
    let (victim, other) = (name(victim), name(other));
    // Digits alone: a line that is searched, copied and broken anywhere.
    let at = match bytes.byte_of_frame {
        Some(at) if at.is_exact() => format!("after byte {} of it", at.from),
        Some(at) => format!("after byte {} to {} of it", at.from, at.to),
        None => String::new(),
    };
    match (&tear.torn, finding.key.kind) {
        (Torn::Frame(_), Kind::AbandonedWrite) => {
            format!("{other} {kept} behind a frame that {victim} had abandoned {at}, on the same connection")
        }
        (Torn::Frame(_), _) => format!("{other} {kept} into a frame of {victim}, {at}, on the same connection"),
        (Torn::Message(_), _) => {
            format!("{other} {kept} a data frame inside the message that {victim} had begun, on the same connection")
        }
        (Torn::Nothing, _) => {
            format!("{other} {kept} a continuation where no message was open; {victim} had ended the last one")
        }
    }
}

/// What is known of the bytes of an overlap.
fn note(finding: &Finding) -> &'static str {
    if finding.are_back() != [true, true] {
        return "may be torn: a writer has not come back yet";
    }
    match finding.doubt {
        Some(Doubt::Whole) => "not torn this time: no byte of one went into a frame of the other",
        Some(Doubt::TornBefore) => {
            "torn: one went into a frame of the other that a third writer had torn before, which is a report of its own"
        }
        Some(Doubt::FrameEndsThere) => {
            "may be torn: one of the places where the other's bytes may have gone in is the end of a frame"
        }
        Some(Doubt::SeveralInside) => "may be torn: more than two writers were inside their calls to the socket",
        Some(Doubt::Unwatched) => {
            "may be torn: more bytes went out than the watched writers offered, so that the kernel's count proves nothing"
        }
        Some(Doubt::NoCounters) => {
            "may be torn: this stream does not tell how many bytes it has taken (TCP on Linux does, without encryption)"
        }
        Some(Doubt::BothInside) | None => {
            "may be torn: both were inside their calls to the socket, and the system does not tell whose bytes came first"
        }
    }
}
