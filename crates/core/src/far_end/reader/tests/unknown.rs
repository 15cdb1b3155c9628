//! Streams of which parts are not known.

use super::{End, Endpoint, Piece, error, masked, promise, read};

#[test]
fn unknown_bytes_of_a_header_leave_everything_open() {
    let (frame, next) = (masked(0x82, b"payload"), masked(0x82, b"more"));
    for unknown in 1..20 {
        for known in 0..6 {
            let pieces = [
                Piece::Known(&frame),
                Piece::Known(&next[..known]),
                Piece::Unknown(unknown),
                Piece::Known(&next),
            ];
            let reading = read(Endpoint::Server, None, pieces);
            assert_eq!(
                (reading.messages.len(), reading.end),
                (1, End::Unknown { at: 13 })
            );
        }
    }
    let reading = read(
        Endpoint::Server,
        None,
        [Piece::Known(&frame[..8]), Piece::Unknown(u64::MAX)],
    );
    assert_eq!(
        (reading.messages.len(), reading.end),
        (1, End::Unknown { at: 13 })
    );
    let reading = read(
        Endpoint::Server,
        None,
        [Piece::Known(&frame), Piece::Unknown(0)],
    );
    assert_eq!(reading.end, End::BetweenFrames { open_message: None });
}

/// A text frame of a server that begins with `before`, goes on with two unknown bytes and ends with `behind`.
fn with_unknown(first: u8, before: &[u8], behind: &[u8]) -> End {
    let header = promise(first, None, (before.len() + 2 + behind.len()) as u64);
    let pieces = [
        Piece::Known(&header),
        Piece::Known(before),
        Piece::Unknown(2),
        Piece::Known(behind),
    ];
    read(Endpoint::Client, None, pieces).end
}

#[test]
fn a_text_with_unknown_bytes_is_wrong_only_if_it_is_wrong_for_all_of_their_values() {
    let right = End::BetweenFrames { open_message: None };
    let error = |words: &str| error(&format!("UTF-8 encoding error{words}"), 1007, 0);
    assert_eq!(
        with_unknown(0x81, b"a", b"\xbf\xbf\xbfa"),
        right,
        "the end of a character that is not known"
    );
    assert_eq!(with_unknown(0x81, b"\xe2", b"a"), right);
    assert_eq!(
        with_unknown(0x81, b"a", b"\xbf\xbf\xbf\xbf"),
        error(": invalid utf-8 sequence")
    );
    assert_eq!(
        with_unknown(0x81, b"a", b"\xbfa\xbf"),
        error(": invalid utf-8 sequence")
    );
    assert_eq!(with_unknown(0x01, b"a", b"\xff"), error(": \u{fffd}"));
    assert_eq!(with_unknown(0x81, b"a", b"a\xe2"), error(""));
    assert_eq!(
        with_unknown(0x81, b"\xff", b""),
        error(": invalid utf-8 sequence of 1 bytes from index 0")
    );
    assert_eq!(
        with_unknown(0x88, b"", b"a\xff"),
        error(": invalid utf-8 sequence of 1 bytes from index 1"),
        "the code"
    );
    assert_eq!(
        with_unknown(0x88, b"\x03", b"\xbfa"),
        End::Closed { at: 0, code: None }
    );
}
