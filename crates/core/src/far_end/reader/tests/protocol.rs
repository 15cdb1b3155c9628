//! Breaches of the protocol.

use super::{
    End, Endpoint, MASK, agrees_with_tungstenite, error, masked, plain, promise, read_known,
};
use crate::wire::Header;

/// Asserts that the reader finds this breach in the frame behind these bytes, by the frame's header alone, and that
/// tungstenite has the same words.
#[track_caller]
fn assert_breach(endpoint: Endpoint, before: &[u8], wrong: &[u8], words: &str) {
    let stream = [before, wrong].concat();
    let reading = agrees_with_tungstenite(endpoint, &stream);
    let words = format!("WebSocket protocol error: {words}");
    let expected = error(&words, 1002, before.len());
    assert_eq!(reading.end, expected);
    let header = before.len() + Header::read([wrong]).bytes().len();
    assert_eq!(read_known(endpoint, &stream[..header]).end, expected);
    let at = before.len() as u64;
    let without_one_byte = read_known(endpoint, &stream[..header - 1]);
    assert_eq!(without_one_byte.end, End::InHeader { at });
}

#[test]
fn a_header_that_breaks_a_rule_by_itself_is_told_in_tungstenites_words() {
    use Endpoint::{Client, Server};
    let words = "Encountered invalid opcode: 3";
    assert_breach(Server, b"", &masked(0x83, b""), words);
    let words = "Encountered invalid opcode: 15";
    assert_breach(Client, b"", &plain(0xff, b"payload"), words);
    let words = "Reserved bits are non-zero";
    assert_breach(Server, b"", &masked(0xc2, b"payload"), words);
    assert_breach(Client, b"", &plain(0x99, b""), words);
    let words = "Fragmented control frame";
    assert_breach(Server, b"", &masked(0x08, b""), words);
    assert_breach(Client, b"", &plain(0x0a, &[0; 200]), words);
    let words = "Control frame too big (payload must be 125 bytes or less)";
    assert_breach(Server, b"", &masked(0x89, &[0; 126]), words);
    let words = "Invalid close sequence";
    assert_breach(Server, b"", &masked(0x88, b"1"), words);
}

#[test]
fn a_header_that_breaks_a_rule_in_its_place_is_told_in_tungstenites_words() {
    use Endpoint::{Client, Server};
    let words = "Received an unmasked frame from client";
    let wrong = plain(0x82, b"payload");
    assert_breach(Server, &masked(0x89, b""), &wrong, words);
    let words = "Received a masked frame from server";
    let wrong = masked(0x82, b"payload");
    assert_breach(Client, &plain(0x82, b"payload"), &wrong, words);
    let words = "Continue frame but nothing to continue";
    assert_breach(Server, b"", &masked(0x80, b"a"), words);
    let start = masked(0x01, b"a");
    let words = "While waiting for more fragments received: TEXT";
    assert_breach(Server, &start, &masked(0x81, b"a"), words);
    let words = "While waiting for more fragments received: BINARY";
    assert_breach(Server, &start, &masked(0x02, b"a"), words);
}

#[test]
fn the_first_of_several_faults_is_the_one_that_tungstenite_finds_first() {
    for (endpoint, stream, words) in [
        (
            Endpoint::Server,
            plain(0x73, b""),
            "Encountered invalid opcode: 3",
        ),
        (
            Endpoint::Server,
            promise(0x83, MASK, u64::MAX),
            "Encountered invalid opcode: 3",
        ),
        (
            Endpoint::Server,
            plain(0x79, b""),
            "Received an unmasked frame from client",
        ),
        (
            Endpoint::Client,
            masked(0x79, b""),
            "Reserved bits are non-zero",
        ),
        (
            Endpoint::Client,
            masked(0x09, &[0; 126]),
            "Received a masked frame from server",
        ),
        (
            Endpoint::Server,
            masked(0x09, &[0; 126]),
            "Fragmented control frame",
        ),
    ] {
        let expected = error(&format!("WebSocket protocol error: {words}"), 1002, 0);
        assert_eq!(agrees_with_tungstenite(endpoint, &stream).end, expected);
    }
}
