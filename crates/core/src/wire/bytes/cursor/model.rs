//! What the cursor must say, worked out the slow and obvious way: with the whole stream at hand, byte by byte.
//!
//! Also makes streams: of frames as the crate's own tests write them, and of anything.

use super::Cursor;
use crate::wire::bytes::Cut;
use crate::wire::bytes::Offered;
use std::io::IoSlice;

/// A frame as the model sees it: its header's bytes as far as they are there, where it begins, and where it would end.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Frame {
    header: Vec<u8>,
    start: usize,
    end: Option<u128>,
}

/// Every frame of a stream, the last one perhaps not complete.
fn frames(stream: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut start = 0;
    while start < stream.len() {
        let rest = &stream[start..];
        let masked = rest.get(1).is_some_and(|second| second & 128 != 0);
        let extended = match rest.get(1).map(|second| second & 127) {
            Some(126) => 2,
            Some(127) => 8,
            _ => 0,
        };
        let size = 2 + extended + if masked { 4 } else { 0 };
        if rest.len() < size {
            frames.push(Frame {
                header: rest.to_vec(),
                start,
                end: None,
            });
            break;
        }
        let mut length: u128 = if extended == 0 {
            u128::from(rest[1] & 127)
        } else {
            0
        };
        for byte in &rest[2..2 + extended] {
            length = length * 256 + u128::from(*byte);
        }
        let end = start as u128 + size as u128 + length;
        frames.push(Frame {
            header: rest[..size].to_vec(),
            start,
            end: Some(end),
        });
        if end >= stream.len() as u128 {
            break;
        }
        start = end as usize;
    }
    frames
}

/// Feeds a stream to a cursor in pieces, and compares all that it says with the model.
///
/// `cuts` are where the pieces end, in any order.
///
/// # Panics
/// If the two do not agree.
pub(crate) fn agree(stream: &[u8], cuts: &[usize]) {
    let mut cuts: Vec<usize> = cuts
        .iter()
        .map(|cut| cut % (stream.len() + 1))
        .chain([stream.len()])
        .collect();
    cuts.sort_unstable();
    let mut cursor = Cursor::at_frame();
    let mut passed: Vec<(Vec<u8>, i64)> = Vec::new();
    let mut at = 0;
    for cut in cuts {
        let piece = &stream[at..cut];
        let (one, other) = piece.split_at(piece.len() / 2);
        let halves = [IoSlice::new(one), IoSlice::new(other)];
        let offered = Offered::new(&halves);
        agree_ahead(&cursor, &offered, &stream[..cut], at);
        let whole = [IoSlice::new(piece)];
        if cursor.is_one_whole_message(&Offered::new(&whole)) {
            let is_one =
                matches!(&frames(piece)[..], [one] if one.end == Some(piece.len() as u128));
            assert!(
                cursor.is_between_frames() && is_one && matches!(piece[0], 0x81 | 0x82),
                "{piece:02x?}"
            );
        }
        cursor.pass(&offered, piece.len() as u64, |frame| {
            passed.push((frame.header.bytes().to_vec(), frame.start + at as i64))
        });
        at = cut;
        let inside = cursor
            .inside()
            .map(|inside| (inside.header.bytes().to_vec(), inside.gone as usize));
        let expected = frames(&stream[..at])
            .pop()
            .filter(|frame| frame.end.is_none_or(|end| end > at as u128));
        let is_behind_header = expected
            .as_ref()
            .is_some_and(|frame| frame.end.is_some() && at - frame.start == frame.header.len());
        assert_eq!(cursor.is_behind_header(), is_behind_header);
        assert!(cursor.is_in_frames() && !cursor.is_lost());
        assert!(cursor.anew().is_between_frames());
        assert_eq!(
            inside,
            expected.map(|frame| (frame.header, at - frame.start))
        );
        assert_eq!(cursor.is_between_frames(), cursor.inside().is_none());
    }
    let complete = frames(stream)
        .into_iter()
        .filter(|frame| frame.end.is_some());
    assert_eq!(
        passed,
        complete
            .map(|frame| (frame.header, frame.start as i64))
            .collect::<Vec<_>>()
    );
}

