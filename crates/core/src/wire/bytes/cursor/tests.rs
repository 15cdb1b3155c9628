//! The cursor against its model, and against heads of HTTP.

use super::model::{agree, frame};
use super::{Cursor, Header, Requests};
use crate::wire::bytes::Offered;
use proptest::collection::vec;
use proptest::prelude::*;
use std::io::IoSlice;

/// One byte at a time, and all at once.
fn both_ways(stream: &[u8]) -> Cursor {
    let mut whole = Cursor::at_connection();
    whole.advance(stream, |_| ());
    let mut slow = Cursor::at_connection();
    stream
        .iter()
        .for_each(|byte| slow.advance(&[*byte], |_| ()));
    assert_eq!(slow, whole);
    whole
}

#[test]
fn a_request_is_passed_over_and_frames_follow() {
    let request =
        b"GET /chat HTTP/1.1\r\nHost: here\r\nsec-webSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    assert_eq!(both_ways(request).inside(), None);
    let stream = [
        &request[..],
        &frame(0x82, Some([1, 2, 3, 4]), 0, b"payload")[..9],
    ]
    .concat();
    assert_eq!(
        both_ways(&stream).inside().map(|inside| inside.gone),
        Some(9)
    );
    let twice = [&b"CONNECT here:80 HTTP/1.1\r\n\r\n"[..], request, &[0x81]].concat();
    assert_eq!(
        both_ways(&twice).inside().map(|inside| inside.gone),
        Some(1)
    );
}

