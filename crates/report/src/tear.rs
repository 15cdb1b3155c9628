//! A tear in sentences. Every format shows these.

use super::bytes::Grouped;
use super::drawing::drawing;
use super::{Bytes, Kind, Range};
use std::fmt;

/// How many bytes a line shows.
const LINE: usize = 32;

/// What is said of a tear, in the order in which it is shown. Displayed, it is plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "formats", derive(serde::Serialize))]
pub struct TearText {
    /// The wire from left to right, and below it at which byte of the frame the tear is: one or two lines.
    pub drawing: Vec<String>,
    /// Where in the stream the tear is, where that is known.
    pub place: Option<String>,
    /// How the tear is known.
    pub proof: String,
    /// The frame headers on both sides of the tear.
    pub headers: Vec<String>,
    /// What either writer put there.
    pub ranges: Vec<RangeText>,
    /// What the far end sees, step by step.
    pub far_end: Vec<String>,
}

/// What is said of the bytes that one writer put on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "formats", derive(serde::Serialize))]
pub struct RangeText {
    /// Whose bytes they are, how many, and whether they were sent.
    pub sentence: String,
    /// The bytes in hexadecimal, some of them a line; none where all of them are masked.
    pub lines: Vec<String>,
}

impl Bytes {
    /// The tear in sentences, for a report of this kind.
    pub fn tear_text(&self, kind: Kind) -> TearText {
        self.sentences(match kind {
            // The writer has left: it cannot send the rest.
            Kind::AbandonedWrite => "never sent",
            _ => NOT_SENT_YET,
        })
    }

    /// `unsent` says what becomes of the rest of what was torn, if it is not on the wire.
    fn sentences(&self, unsent: &str) -> TearText {
        let since = match self.counted_since.as_str() {
            "connection" => "the connection began",
            _ => "it is watched",
        };
        let headers = self.frames.iter().map(|frame| {
            let writer = frame.writer.label();
            format!("header of {writer}: {frame} [{}]", frame.bytes)
        });
        let ranges = self.ranges.iter().map(|range| {
            range.sentences(if range.writer == self.torn {
                unsent
            } else {
                NOT_SENT_YET
            })
        });
        TearText {
            drawing: drawing(self, unsent),
            place: self
                .offset
                .map(|offset| format!("byte {offset} since {since}")),
            proof: format!("known because {}", self.proof),
            headers: headers.collect(),
            ranges: ranges.collect(),
            far_end: self.far_end.sees.clone(),
        }
    }
}

const NOT_SENT_YET: &str = "not sent yet";

/// Said where the kind of the report is not known.
const NOT_SENT: &str = "not sent";

impl Range {
    fn sentences(&self, unsent: &str) -> RangeText {
        let length = self.length.map_or("bytes".to_owned(), |length| {
            format!("{} B", Grouped(length))
        });
        let mut sentence = format!("{}: {length}", self.writer.label());
        if !self.sent {
            sentence = format!("{sentence}, {unsent}");
        }
        if self.shown.is_empty() {
            return RangeText {
                sentence,
                lines: Vec::new(),
            };
        }
        let sentence = format!("{sentence}; from its byte {}:", Grouped(self.shown_from));
        let bytes: Vec<&str> = self.shown.split(' ').collect();
        if bytes.iter().all(|byte| *byte == "••") {
            return RangeText {
                sentence: format!("{sentence} {} B of payload, masked", bytes.len()),
                lines: Vec::new(),
            };
        }
        let lines = bytes.chunks(LINE).map(|line| line.join(" "));
        RangeText {
            sentence,
            lines: lines.collect(),
        }
    }
}

impl fmt::Display for TearText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "On the wire:")?;
        let facts = self.place.iter().chain([&self.proof]).chain(&self.headers);
        self.drawing
            .iter()
            .chain(facts)
            .try_for_each(|line| writeln!(f, "  {line}"))?;
        self.ranges.iter().try_for_each(|range| range.fmt(f))?;
        writeln!(f, "What the far end sees:")?;
        self.far_end
            .iter()
            .try_for_each(|step| writeln!(f, "  - {step}"))
    }
}

impl fmt::Display for RangeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  {}", self.sentence)?;
        self.lines
            .iter()
            .try_for_each(|line| writeln!(f, "    {line}"))
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sentences(NOT_SENT).fmt(f)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sentences(NOT_SENT).fmt(f)
    }
}
