//! What a peer has against a header: the rules of the protocol (RFC 6455, section 5), and the limits of size.

use super::{End, Reads};
use crate::wire::{Content, Header};
use tungstenite::error::{CapacityError, Error, ProtocolError};
use tungstenite::protocol::frame::coding::{CloseCode, Data};

/// The longest payload of a frame and of a message that tungstenite accepts unless it is told otherwise. The standard
/// leaves the limits to the peer (RFC 6455, section 10.4).
pub(super) const FRAME_LIMIT: usize = 16 << 20;
pub(super) const MESSAGE_LIMIT: usize = 64 << 20;

pub(super) struct Fault {
    words: String,
    close_code: CloseCode,
}

impl Fault {
    pub(super) fn in_text(words: String) -> Fault {
        Fault {
            words,
            close_code: CloseCode::Invalid,
        }
    }

    pub(super) fn at(self, at: u64) -> End {
        End::Error {
            words: self.words,
            close_code: self.close_code.into(),
            at,
        }
    }
}

/// Judges a complete header, by itself and in its place.
///
/// tungstenite looks at the length before anything but the opcode. If something else is wrong too, the words are about
/// the length and the code is not.
pub(super) fn judge(reads: Reads, is_open: bool, header: &Header) -> Result<(), Fault> {
    let size =
        (header.length() > FRAME_LIMIT as u64).then(|| too_long(header.length(), FRAME_LIMIT));
    let (error, close_code) = match (broken_rule(reads, is_open, header), size) {
        (None, None) => return Ok(()),
        (None, Some(size)) => (size, CloseCode::Size),
        (Some(rule @ ProtocolError::InvalidOpcode(_)), _) | (Some(rule), None) => {
            (rule.into(), CloseCode::Protocol)
        }
        (Some(_), Some(size)) => (size, CloseCode::Protocol),
    };
    Err(Fault {
        words: error.to_string(),
        close_code,
    })
}

/// Judges the length of a message so far, of which the beginning may not have been seen.
pub(super) fn judge_size(length: u64, is_whole: bool) -> Result<(), Fault> {
    if length <= MESSAGE_LIMIT as u64 {
        return Ok(());
    }
    let mut words = too_long(length, MESSAGE_LIMIT).to_string();
    if !is_whole {
        words.truncate(words.rfind(": ").unwrap_or(words.len()));
    }
    Err(Fault {
        words,
        close_code: CloseCode::Size,
    })
}

/// The first rule that a header breaks, in tungstenite's order.
fn broken_rule(reads: Reads, is_open: bool, header: &Header) -> Option<ProtocolError> {
    let is_masked = header.is_masked() == Some(true);
    match header.content() {
        Content::Reserved => Some(ProtocolError::InvalidOpcode(header.opcode())),
        _ if reads == Reads::Server && !is_masked => Some(ProtocolError::UnmaskedFrameFromClient),
        _ if header.reserved_bits() != 0 => Some(ProtocolError::NonZeroReservedBits),
        _ if reads == Reads::Client && is_masked => Some(ProtocolError::MaskedFrameFromServer),
        Content::Control => broken_rule_of_control(header),
        Content::Continuation if !is_open => Some(ProtocolError::UnexpectedContinueFrame),
        Content::Start if is_open && header.opcode() == 1 => {
            Some(ProtocolError::ExpectedFragment(Data::Text))
        }
        Content::Start if is_open => Some(ProtocolError::ExpectedFragment(Data::Binary)),
        Content::Continuation | Content::Start => None,
    }
}

fn broken_rule_of_control(header: &Header) -> Option<ProtocolError> {
    match (header.opcode(), header.length()) {
        _ if !header.is_final() => Some(ProtocolError::FragmentedControlFrame),
        (_, 126..) => Some(ProtocolError::ControlFrameTooBig),
        // Half of a close code.
        (8, 1) => Some(ProtocolError::InvalidCloseSequence),
        _ => None,
    }
}

fn too_long(size: u64, max_size: usize) -> Error {
    CapacityError::MessageTooLong {
        size: size as usize,
        max_size,
    }
    .into()
}
