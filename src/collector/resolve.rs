//! From a finding to what a person can read.

use crate::report::{Frame, Role, Thread, Wire, Writer};
use crate::settings::Capture;
use crate::wire::{Finding, Half, Outcome, PairKey};
use crate::witness::{Stamp, Symbolizer};
use std::time::SystemTime;

/// A finding, told.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) key: PairKey,
    pub(super) summary: String,
    pub(super) wire: Wire,
    pub(super) seen: SystemTime,
    pub(super) writers: [Writer; 2],
}

impl Told {
    /// About how much memory the backtraces take.
    pub(super) fn weight(&self) -> usize {
        let text = |frame: &Frame| frame.function.len() + frame.file.as_ref().map_or(0, String::len);
        let frames = self.writers.iter().flat_map(|writer| &writer.backtrace);
        frames.map(|frame| text(frame) + size_of::<Frame>()).sum()
    }

    /// Gives the backtraces up, and says why.
    pub(super) fn drop_backtraces(&mut self, why: &str) {
        for writer in &mut self.writers {
            writer.backtrace = Vec::new();
            writer.backtrace_missing = Some(why.to_owned());
        }
    }
}

/// Resolves findings one after the other.
pub(super) struct Resolver {
    symbolizer: Symbolizer,
    capture: Capture,
}

impl Resolver {
    pub(super) fn new(capture: Capture) -> Self {
        Resolver { symbolizer: Symbolizer::new(), capture }
    }

    pub(super) fn resolve(&mut self, finding: &Finding) -> Told {
        let (first, second) = (&finding.first, &finding.second);
        let start = if first.began.micros_since(second.began) <= 0.0 { first.began } else { second.began };
        let writers = [self.writer(Role::First, first, start), self.writer(Role::Second, second, start)];
        let socket = &finding.socket;
        let owned = |address: Option<&str>| address.map(str::to_owned);
        Told {
            key: finding.key,
            summary: summary(&writers),
            wire: Wire { id: finding.wire, local: owned(socket.local()), peer: owned(socket.peer()) },
            seen: finding.seen,
            writers,
        }
    }

    /// Gives back the memory that debug information takes.
    pub(super) fn rest(&mut self) {
        self.symbolizer.rest();
    }

    fn writer(&mut self, role: Role, half: &Half, start: Stamp) -> Writer {
        let backtrace = half.stack.as_ref().map(|stack| self.symbolizer.resolve(stack).to_vec()).unwrap_or_default();
        let backtrace_missing = backtrace.is_empty().then(|| self.why_missing(half).to_owned());
        Writer {
            role,
            thread: Thread { id: half.thread, name: half.thread_name.as_deref().map(str::to_owned) },
            task: None,
            handle: half.handle,
            operation: half.operation.to_string(),
            call_site: Some(super::call_site(half.site)),
            began_us: half.began.micros_since(start),
            ended_us: half.ended.map(|(ended, _)| ended.micros_since(start)),
            outcome: half.ended.map(|(_, outcome)| outcome_name(outcome).to_owned()),
            backtrace,
            backtrace_missing,
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
        Outcome::Failed => "failed",
        Outcome::Refused => "refused",
        Outcome::Panicked => "panicked",
    }
}

/// One sentence that names both writers.
fn summary([first, second]: &[Writer; 2]) -> String {
    let name = |writer: &Writer| {
        let place =
            writer.call_site.as_ref().map(|site| format!(" at {}:{}", site.file, site.line)).unwrap_or_default();
        format!("{} by {}{place}", writer.operation, writer.thread_label())
    };
    format!("{} began while {} had not come back, on the same connection", name(second), name(first))
}