#[test]
fn frames_follow_a_head_only_if_it_is_one_of_a_websocket_handshake() {
    for (head, gone) in [
        (
            "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
            Some(1),
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 X\r\nA: b\r\nsec-websocket-accept:x\r\n\r\n",
            Some(1),
        ),
        (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
            None,
        ),
        (
            "HTTP/1.1 101 Switching Protocols\r\nX-Sec-WebSocket-Accept: y\r\n\r\n",
            None,
        ),
        ("HTTP/1.1 200 OK\r\nSec-WebSocket-Accept: y\r\n\r\n", None),
        ("GET / HTTP/1.1\r\nHost: here\r\n\r\n", None),
        (
            "CONNECT here:443 HTTP/1.1\r\nSec-WebSocket-Key: y\r\n\r\n",
            None,
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", None),
        ("HTTP/1.1 404 Not Found\r\n\r\n", None),
        ("POST / HTTP/1.1\r\n\r\n", None),
        ("\u{16}\u{3}\u{1}", None),
    ] {
        let stream = [head.as_bytes(), &[0x81]].concat();
        assert_eq!(
            both_ways(&stream).inside().map(|inside| inside.gone),
            gone,
            "{head}"
        );
    }
}

#[test]
fn an_upgrade_after_pages_on_the_same_connection_is_found_where_a_call_begins_if_the_other_end_asked_for_it()
 {
    let page = "HTTP/1.1 200 OK\r\nContent-Length: 29\r\n\r\nHTTP/1.1 101 in the page's own";
    let upgrade = "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: y\r\n\r\n";
    let (mut cursor, mut requests) = (Cursor::at_connection(), Requests::default());
    let mut goes_by = |call: &str, request: &str| {
        requests.look(request.as_bytes());
        let pieces = [IoSlice::new(call.as_bytes())];
        let offered = Offered::new(&pieces);
        cursor.begin_call(&offered, requests);
        cursor.pass(&offered, offered.len(), |_| ());
        cursor.is_in_frames()
    };
    for call in [
        page,
        page,
        "more of it",
        upgrade,
        "more of a page that contains a handshake",
    ] {
        assert!(
            !goes_by(
                call,
                "GET /page HTTP/1.1\r\nX-Sec-WebSocket-Key: no\r\n\r\n"
            ),
            "{call}"
        );
    }
    assert!(goes_by(
        upgrade,
        "GET /chat HTTP/1.1\r\nsec-WebSocket-key: yes\r\n\r\n"
    ));
}

#[test]
fn a_request_for_an_upgrade_is_seen_however_it_comes_in() {
    let request = b"GET /chat HTTP/1.1\r\n\nSec\nSec-WebSocket-Key: x\r\n\r\n";
    for cut in 0..request.len() {
        let mut requests = Requests::default();
        requests.look(&request[..cut]);
        requests.look(&request[cut..]);
        assert!(requests.ask_for_upgrade(), "{cut}");
    }
    let mut requests = Requests::default();
    request.iter().for_each(|byte| requests.look(&[*byte]));
    assert!(requests.ask_for_upgrade());
}

#[test]
fn a_handshake_is_remembered_and_a_lookalike_is_none() {
    let head = "HTTP/1.1 101 X\r\nSec-WebSocket-Accept: y\r\n\r\n";
    let request = "GET / HTTP/1.1\r\nSec-WebSocket-Key: y\r\n\r\n";
    for (stream, is_behind) in [
        (head.as_bytes(), true),
        (request.as_bytes(), true),
        (b"GET / HTTP/1.1\r\n\r\n", false),
        (&frame(0x82, None, 0, b"payload"), false),
    ] {
        assert_eq!(both_ways(stream).is_behind_handshake(), is_behind);
        assert_eq!(both_ways(stream).anew().is_behind_handshake(), is_behind);
    }
}

#[test]
fn a_first_byte_of_a_frame_is_one_where_nothing_has_gone_by() {
    let before = |stream: &[u8], next: &[u8]| {
        let pieces = [std::io::IoSlice::new(next)];
        both_ways(stream)
            .before_first_frame(&Offered::new(&pieces))
            .is_between_frames()
    };
    assert!(before(&[], &[0x82, 1]));
    assert!(!before(&[], b"text") && !before(&[], &[0x80]) && !before(&[], &[]));
    assert!(!before(b"text", &[0x82, 1]) && !before(&[0x82, 1], &[0x82, 1]));
}

#[test]
fn text_is_never_taken_for_the_first_frame() {
    for byte in b' '..=b'~' {
        assert!(!both_ways(&[byte, 1]).is_in_frames(), "{byte:#x}");
    }
}

#[test]
fn what_only_looked_like_frames_is_given_up_for_ever() {
    let mut cursor = both_ways(&[0x82, 0x01, 7]);
    assert!(cursor.is_between_frames());
    cursor.advance(&[0x3f, 0x01], |_| ());
    cursor.advance(&frame(0x82, None, 0, b"payload"), |_| ());
    assert!(!cursor.is_in_frames());
    assert!(!both_ways(&[0x80, 0x01]).is_in_frames());
}

#[test]
fn what_may_begin_a_frame_is_told_from_what_may_not() {
    for (bytes, masked, plausible) in [
        (&[0x82, 0x05][..], Some(false), true),
        (&[0x82, 0x05], Some(true), false),
        (&[0xc1, 0x05], None, true),
        (&[0x8a], None, true),
        (&[0x0a], None, false),
        (&[0xca], None, false),
        (&[0x89, 0x7e], None, false),
        (&[0x82, 0x7e, 0, 125], None, false),
        (&[0x82, 0x7e, 0, 126], None, true),
        (&[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0], None, true),
        (&[0x82, 0x7f, 0xff, 0, 0, 0, 0, 1, 0, 0], None, false),
        (b"payload", None, false),
        (&[], None, false),
    ] {
        assert_eq!(
            Header::is_plausible(bytes, masked),
            plausible,
            "{bytes:02x?}"
        );
    }
}

#[test]
fn an_endless_frame_never_ends() {
    agree(
        &[
            0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5, 6, 7,
        ],
        &[3, 12],
    );
}

/// How many streams are cut and compared: `PROPTEST_CASES` if set.
fn streams_of_frames() -> impl Strategy<Value = Vec<u8>> {
    let one = (
        any::<u8>(),
        any::<Option<[u8; 4]>>(),
        any::<u8>(),
        prop_oneof![
            8 => vec(any::<u8>(), 0..140),
            1 => vec(any::<u8>(), 65_530..65_545),
        ],
    );
    vec(
        one.prop_map(|(first, mask, longer, payload)| frame(first, mask, longer, &payload)),
        0..6,
    )
    .prop_map(|frames| frames.concat())
}

proptest! {
    #[test]
    fn any_split_of_frames_gives_the_same_answer(stream in streams_of_frames(), cuts in vec(any::<usize>(), 0..12)) {
        agree(&stream, &cuts);
    }

    #[test]
    fn any_split_of_anything_gives_the_same_answer(stream in vec(any::<u8>(), 0..200), cuts in vec(any::<usize>(), 0..12)) {
        agree(&stream, &cuts);
        both_ways(&stream);
    }
}
