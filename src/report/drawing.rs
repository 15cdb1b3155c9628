//! The tear as text: a drawing of the wire, the headers on both sides, the bytes, and what the far end sees.

use super::bytes::Grouped;
use super::{Bytes, FrameHeader, Kind, Range, Role, Size};
use std::fmt;

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, "not sent")
    }
}

/// [`Bytes`] in a report of this kind.
pub(super) struct Told<'b>(pub(super) &'b Bytes, pub(super) Kind);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(
            f,
            if self.1 == Kind::AbandonedWrite {
                "never sent"
            } else {
                "not sent yet"
            },
        )
    }
}

impl Bytes {
    /// Everything about the tear. `unsent` says what becomes of the rest of what was torn, if it is not on the wire.
    fn write(&self, f: &mut fmt::Formatter<'_>, unsent: &str) -> fmt::Result {
        writeln!(f, "On the wire:")?;
        self.draw(f, unsent)?;
        if let Some(offset) = self.offset {
            let since = match self.counted_since.as_str() {
                "connection" => "the connection began",
                _ => "it is watched",
            };
            writeln!(f, "  byte {offset} since {since}")?;
        }
        writeln!(f, "  known because {}", self.proof)?;
        for frame in &self.frames {
            writeln!(
                f,
                "  header of {}: {frame} [{}]",
                owner(frame.writer),
                frame.bytes
            )?;
        }
        for range in &self.ranges {
            let unsent = if range.writer == self.torn {
                unsent
            } else {
                "not sent yet"
            };
            write_range(f, range, unsent)?;
        }
        writeln!(f, "What the far end sees:")?;
        self.far_end
            .sees
            .iter()
            .try_for_each(|step| writeln!(f, "  - {step}"))
    }

    /// Whose bytes are where, and at which byte they meet.
    fn draw(&self, f: &mut fmt::Formatter<'_>, unsent: &str) -> fmt::Result {
        let torn = self
            .frames
            .iter()
            .find(|frame| frame.writer == self.torn && self.has_torn_header());
        let inserted = self
            .frames
            .last()
            .filter(|_| self.frames.len() > usize::from(torn.is_some()));
        let left = format!("  wire ──[{}, {}]────────▶", label(torn), owner(self.torn));
        let middle = format!("◀─[{}, {}]─▶", label(inserted), owner(self.torn.other()));
        let rest = self.ranges.get(2).map_or("…".to_owned(), |rest| {
            let length = rest.length.map_or("the rest".to_owned(), |length| {
                format!("the other {}", Size(length))
            });
            let unsent = if rest.sent {
                String::new()
            } else {
                format!(": {unsent}")
            };
            format!("──{length} of the frame of {}{unsent}──▶", owner(self.torn))
        });
        writeln!(f, "{left}┊{middle}┊{rest}")?;
        let Some(at) = self.byte_of_frame else {
            return Ok(());
        };
        let caption = format!("byte {at} of the frame");
        let indent = (left.chars().count() + 1).saturating_sub(caption.chars().count());
        writeln!(f, "{}{caption}", " ".repeat(indent))
    }

    /// Whether the first header is that of what was torn.
    fn has_torn_header(&self) -> bool {
        self.frames.len() > 1 || self.byte_of_frame.is_some()
    }
}

fn label(frame: Option<&FrameHeader>) -> String {
    let Some(frame) = frame else {
        return "bytes".to_owned();
    };
    let fragment = if frame.fin { "" } else { " fragment" };
    let size = frame
        .length
        .map(|length| format!(" {}", Size(length)))
        .unwrap_or_default();
    format!("{}{fragment}{size}", frame.opcode)
}

fn owner(writer: Role) -> &'static str {
    match writer {
        Role::First => "first writer",
        Role::Second => "second writer",
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_range(f, self, "not sent")
    }
}

fn write_range(f: &mut fmt::Formatter<'_>, range: &Range, unsent: &str) -> fmt::Result {
    let length = range.length.map_or("bytes".to_owned(), |length| {
        format!("{} B", Grouped(length))
    });
    write!(f, "  {}: {length}", owner(range.writer))?;
    if !range.sent {
        write!(f, ", {unsent}")?;
    }
    if range.shown.is_empty() {
        return writeln!(f);
    }
    let bytes: Vec<&str> = range.shown.split(' ').collect();
    if bytes.iter().all(|byte| *byte == "••") {
        return writeln!(
            f,
            "; from its byte {}: {} B of payload, masked",
            Grouped(range.shown_from),
            bytes.len()
        );
    }
    writeln!(f, "; from its byte {}:", Grouped(range.shown_from))?;
    bytes
        .chunks(32)
        .try_for_each(|line| writeln!(f, "    {}", line.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::super::samples;

    #[test]
    fn a_name_of_any_length_in_somebody_elses_report_is_drawn() {
        let mut report = samples::torn();
        let bytes = report.bytes.as_mut().unwrap();
        bytes.frames[0].opcode = "x".repeat(70_000);
        assert!(bytes.byte_of_frame.is_some() && report.to_string().contains(" of the frame\n"));
    }
}
