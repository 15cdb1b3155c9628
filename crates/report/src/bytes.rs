//! The bytes round a tear: whose frame was torn, where, by which bytes, and what the far end makes of them.

use super::Role;
use std::fmt;

/// The bytes round a tear. Payload bytes are masked unless the settings show them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
pub struct Bytes {
    /// Whose frame or message was torn.
    pub torn: Role,
    /// Where in the stream the other writer's bytes begin, counted from 0 since [`counted_since`](Self::counted_since).
    /// `None` where that is not known.
    pub offset: Option<Span>,
    /// `connection`, or `watch` if bytes may have gone out before the connection was watched.
    pub counted_since: String,
    /// How many bytes of the torn frame, with its header, went before the other writer's. `None` if a message was torn,
    /// between its frames.
    pub byte_of_frame: Option<Span>,
    /// How the tear is known.
    pub proof: String,
    /// The frame headers on both sides of the tear: first that of the torn frame or message, if there is one, then that of
    /// the bytes that came in.
    pub frames: Vec<FrameHeader>,
    /// The bytes of both writers, in the order of the wire. At most 256 of them are shown.
    pub ranges: Vec<Range>,
    /// What a peer makes of the stream.
    pub far_end: FarEnd,
}

/// A place between two bytes. If it is not known exactly, the first and the last place that are possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
pub struct Span {
    /// The first place that is possible.
    pub from: u64,
    /// The last place that is possible. It is the same if the place is known to the byte.
    pub to: u64,
}

/// A frame's header, decoded (RFC 6455, section 5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
pub struct FrameHeader {
    /// Who sent it.
    pub writer: Role,
    /// Whether it is the last frame of its message.
    pub fin: bool,
    /// The three reserved bits, RSV1 the highest: 0 to 7.
    pub reserved: u8,
    /// `text`, `binary`, `continuation`, `close`, `ping`, `pong` or `reserved`.
    pub opcode: String,
    /// Whether the payload is masked. `None` if the header's second byte is missing.
    pub masked: Option<bool>,
    /// The payload's length in bytes. `None` if a part of the header is missing.
    pub length: Option<u64>,
    /// The header's bytes in hexadecimal, separated by spaces.
    pub bytes: String,
}

/// Consecutive bytes of one writer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
pub struct Range {
    /// Whose bytes they are.
    pub writer: Role,
    /// How many there are. `None` if that is not known.
    pub length: Option<u64>,
    /// Where the shown bytes begin in this range.
    pub shown_from: u64,
    /// Those nearest to the tear, in hexadecimal and separated by spaces. `••` is a masked byte of payload.
    pub shown: String,
    /// Whether they were on the wire when the report was made. The rest of a torn frame may come later. The rest of an
    /// abandoned frame never comes.
    pub sent: bool,
}

/// What a strict reader of RFC 6455 at the other end makes of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
pub struct FarEnd {
    /// What it sees, step by step, in words.
    pub sees: Vec<String>,
    /// Whether the application there gets a payload that no writer sent, and no error with it. `None` if that depends on
    /// bytes that are not known. Of a message that is compressed, whether what is inflated there is not what a writer
    /// compressed.
    pub corrupted: Option<bool>,
    /// The error in tungstenite's words. `None` if no error is certain from the known bytes. Of a text that is not UTF-8,
    /// the place may be missing. Of a message that is compressed, the error of the inflater, which nearly always fails.
    pub error: Option<String>,
    /// The code with which a conforming peer closes (RFC 6455, section 7.4.1). `None` without an error, and where the
    /// standard leaves it open.
    pub close_code: Option<u16>,
}

impl Span {
    /// Whether the place is known to the byte.
    pub fn is_exact(&self) -> bool {
        self.from == self.to
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_exact() {
            write!(f, "{}", Grouped(self.from))
        } else {
            write!(f, "{} to {}", Grouped(self.from), Grouped(self.to))
        }
    }
}

impl fmt::Display for FrameHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.opcode, if self.fin { ", FIN" } else { "" })?;
        if self.reserved != 0 {
            write!(f, ", RSV {:03b}", self.reserved)?;
        }
        match self.masked {
            Some(true) => f.write_str(", masked")?,
            Some(false) => f.write_str(", not masked")?,
            None => {}
        }
        match self.length {
            Some(length) => write!(f, ", {} B of payload", Grouped(length)),
            None => f.write_str(", header not complete"),
        }
    }
}

/// A number with a space between every three digits.
pub(super) struct Grouped(pub(super) u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                f.write_str(" ")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1 000"),
            (1_048_576, "1 048 576"),
        ] {
            assert_eq!(Grouped(number).to_string(), text);
        }
        assert_eq!(Span { from: 5, to: 5 }.to_string(), "5");
        assert_eq!(Span { from: 5, to: 1234 }.to_string(), "5 to 1 234");
    }
}
