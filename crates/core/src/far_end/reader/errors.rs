//! The errors of the reader, in tungstenite's words (its `src/error.rs`): many peers are tungstenite, and its users know
//! them. The tests hold them against the library.

use std::fmt;

/// A rule that a header breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    InvalidOpcode(u8),
    UnmaskedFrameFromClient,
    NonZeroReservedBits,
    MaskedFrameFromServer,
    UnexpectedContinueFrame,
    /// A text or a binary message begins inside another.
    ExpectedFragment {
        is_text: bool,
    },
    FragmentedControlFrame,
    ControlFrameTooBig,
    InvalidCloseSequence,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebSocket protocol error: ")?;
        match self {
            Rule::InvalidOpcode(opcode) => write!(f, "Encountered invalid opcode: {opcode}"),
            Rule::UnmaskedFrameFromClient => f.write_str("Received an unmasked frame from client"),
            Rule::NonZeroReservedBits => f.write_str("Reserved bits are non-zero"),
            Rule::MaskedFrameFromServer => f.write_str("Received a masked frame from server"),
            Rule::UnexpectedContinueFrame => f.write_str("Continue frame but nothing to continue"),
            Rule::ExpectedFragment { is_text } => {
                let kind = if *is_text { "TEXT" } else { "BINARY" };
                write!(f, "While waiting for more fragments received: {kind}")
            }
            Rule::FragmentedControlFrame => f.write_str("Fragmented control frame"),
            Rule::ControlFrameTooBig => {
                f.write_str("Control frame too big (payload must be 125 bytes or less)")
            }
            Rule::InvalidCloseSequence => f.write_str("Invalid close sequence"),
        }
    }
}

/// A frame or a message that is longer than the reader takes.
pub(super) fn too_long(size: u64, most: u64) -> String {
    format!("Space limit exceeded: Message too long: {size} > {most}")
}

/// Text that is no UTF-8.
pub(super) fn not_utf_8(detail: &str) -> String {
    format!("UTF-8 encoding error: {detail}")
}
