//! A report as plain text: two labelled stacks, as ThreadSanitizer shows them.

use super::{Frame, Origin, Report, Role, Writer};
use std::fmt;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "==== redhanded: {}{} ====", self.kind, if self.open { " (open)" } else { "" })?;
        writeln!(f, "{}", self.summary)?;
        let unknown = "unknown";
        let (local, peer) = (self.wire.local.as_deref(), self.wire.peer.as_deref());
        writeln!(f, "  wire {}: {} -> {}", self.wire.id, local.unwrap_or(unknown), peer.unwrap_or(unknown))?;
        writeln!(f, "  count {}, first seen {}, last seen {}", self.count, self.first_seen, self.last_seen)?;
        writeln!(f, "  process {} ({}), fingerprint {}", self.process.name, self.process.pid, self.fingerprint)?;
        if let Some(note) = &self.note {
            writeln!(f, "  {note}")?;
        }
        for writer in &self.writers {
            writeln!(f)?;
            writer.fmt(f)?;
        }
        if let Some(bytes) = &self.bytes {
            writeln!(f)?;
            bytes.fmt(f)?;
        }
        if !self.guide.is_empty() {
            writeln!(f, "\nWhy this is wrong and how to put it right: {}", self.guide)?;
        }
        Ok(())
    }
}

impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = match self.role {
            Role::First => "First writer",
            Role::Second => "Second writer",
        };
        write!(f, "{role}: {} by {}", self.operation, self.label())?;
        if self.task.is_some() {
            write!(f, " on {}", self.thread_label())?;
        }
        if let Some(site) = &self.call_site {
            write!(f, ", called at {site}")?;
        }
        writeln!(f)?;
        write!(f, "  handle {}, began at {:.1} us", self.handle, self.began_us)?;
        match (self.ended_us, &self.outcome) {
            (Some(ended), Some(outcome)) => writeln!(f, ", {outcome} at {ended:.1} us")?,
            _ => writeln!(f, ", has not come back")?,
        }
        if !self.spans.is_empty() {
            let spans: Vec<String> = self.spans.iter().map(|span| span.escape_debug().to_string()).collect();
            writeln!(f, "  in spans {}", spans.join(" > "))?;
        }
        if self.backtrace.is_empty() {
            let why = self.backtrace_missing.as_deref().unwrap_or("no backtrace");
            return writeln!(f, "    [{why}]");
        }
        write_frames(f, &self.backtrace)?;
        if !self.dropped_at.is_empty() {
            writeln!(f, "  dropped inside its frame:")?;
            write_frames(f, &self.dropped_at)?;
        }
        Ok(())
    }
}

fn write_frames(f: &mut fmt::Formatter<'_>, frames: &[Frame]) -> fmt::Result {
    let mut folded = Folded::default();
    for (number, frame) in frames.iter().enumerate() {
        if frame.origin == Origin::App {
            folded.flush(f)?;
            write_frame(f, number, frame)?;
        } else {
            folded.count(frame.origin);
        }
    }
    folded.flush(f)
}

fn write_frame(f: &mut fmt::Formatter<'_>, number: usize, frame: &Frame) -> fmt::Result {
    write!(f, "    #{number} {}", frame.function)?;
    match frame.call_site() {
        Some(site) => writeln!(f, "\n        at {site}"),
        None => writeln!(f),
    }
}

/// A run of frames that are not the application's.
#[derive(Default)]
struct Folded {
    counts: [(usize, Option<Origin>); 4],
}

impl Folded {
    fn count(&mut self, origin: Origin) {
        let slot = self.counts.iter_mut().find(|(_, known)| known.is_none_or(|known| known == origin));
        if let Some((count, known)) = slot {
            *count += 1;
            *known = Some(origin);
        }
    }

    fn flush(&mut self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = std::mem::take(&mut self.counts);
        let words: Vec<String> =
            counts.into_iter().filter_map(|(count, origin)| Some(format!("{count} of {}", origin?.name()))).collect();
        if words.is_empty() { Ok(()) } else { writeln!(f, "       ({})", words.join(", ")) }
    }
}
