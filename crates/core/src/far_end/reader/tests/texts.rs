//! Texts that are not UTF-8.

use super::{
    Delivered, End, Endpoint, MASK, Piece, Reading, agrees_with_tungstenite, error, masked, plain,
    promise, read, read_known,
};

#[test]
fn a_text_that_is_no_utf_8_is_told_in_tungstenites_words() {
    for (frames, words, at) in [
        (
            vec![masked(0x81, b"abc\xffde")],
            "invalid utf-8 sequence of 1 bytes from index 3",
            0,
        ),
        (
            vec![masked(0x81, b"\xe2\x82abc")],
            "invalid utf-8 sequence of 2 bytes from index 0",
            0,
        ),
        (
            vec![masked(0x81, b"abc\xe2\x82")],
            "incomplete utf-8 byte sequence from index 3",
            0,
        ),
        (
            vec![masked(0x88, b"\x03\xe8abc\xff")],
            "invalid utf-8 sequence of 1 bytes from index 3",
            0,
        ),
        (
            vec![masked(0x88, b"\x03\xe8abc\xc3")],
            "incomplete utf-8 byte sequence from index 3",
            0,
        ),
        (
            vec![masked(0x01, b"abc\xff"), masked(0x80, b"")],
            "\u{fffd}",
            0,
        ),
        (
            vec![
                masked(0x01, b"abc\xe2"),
                masked(0x00, b"\x82"),
                masked(0x80, b"\xc3"),
            ],
            "\u{fffd}",
            17,
        ),
        (
            vec![masked(0x01, b"abc\xe2"), masked(0x80, b"\x82")],
            "incomplete string: Incomplete { buffer: [226, 130, 0, 0], buffer_len: 2 }",
            10,
        ),
    ] {
        let reading = agrees_with_tungstenite(Endpoint::Server, &frames.concat());
        assert_eq!(
            reading,
            Reading {
                messages: vec![],
                end: error(&format!("UTF-8 encoding error: {words}"), 1007, at)
            }
        );
    }
}

#[test]
fn a_wrong_byte_is_wrong_before_the_rest_of_its_frame_has_come() {
    let stream = [promise(0x81, MASK, 1000), vec![b'a' ^ 0x11, 0xff ^ 0x22]].concat();
    let words = "UTF-8 encoding error: invalid utf-8 sequence of 1 bytes from index 1";
    assert_eq!(
        agrees_with_tungstenite(Endpoint::Server, &stream).end,
        error(words, 1007, 0)
    );
    assert_eq!(
        read_known(Endpoint::Server, &stream[..stream.len() - 1]).end,
        End::Waits {
            at: 0,
            length: 1000,
            missing: 999
        }
    );
}

#[test]
fn a_text_that_was_open_at_the_beginning_goes_on_with_any_character() {
    let frames = |payload| [plain(0x89, b""), plain(0x80, payload), plain(0x81, b"")].concat();
    let reading = read(
        Endpoint::Client,
        Some(1),
        [Piece::Known(&frames(b"\xbf\xbfa"))],
    );
    assert_eq!(
        reading.messages,
        [
            Delivered {
                opcode: 9,
                length: 0,
                from: 0,
                to: 2
            },
            Delivered {
                opcode: 1,
                length: 3,
                from: 0,
                to: 7
            },
            Delivered {
                opcode: 1,
                length: 0,
                from: 7,
                to: 9
            },
        ]
    );
    let reading = read(Endpoint::Client, Some(1), [Piece::Known(&frames(b"a\xbf"))]);
    assert_eq!(
        reading.end,
        error("UTF-8 encoding error: \u{fffd}", 1007, 2)
    );
    let reading = read(Endpoint::Client, Some(2), [Piece::Known(&frames(b"a\xbf"))]);
    assert_eq!(reading.messages.len(), 3);
}
