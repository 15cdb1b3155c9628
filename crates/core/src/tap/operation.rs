//! The operation of a call: it is named after the frame to which the first byte belongs.

use crate::wire::{Cursor, Handle, Header, InProgress, Offered, Short};
use crate::witness::{Act, Operation, Site};

/// Begins the operation of a call that offers these bytes.
#[cfg_attr(not(debug_assertions), inline)]
pub(super) fn begin<'h>(
    handle: &'h Handle,
    cursor: &Cursor,
    offered: &Offered<'_>,
) -> InProgress<'h> {
    let is_quiet = !handle.may_be_in_open_frame();
    let short = cursor.short_header_at(offered).filter(|_| is_quiet);
    let operation = match short {
        Some(short) => of_short(short),
        None => of_header(handle.header_of_call(cursor, offered)),
    };
    let is_whole = short.is_some_and(|short| short.is_whole_message(offered.len()));
    handle.begin_writing(operation, Site::IN_BACKTRACE, is_whole)
}

fn of_short(short: Short) -> Operation {
    Operation::new(act(short.first & 0x0f), short.payload)
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
                let expected = of_header(cursor.header_at(&offered));
                let named = cursor.short_header_at(&offered).map(of_short);
                let is_right = named.is_none_or(|named| named == expected);
                assert!(is_right, "{frame:?}, the first {count} bytes");
            }
        }
    }

    #[test]
    fn inside_a_frame_the_bytes_are_no_header() {
        let mut cursor = Cursor::at_frame();
        cursor.advance(b"\x82\x7e\x01\x00", |_| ());
        let pieces = [IoSlice::new(b"\x81\x05hello")];
        let offered = Offered::new(&pieces);
        assert_eq!(cursor.short_header_at(&offered), None);
        let operation = of_header(cursor.header_at(&offered));
        assert_eq!(operation, Operation::new(Act::WriteBinary, 256));
    }
}