/// Where the frame begins of which every cut from `from` to `to` is strictly inside.
fn round(stream: &[u8], from: usize, to: usize) -> Option<i64> {
    let holds =
        |frame: &Frame| frame.start < from && frame.end.is_none_or(|end| (to as u128) < end);
    frames(stream)
        .into_iter()
        .find(holds)
        .map(|frame| frame.start as i64)
}

/// Bytes of a frame with these properties, in the shortest form that has room for the length, or a longer one.
pub(crate) fn frame(first: u8, mask: Option<[u8; 4]>, longer: u8, payload: &[u8]) -> Vec<u8> {
    let form = match payload.len() {
        ..126 => 0,
        126..65_536 => 1,
        _ => 2,
    };
    let masked = if mask.is_some() { 128 } else { 0 };
    let mut bytes = vec![first];
    match (form + longer % 3).min(2) {
        0 => bytes.push(masked | payload.len() as u8),
        1 => {
            bytes.push(masked | 126);
            bytes.extend((payload.len() as u16).to_be_bytes());
        }
        _ => {
            bytes.push(masked | 127);
            bytes.extend((payload.len() as u64).to_be_bytes());
        }
    }
    bytes.extend(mask.iter().flatten());
    bytes.extend(
        payload
            .iter()
            .zip(mask.unwrap_or_default().iter().cycle())
            .map(|(byte, key)| byte ^ key),
    );
    bytes
}

/// The same, before the bytes offered have gone by: they are the end of `stream`, from `at` on.
fn agree_ahead(cursor: &Cursor, offered: &Offered<'_>, stream: &[u8], at: usize) {
    let piece = &stream[at..];
    for (from, to) in [
        (0, 0),
        (0, piece.len()),
        (piece.len() / 3, piece.len() / 2),
        (piece.len(), piece.len()),
    ] {
        let found = cursor.frame_round(
            offered,
            Cut {
                from: from as u64,
                to: to as u64,
            },
        );
        let found = found.map(|frame| frame.start + at as i64);
        assert_eq!(
            found,
            round(stream, at + from, at + to),
            "cuts {from} to {to} of {piece:02x?} at {at}"
        );
    }
}

/// Makes a stream and its cuts of any bytes, and checks that cursor and model agree: what the fuzzer does.
#[cfg(fuzzing)]
pub(crate) fn agree_on(input: &[u8]) {
    // The first byte says how many cuts follow, two bytes each; the rest is the stream.
    let Some((&count, rest)) = input.split_first() else {
        return;
    };
    let (cuts, stream) = rest.split_at((usize::from(count) * 2).min(rest.len()));
    let cuts: Vec<usize> = cuts
        .chunks(2)
        .map(|cut| {
            cut.iter()
                .fold(0, |all, byte| all << 8 | usize::from(*byte))
        })
        .collect();
    agree(stream, &cuts);
    // Text, frames or neither: it need not be right here, only come to an end.
    let mut cursor = Cursor::at_connection();
    cursor.advance(stream, |_| ());
    let whole = cursor;
    let mut cursor = Cursor::at_connection();
    stream
        .iter()
        .for_each(|byte| cursor.advance(std::slice::from_ref(byte), |_| ()));
    assert_eq!(cursor, whole);
}

/// Every kind of header, alone and in a row, with cuts where they hurt: what the fuzzer begins with.
#[cfg(fuzzing)]
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut streams = Vec::new();
    for first in [
        0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x88, 0x89, 0x8a, 0xc1, 0x83,
    ] {
        for mask in [None, Some([1, 2, 3, 4])] {
            for length in [0, 1, 125, 126, 300] {
                streams.push(frame(first, mask, (length % 3) as u8, &vec![7; length]));
            }
        }
    }
    let fragments = [(0x01, "frag"), (0x89, "ping"), (0x00, "men"), (0x80, "ted")];
    streams.push(
        fragments
            .iter()
            .flat_map(|(first, text)| frame(*first, None, 0, text.as_bytes()))
            .collect(),
    );
    streams
        .push(b"GET / HTTP/1.1\r\nSec-WebSocket-Key: k\r\n\r\n\x81\x82\x01\x02\x03\x04hi".to_vec());
    streams.push(
        b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: k\r\n\r\n\x81\x02hi".to_vec(),
    );
    streams
        .into_iter()
        .map(|stream| [vec![3, 0, 1, 0, 3, 0, 9], stream].concat())
        .collect()
}
