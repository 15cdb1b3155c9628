//! The operation of a call, by the header of the frame that it writes.

use crate::wire::{Cursor, Handle, Header, Offered};
use crate::witness::{Act, Operation};

/// The operation of a call that offers these bytes: it is named after the frame to which the first byte belongs.
#[cfg_attr(not(debug_assertions), inline)]
pub(super) fn of_call(
    handle: Option<&Handle>,
    cursor: &Cursor,
    offered: &Offered<'_>,
) -> Operation {
    let is_quiet = handle.is_none_or(|handle| !handle.may_be_in_open_frame());
    match cursor.short_header_at(offered).filter(|_| is_quiet) {
        Some(short) => Operation::new(act(short.first & 0x0f), short.payload),
        None => of_header(match handle {
            Some(handle) => handle.header_of_call(cursor, offered),
            None => cursor.header_at(offered),
        }),
    }
}

/// The operation that writes a frame with this header, or with as much of it as is known.
fn of_header(header: Header) -> Operation {
    let act = act(header.opcode());
    if header.is_complete() {
        Operation::new(act, usize::try_from(header.length()).unwrap_or(usize::MAX))
    } else {
        Operation::of_unknown_length(act)
    }
}

#[inline]
fn act(opcode: u8) -> Act {
    match opcode {
        1 => Act::WriteText,
        2 => Act::WriteBinary,
        8 => Act::WriteClose,
        9 => Act::WritePing,
        10 => Act::WritePong,
        _ => Act::WriteFrame,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::IoSlice;

    #[test]
    fn the_first_bytes_of_a_frame_name_what_its_whole_header_names() {
        let frames = [
            &b"\x82\x05hello"[..],
            b"\x81\x85maskhello, and more",
            b"\x89\x00",
            b"\x88\x82mask",
            b"\x80\x7e\x01\x00 a continuation",
            b"\x02\xfe\x01\x00mask",
            b"\x82\x7f\0\0\0\0\0\x01\0\0",
        ];
        for frame in frames {
            for count in 0..=frame.len() {
                let pieces = [IoSlice::new(&frame[..count])];
                let offered = Offered::new(&pieces);
                let cursor = Cursor::at_frame();
                let named = of_call(None, &cursor, &offered);
                let expected = of_header(cursor.header_at(&offered));
                assert_eq!(named, expected, "{frame:?}, the first {count} bytes");
            }
        }
    }

    #[test]
    fn inside_a_frame_the_bytes_are_no_header() {
        let mut cursor = Cursor::at_frame();
        cursor.advance(b"\x82\x7e\x01\x00", |_| ());
        let pieces = [IoSlice::new(b"\x81\x05hello")];
        let operation = of_call(None, &cursor, &Offered::new(&pieces));
        assert_eq!(operation, Operation::new(Act::WriteBinary, 256));
    }
}
