//! The rules that a frame header can break: those of the protocol (RFC 6455, section 5), and the limits of size.

use super::super::close_code::{INVALID_PAYLOAD, PROTOCOL_ERROR, TOO_BIG};
use super::reading::{End, Endpoint};
use crate::wire::{Content, Header};
use std::fmt;

/// The longest payload of a frame, and of a message, that tungstenite accepts by default. The standard leaves the limits
/// to the peer (RFC 6455, section 10.4).
pub(super) const FRAME_LIMIT: u64 = 16 << 20;
pub(super) const MESSAGE_LIMIT: u64 = 64 << 20;

const TOO_LONG: &str = "Space limit exceeded: Message too long";

/// Why the peer fails the connection.
pub(super) struct Fault {
    words: String,
    close_code: u16,
}

impl Fault {
    pub(super) fn in_text(words: String) -> Fault {
        Fault {
            words,
            close_code: INVALID_PAYLOAD,
        }
    }

    pub(super) fn at(self, at: u64) -> End {
        End::Error {
            words: self.words,
            close_code: self.close_code,
            at,
        }
    }
}

/// Judges a complete header, by itself and in its place in the stream.
///
/// tungstenite looks at the opcode first and at the length second. If a frame is too long and breaks another rule too,
/// the words are about the length, and the close code is that of the other rule.
pub(super) fn judge(
    endpoint: Endpoint,
    deflates: bool,
    is_open: bool,
    header: &Header,
) -> Result<(), Fault> {
    let is_too_long = header.length() > FRAME_LIMIT;
    let (words, close_code) = match (
        broken_rule(endpoint, deflates, is_open, header),
        is_too_long,
    ) {
        (None, false) => return Ok(()),
        (None, true) => (too_long(header.length(), FRAME_LIMIT), TOO_BIG),
        (Some(rule), true) if !matches!(rule, Rule::Opcode(_)) => {
            (too_long(header.length(), FRAME_LIMIT), PROTOCOL_ERROR)
        }
        (Some(rule), _) => (format!("WebSocket protocol error: {rule}"), PROTOCOL_ERROR),
    };
    Err(Fault { words, close_code })
}

/// Judges the length of a message so far. If the stream does not have the whole message, the words give no length.
pub(super) fn judge_size(length: u64, is_whole: bool) -> Result<(), Fault> {
    if length <= MESSAGE_LIMIT {
        return Ok(());
    }
    let words = if is_whole {
        too_long(length, MESSAGE_LIMIT)
    } else {
        TOO_LONG.to_owned()
    };
    Err(Fault {
        words,
        close_code: TOO_BIG,
    })
}

/// A rule of the protocol that a header breaks. It is shown in the words of tungstenite.
enum Rule {
    Opcode(u8),
    ClientMasks,
    ReservedBits,
    ServerDoesNotMask,
    ControlIsOneFrame,
    ControlIsShort,
    CloseHasWholeCode,
    SomethingToContinue,
    NoMessageInAnother(&'static str),
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Rule::Opcode(opcode) => return write!(f, "Encountered invalid opcode: {opcode}"),
            Rule::ClientMasks => "Received an unmasked frame from client",
            Rule::ReservedBits => "Reserved bits are non-zero",
            Rule::ServerDoesNotMask => "Received a masked frame from server",
            Rule::ControlIsOneFrame => "Fragmented control frame",
            Rule::ControlIsShort => "Control frame too big (payload must be 125 bytes or less)",
            Rule::CloseHasWholeCode => "Invalid close sequence",
            Rule::SomethingToContinue => "Continue frame but nothing to continue",
            Rule::NoMessageInAnother(kind) => {
                return write!(f, "While waiting for more fragments received: {kind}");
            }
        };
        f.write_str(words)
    }
}

/// The first rule that a header breaks, in the order in which tungstenite looks.
fn broken_rule(endpoint: Endpoint, deflates: bool, is_open: bool, header: &Header) -> Option<Rule> {
    let may_have_reserved = deflates && header.is_compressed();
    let is_masked = header.masked() == Some(true);
    match header.content() {
        Content::Reserved => Some(Rule::Opcode(header.opcode())),
        _ if endpoint == Endpoint::Server && !is_masked => Some(Rule::ClientMasks),
        _ if header.reserved_bits() != 0 && !may_have_reserved => Some(Rule::ReservedBits),
        _ if endpoint == Endpoint::Client && is_masked => Some(Rule::ServerDoesNotMask),
        Content::Control => broken_rule_of_control(header),
        Content::Continuation if !is_open => Some(Rule::SomethingToContinue),
        Content::Start if is_open && header.opcode() == 1 => Some(Rule::NoMessageInAnother("TEXT")),
        Content::Start if is_open => Some(Rule::NoMessageInAnother("BINARY")),
        Content::Continuation | Content::Start => None,
    }
}

fn broken_rule_of_control(header: &Header) -> Option<Rule> {
    match (header.opcode(), header.length()) {
        _ if !header.is_final() => Some(Rule::ControlIsOneFrame),
        (_, 126..) => Some(Rule::ControlIsShort),
        // Half of a close code.
        (8, 1) => Some(Rule::CloseHasWholeCode),
        _ => None,
    }
}

fn too_long(size: u64, limit: u64) -> String {
    format!("{TOO_LONG}: {size} > {limit}")
}
