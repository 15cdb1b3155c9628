//! Streams of clients, as real servers read them. The bytes that are read as a header are masked as the torn frame is.

use crate::agreement::Instead::ClosesWith;
use crate::agreement::{Fate, as_reported};
use crate::peer::Peer::Websockets;
use crate::program::Writer::First;
use crate::program::{
    Program, Side, big, big_under, binary, continuation_of_nothing, message_inside_fragments, text,
};
use redhanded::tungstenite::protocol::frame::Frame;

/// A mask of four equal bytes: it does not matter where the frame is torn.
const MASK: [u8; 4] = [0xaa; 4];

const NO_UTF8: &str = "UTF-8 encoding error: invalid utf-8 sequence";

fn client(torn: Frame, inserted: Frame) -> Program {
    Program::new(Side::ClientWithMask(MASK), torn, inserted)
}

/// A binary frame that ends with this on the wire. A pong of as many bytes is inserted, so the peer reads this as the
/// next header.
fn binary_that_ends_with(header: &[u8]) -> Program {
    client(
        binary(big_under(MASK, 7, header)),
        Frame::pong(vec![0xff; header.len() - 6]),
    )
}

#[test]
fn a_text_frame_inside_a_binary_frame_is_delivered_as_its_payload_before_the_error() {
    let recording = client(binary(big(7, &[])), text("hello")).stopped_by_a_full_socket();
    // The byte 7, masked.
    let words = "WebSocket protocol error: Encountered invalid opcode: 13";
    as_reported(&recording, Fate::corrupted_then(words, 1002), &[]);
}

#[test]
fn a_frame_that_resembles_a_ping_at_its_end_is_corrupted_without_an_error() {
    let mut torn = binary_that_ends_with(&[0x89, 0x82, 1, 2, 3, 4, 5, 6]);
    torn.behind.push((First, text("fine")));
    as_reported(&torn.stopped_by_a_full_socket(), Fate::corrupted(), &[]);
}

#[test]
fn a_frame_without_a_mask_is_an_error() {
    let recording = binary_that_ends_with(&[0x82, 4, 1, 2, 3, 4]).stopped_by_a_full_socket();
    let words = "WebSocket protocol error: Received an unmasked frame from client";
    as_reported(&recording, Fate::corrupted_then(words, 1002), &[]);
}

#[test]
fn reserved_bits_are_an_error() {
    let recording = binary_that_ends_with(&[0xa2, 0x80, 1, 2, 3, 4]).stopped_by_a_full_socket();
    let words = "WebSocket protocol error: Reserved bits are non-zero";
    as_reported(&recording, Fate::corrupted_then(words, 1002), &[]);
}

#[test]
fn a_header_that_announces_more_than_peers_take_is_an_error() {
    let header = [0x82, 0xff, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 1, 2, 3, 4];
    let recording = binary_that_ends_with(&header).stopped_by_a_full_socket();
    let words = "Space limit exceeded: Message too long: 2147483647 > 16777216";
    as_reported(&recording, Fate::corrupted_then(words, 1009), &[]);
}

#[test]
fn some_peers_check_the_length_before_reserved_bits() {
    let header = [0xc2, 0xff, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 1, 2, 3, 4];
    let recording = binary_that_ends_with(&header).stopped_by_a_full_socket();
    let words = "Space limit exceeded: Message too long: 2147483647 > 16777216";
    // The reason is the same as where clients read.
    as_reported(
        &recording,
        Fate::corrupted_then(words, 1002),
        &[(Websockets, ClosesWith(&[1009]))],
    );
}

#[test]
fn a_text_frame_with_foreign_bytes_that_are_no_utf8_under_its_mask_is_an_error() {
    // Its end is a ping on the wire, and ASCII under the mask: nothing else is wrong.
    let end = [0x89, 0x82, 0xcb, 0xcb, 0xcb, 0xcb, 0xcb, 0xcb];
    let torn = text(big_under(MASK, b'a', &end));
    let recording = client(torn, Frame::pong(vec![0xff, 0xfe])).stopped_by_a_full_socket();
    as_reported(&recording, Fate::error(NO_UTF8, 1007), &[]);
}

#[test]
fn a_message_inside_the_fragments_of_another_is_an_error() {
    let recording = message_inside_fragments(Side::Client);
    let words = "WebSocket protocol error: While waiting for more fragments received: TEXT";
    as_reported(&recording, Fate::error(words, 1002), &[]);
}

#[test]
fn a_continuation_of_nothing_is_an_error() {
    let recording = continuation_of_nothing(Side::Client);
    let words = "WebSocket protocol error: Continue frame but nothing to continue";
    as_reported(&recording, Fate::error(words, 1002), &[]);
}

#[test]
fn after_an_abandoned_binary_frame_what_follows_is_read_as_its_payload() {
    let recording = client(binary(big(7, &[])), text("hello")).abandoned();
    as_reported(&recording, Fate::corrupted(), &[]);
}

#[test]
fn after_an_abandoned_text_frame_what_follows_is_read_as_its_payload_and_is_no_utf8() {
    let recording = client(text(big(b'a', &[])), Frame::pong(vec![0xff, 0xfe])).abandoned();
    as_reported(&recording, Fate::error(NO_UTF8, 1007), &[]);
}
