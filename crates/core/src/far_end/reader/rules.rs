//! What a peer has against a header: the rules of the protocol (RFC 6455, section 5), and the limits of size.

use super::errors::{Rule, too_long};
use super::{End, Reads};
use crate::far_end::close_code;
use crate::wire::{Content, Header};

/// The longest payload of a frame and of a message that tungstenite accepts unless it is told otherwise. The standard
/// leaves the limits to the peer (RFC 6455, section 10.4).
pub(super) const FRAME_LIMIT: usize = 16 << 20;
pub(super) const MESSAGE_LIMIT: usize = 64 << 20;

pub(super) struct Fault {
    words: String,
    close_code: u16,
}

impl Fault {
    pub(super) fn in_text(words: String) -> Fault {
        Fault {
            words,
            close_code: close_code::INVALID,
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

/// Judges a complete header, by itself and in its place.
///
/// tungstenite looks at the length before anything but the opcode. If something else is wrong too, the words are about
/// the length and the code is not.
pub(super) fn judge(reads: Reads, is_open: bool, header: &Header) -> Result<(), Fault> {
    let size = (header.length() > FRAME_LIMIT as u64)
        .then(|| too_long(header.length(), FRAME_LIMIT as u64));
    let (words, close_code) = match (broken_rule(reads, is_open, header), size) {
        (None, None) => return Ok(()),
        (None, Some(size)) => (size, close_code::SIZE),
        (Some(rule @ Rule::InvalidOpcode(_)), _) | (Some(rule), None) => {
            (rule.to_string(), close_code::PROTOCOL)
        }
        (Some(_), Some(size)) => (size, close_code::PROTOCOL),
    };
    Err(Fault { words, close_code })
}

/// Judges the length of a message so far, of which the beginning may not have been seen.
pub(super) fn judge_size(length: u64, is_whole: bool) -> Result<(), Fault> {
    if length <= MESSAGE_LIMIT as u64 {
        return Ok(());
    }
    let mut words = too_long(length, MESSAGE_LIMIT as u64);
    if !is_whole {
        words.truncate(words.rfind(": ").unwrap_or(words.len()));
    }
    Err(Fault {
        words,
        close_code: close_code::SIZE,
    })
}

/// The first rule that a header breaks, in tungstenite's order.
fn broken_rule(reads: Reads, is_open: bool, header: &Header) -> Option<Rule> {
    let is_masked = header.is_masked() == Some(true);
    match header.content() {
        Content::Reserved => Some(Rule::InvalidOpcode(header.opcode())),
        _ if reads == Reads::Server && !is_masked => Some(Rule::UnmaskedFrameFromClient),
        _ if header.reserved_bits() != 0 => Some(Rule::NonZeroReservedBits),
        _ if reads == Reads::Client && is_masked => Some(Rule::MaskedFrameFromServer),
        Content::Control => broken_rule_of_control(header),
        Content::Continuation if !is_open => Some(Rule::UnexpectedContinueFrame),
        Content::Start if is_open && header.opcode() == 1 => {
            Some(Rule::ExpectedFragment { is_text: true })
        }
        Content::Start if is_open => Some(Rule::ExpectedFragment { is_text: false }),
        Content::Continuation | Content::Start => None,
    }
}

fn broken_rule_of_control(header: &Header) -> Option<Rule> {
    match (header.opcode(), header.length()) {
        _ if !header.is_final() => Some(Rule::FragmentedControlFrame),
        (_, 126..) => Some(Rule::ControlFrameTooBig),
        // Half of a close code.
        (8, 1) => Some(Rule::InvalidCloseSequence),
        _ => None,
    }
}
