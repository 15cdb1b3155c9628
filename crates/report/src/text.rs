//! A report as plain text: two labelled stacks, as ThreadSanitizer shows them.

use super::{Frame, Origin, Report, Writer};
use std::fmt;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "==== redhanded: {}{} ====",
            self.kind,
            if self.open { " (open)" } else { "" }
        )?;
        writeln!(f, "{}", self.summary)?;
        match &self.lock {
            Some(lock) => writeln!(f, "  {lock}")?,
            None => {
                let unknown = "unknown";
                let (local, peer) = (self.wire.local.as_deref(), self.wire.peer.as_deref());
                writeln!(
                    f,
                    "  wire {}: {} -> {}",
                    self.wire.id,
                    local.unwrap_or(unknown),
                    peer.unwrap_or(unknown)
                )?;
            }
        }
        writeln!(
            f,
            "  count {}, first seen {}, last seen {}",
            self.count, self.first_seen, self.last_seen
        )?;
        write!(f, "  process {} ({})", self.process.name, self.process.pid)?;
        if let Some(release) = &self.process.release {
            write!(f, ", release {release}")?;
        }
        write!(f, ", fingerprint {}", self.fingerprint)?;
        if let Some(group) = &self.group {
            write!(f, ", group {group}")?;
        }
        writeln!(f)?;
        if let Some(note) = &self.note {
            writeln!(f, "  {note}")?;
        }
        if let Some(note) = &self.lock_note {
            writeln!(f, "  {note}")?;
        }
        for writer in &self.writers {
            writeln!(f)?;
            writer.fmt(f)?;
        }
        if let Some(bytes) = &self.bytes {
            writeln!(f)?;
            write!(f, "{}", bytes.tear_text(self.kind))?;
        }
        if !self.guide.is_empty() {
            writeln!(
                f,
                "\nWhy this is wrong and how to put it right: {}",
                self.guide
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} by {}",
            self.title(),
            self.operation,
            self.label()
        )?;
        if self.task.is_some() {
            let word = if self.thread.name.is_some() {
                "thread "
            } else {
                ""
            };
            write!(f, " on {word}{}", self.thread_label())?;
        }
        if let Some(site) = &self.call_site {
            write!(f, ", called at {site}")?;
            if self.is_called_by_library() {
                write!(f, " (of a library)")?;
            }
        }
        writeln!(f)?;
        match (self.handle, &self.made) {
            (0, _) => write!(f, "  began at {:.1} us", self.began_us)?,
            (handle, None) => write!(f, "  handle {handle}, began at {:.1} us", self.began_us)?,
            (handle, Some(made)) => {
                write!(
                    f,
                    "  handle {handle} ({made}), began at {:.1} us",
                    self.began_us
                )?;
            }
        }
        match (self.ended_us, &self.outcome) {
            (Some(ended), Some(outcome)) if outcome == "pending" => {
                writeln!(
                    f,
                    ", pending at {ended:.1} us: the poll is to be tried again"
                )?;
            }
            (Some(ended), Some(outcome)) => writeln!(f, ", {outcome} at {ended:.1} us")?,
            _ => writeln!(f, ", has not come back")?,
        }
        if let Some(held) = self.held() {
            writeln!(f, "  {held}")?;
        }
        if let Some(doing) = &self.doing {
            writeln!(f, "  meanwhile it was in {doing}")?;
        }
        if !self.spans.is_empty() {
            let spans: Vec<String> = self
                .spans
                .iter()
                .map(|span| span.escape_debug().to_string())
                .collect();
            writeln!(f, "  in spans {}", spans.join(" > "))?;
        }
        for held in &self.locks {
            writeln!(f, "  holds a {held}")?;
        }
        match self.backtrace_missing.as_deref() {
            Some(missing) => writeln!(f, "    [{missing}]")?,
            None if self.backtrace.is_empty() => writeln!(f, "    [no backtrace]")?,
            None => {}
        }
        write_frames(f, &self.backtrace)?;
        if !self.dropped_at.is_empty() {
            writeln!(f, "  dropped here, inside its frame:")?;
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

/// Consecutive frames that are not the application's, counted by origin.
#[derive(Default)]
struct Folded {
    counts: [(usize, Option<Origin>); 4],
}

impl Folded {
    fn count(&mut self, origin: Origin) {
        let slot = self
            .counts
            .iter_mut()
            .find(|(_, known)| known.is_none_or(|known| known == origin));
        if let Some((count, known)) = slot {
            *count += 1;
            *known = Some(origin);
        }
    }

    fn flush(&mut self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = std::mem::take(&mut self.counts);
        let words: Vec<String> = counts
            .into_iter()
            .filter_map(|(count, origin)| Some(format!("{count} of {}", origin?.name())))
            .collect();
        if words.is_empty() {
            Ok(())
        } else {
            writeln!(f, "       ({})", words.join(", "))
        }
    }
}

#[cfg(all(test, feature = "formats"))]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn writer(role: &str, further: Value) -> Value {
        let mut writer = json!({
            "role": role, "thread": { "id": 7, "name": null }, "task": null, "handle": 1, "operation": "send Text 3 B",
            "call_site": null, "began_us": 0.0, "ended_us": 5.25, "outcome": "returned", "backtrace": [],
        });
        for (name, value) in further.as_object().expect("fields") {
            writer[name] = value.clone();
        }
        writer
    }

    #[test]
    fn a_writer_that_was_held_says_so_and_for_how_long() {
        let held = text("overlap", json!({ "held_us": 8212.0 }), json!({}));
        let line = "\n  redhanded held this writer for 8.2 ms\n";
        assert_eq!(held.matches(line).count(), 1, "{held}");
        assert!(!text("overlap", json!({}), json!({})).contains("held"));
    }

    fn text(kind: &str, first: Value, further: Value) -> String {
        let mut report = json!({
            "schema": 1, "id": "0", "fingerprint": "0", "kind": kind, "summary": "", "count": 1, "first_seen": "",
            "last_seen": "", "wire": { "id": 1, "local": null, "peer": null }, "process": { "name": "app", "pid": 1 },
            "writers": [writer("first", first), writer("second", json!({}))], "dropped": { "samples": 0 },
        });
        for (name, value) in further.as_object().expect("fields") {
            report[name] = value.clone();
        }
        Report::from_json(&report.to_string())
            .expect("a report")
            .to_string()
    }

    #[test]
    fn a_writer_is_named_by_its_task_and_the_thread_comes_behind() {
        let named = json!({ "task": "17", "thread": { "id": 4, "name": "tokio-rt-worker" } });
        let told = text("overlap", named, json!({}));
        assert!(
            told.contains("First writer: send Text 3 B by task 17 on thread \"tokio-rt-worker\"\n"),
            "{told}"
        );
        assert!(
            told.contains("Second writer: send Text 3 B by thread 7\n"),
            "{told}"
        );
        let told = text("overlap", json!({ "task": "17" }), json!({}));
        assert!(
            told.contains("First writer: send Text 3 B by task 17 on thread 7\n"),
            "{told}"
        );
    }

    #[test]
    fn spans_a_pending_poll_and_the_place_of_a_drop_are_told_in_words() {
        let frame = json!({ "function": "app::give_up", "file": null, "line": null, "column": null, "origin": "app" });
        let first = json!({ "spans": ["request", "two\nlines"], "outcome": "pending", "dropped_at": [frame] });
        let told = text("abandoned-write", first, json!({}));
        assert!(
            told.contains("  in spans request > two\\nlines\n"),
            "{told}"
        );
        assert!(
            told.contains(", pending at 5.2 us: the poll is to be tried again\n"),
            "{told}"
        );
        let stacks = "    [no backtrace]\n  dropped here, inside its frame:\n    #0 app::give_up\n";
        assert!(told.contains(stacks), "{told}");
    }

    #[test]
    fn a_report_from_before_there_were_tasks_reads_as_it_did() {
        let told = text("overlap", json!({}), json!({}));
        let first = "First writer: send Text 3 B by thread 7\n  handle 1, began at 0.0 us, returned at 5.2 us\n";
        assert!(
            told.contains(&format!("{first}    [no backtrace]\n\nSecond writer: ")),
            "{told}"
        );
    }

    #[test]
    fn the_rest_of_an_abandoned_frame_is_never_sent_and_that_of_a_torn_one_not_yet() {
        let header = |writer: &str, bytes: &str| {
            json!({ "writer": writer, "fin": true, "reserved": 0, "opcode": "text", "masked": false, "length": 9,
                "bytes": bytes })
        };
        let range = |writer: &str, sent: bool| json!({ "writer": writer, "length": 5, "shown_from": 0, "shown": "", "sent": sent });
        let bytes = json!({
            "torn": "first", "offset": null, "counted_since": "watch", "byte_of_frame": { "from": 5, "to": 5 },
            "proof": "a test", "frames": [header("first", "81 09"), header("second", "81 09")],
            "ranges": [range("first", true), range("second", false), range("first", false)],
            "far_end": { "sees": [], "corrupted": null, "error": null, "close_code": null },
        });
        for (kind, word) in [
            ("abandoned-write", "never sent"),
            ("torn-frame", "not sent yet"),
        ] {
            let told = text(kind, json!({}), json!({ "bytes": bytes }));
            assert!(
                told.contains(&format!(
                    "──the other 5 B of the frame of first writer: {word}──▶\n"
                )),
                "{told}"
            );
            assert!(
                told.contains(&format!("  first writer: 5 B, {word}\n")),
                "{told}"
            );
            assert!(
                told.contains("  second writer: 5 B, not sent yet\n"),
                "{told}"
            );
        }
    }
}
