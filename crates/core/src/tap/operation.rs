//! The operation of a call, by the header of the frame that it writes.

use crate::wire::Header;
use crate::witness::{Act, Operation};

/// The operation that writes a frame with this header, or with as much of it as is known.
#[cfg_attr(not(debug_assertions), inline)]
pub(super) fn writing(header: Header) -> Operation {
    let act = match header.opcode() {
        1 => Act::WriteText,
        2 => Act::WriteBinary,
        8 => Act::WriteClose,
        9 => Act::WritePing,
        10 => Act::WritePong,
        _ => Act::WriteFrame,
    };
    if header.is_complete() {
        Operation::new(act, usize::try_from(header.length()).unwrap_or(usize::MAX))
    } else {
        Operation::of_unknown_length(act)
    }
}
