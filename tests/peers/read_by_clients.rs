//! Streams of servers, as real clients read them.

use crate::agreement::Instead::{ClosesWith, Waits};
use crate::agreement::{Fate, as_reported, not_reported};
use crate::peer::Peer::{Tungstenite, Websockets, Ws};
use crate::program::Writer::{First, Second};
use crate::program::{
    Program, Side, big, binary, continuation_of_nothing, fragment, message_inside_fragments, text,
};
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::Data;

const RESERVED_BITS: &str = "WebSocket protocol error: Reserved bits are non-zero";
const NO_UTF8: &str = "UTF-8 encoding error: invalid utf-8 sequence";

fn server(torn: Frame, inserted: Frame) -> Program {
    Program::new(Side::Server, torn, inserted)
}

/// A binary frame that ends with this. A pong of as many bytes is inserted, so the peer reads this as the next header.
fn binary_that_ends_with(header: &[u8]) -> Program {
    server(
        binary(big(7, header)),
        Frame::pong(vec![0xff; header.len() - 2]),
    )
}

impl Program {
    fn then(mut self, frame: Frame) -> Program {
        self.behind.push((First, frame));
        self
    }
}

#[test]
fn a_text_frame_inside_a_binary_frame_is_delivered_as_its_payload_before_the_error() {
    let recording = server(binary(big(7, &[])), text("hello")).stopped_by_a_full_socket();
    let words = "WebSocket protocol error: Encountered invalid opcode: 7";
    as_reported(&recording, Fate::corrupted_then(words, 1002), &[]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_text_frame_inserted_during_one_system_call_is_delivered_in_the_same_way() {
    let recording = server(binary(big(7, &[])), text("hello")).inside_one_call();
    let words = "WebSocket protocol error: Encountered invalid opcode: 7";
    as_reported(&recording, Fate::corrupted_then(words, 1002), &[]);
}

#[test]
fn a_frame_that_resembles_a_ping_at_its_end_is_corrupted_without_an_error() {
    let recording = binary_that_ends_with(&[0x89, 2, b'h', b'i'])
        .then(text("fine"))
        .stopped_by_a_full_socket();
    as_reported(&recording, Fate::corrupted(), &[]);
}

#[test]
fn a_frame_that_resembles_a_close_frame_at_its_end_is_corrupted_and_closes_the_connection() {
    let recording = binary_that_ends_with(&[0x88, 2, 0x03, 0xe8]).stopped_by_a_full_socket();
    as_reported(&recording, Fate::corrupted(), &[]);
}

#[test]
fn a_close_code_that_must_not_be_sent_is_an_error_for_most_peers() {
    let recording = binary_that_ends_with(&[0x88, 2, 0x03, 0xed]).stopped_by_a_full_socket();
    // RFC 6455, section 7.4.1. tungstenite treats 1005 as a protocol error as well: it closes with 1002, and returns no
    // error.
    as_reported(
        &recording,
        Fate {
            close_code: Some(1002),
            ..Fate::corrupted()
        },
        &[],
    );
}

#[test]
fn a_reason_to_close_that_is_no_utf8_is_an_error() {
    let recording =
        binary_that_ends_with(&[0x88, 4, 0x03, 0xe8, b'-', 0xff]).stopped_by_a_full_socket();
    let words = "UTF-8 encoding error: invalid utf-8 sequence of 1 bytes from index 1";
    as_reported(&recording, Fate::corrupted_then(words, 1007), &[]);
}

#[test]
fn some_peers_check_the_close_code_before_the_reason() {
    let recording =
        binary_that_ends_with(&[0x88, 4, 0x03, 0xed, b'-', 0xff]).stopped_by_a_full_socket();
    let words = "UTF-8 encoding error: invalid utf-8 sequence of 1 bytes from index 1";
    // ws's `Receiver.controlMessage` checks the code first.
    as_reported(
        &recording,
        Fate::corrupted_then(words, 1007),
        &[(Ws, ClosesWith(&[1002]))],
    );
}

#[test]
fn a_frame_that_resembles_a_text_at_its_end_which_is_no_utf8_is_an_error() {
    let recording = binary_that_ends_with(&[0x81, 2, b'-', 0xff]).stopped_by_a_full_socket();
    let words = "UTF-8 encoding error: invalid utf-8 sequence of 1 bytes from index 1";
    as_reported(&recording, Fate::corrupted_then(words, 1007), &[]);
}

#[test]
fn a_length_that_is_not_in_its_shortest_form_is_no_error() {
    let header = [0x82, 126, 0, 1, 9];
    let recording = binary_that_ends_with(&header)
        .then(text("fine"))
        .stopped_by_a_full_socket();
    as_reported(&recording, Fate::corrupted(), &[]);
}

#[test]
fn a_header_that_announces_more_than_comes_makes_peers_wait() {
    let recording = binary_that_ends_with(&[0x82, 126, 0xff, 0xff]).stopped_by_a_full_socket();
    as_reported(&recording, Fate::corrupted(), &[]);
}

#[test]
fn reserved_bits_are_an_error() {
    let recording = binary_that_ends_with(&[0xc2, 0]).stopped_by_a_full_socket();
    as_reported(&recording, Fate::corrupted_then(RESERVED_BITS, 1002), &[]);
}

#[test]
fn some_peers_check_reserved_bits_before_the_payload() {
    let recording = binary_that_ends_with(&[0xc2, 126, 0xff, 0xff]).stopped_by_a_full_socket();
    // tungstenite's `FrameCodec::read_frame` and websockets' `Frame.parse` return the whole frame before the bits are
    // checked. ws checks them in `Receiver.getInfo`, with the first two bytes.
    let except = [(Tungstenite, Waits), (Websockets, Waits)];
    as_reported(
        &recording,
        Fate::corrupted_then(RESERVED_BITS, 1002),
        &except,
    );
}

#[test]
fn a_masked_frame_is_an_error() {
    let recording = binary_that_ends_with(&[0x82, 0x80, 1, 2, 3, 4]).stopped_by_a_full_socket();
    let words = "WebSocket protocol error: Received a masked frame from server";
    as_reported(&recording, Fate::corrupted_then(words, 1002), &[]);
}

#[test]
fn a_control_frame_in_fragments_is_an_error() {
    let recording = binary_that_ends_with(&[0x09, 0]).stopped_by_a_full_socket();
    let words = "WebSocket protocol error: Fragmented control frame";
    as_reported(&recording, Fate::corrupted_then(words, 1002), &[]);
}

#[test]
fn a_large_control_frame_is_an_error() {
    let recording = binary_that_ends_with(&[0x89, 126, 0, 126])
        .then(text("-".repeat(126)))
        .stopped_by_a_full_socket();
    let words =
        "WebSocket protocol error: Control frame too big (payload must be 125 bytes or less)";
    as_reported(&recording, Fate::corrupted_then(words, 1002), &[]);
}

#[test]
fn half_a_close_code_is_an_error() {
    let recording = binary_that_ends_with(&[0x88, 1, 0x03]).stopped_by_a_full_socket();
    let words = "WebSocket protocol error: Invalid close sequence";
    as_reported(&recording, Fate::corrupted_then(words, 1002), &[]);
}

#[test]
fn a_header_that_announces_more_than_peers_take_is_an_error() {
    let header = [0x82, 127, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff];
    let recording = binary_that_ends_with(&header).stopped_by_a_full_socket();
    let words = "Space limit exceeded: Message too long: 2147483647 > 16777216";
    as_reported(&recording, Fate::corrupted_then(words, 1009), &[]);
}

#[test]
fn a_length_with_its_highest_bit_set_is_too_long_for_every_peer() {
    let header = [0x82, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let recording = binary_that_ends_with(&header).stopped_by_a_full_socket();
    let words = "Space limit exceeded: Message too long: 18446744073709551615 > 16777216";
    as_reported(&recording, Fate::corrupted_then(words, 1009), &[]);
}

#[test]
fn some_peers_check_the_length_before_reserved_bits() {
    let header = [0xc2, 127, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff];
    let recording = binary_that_ends_with(&header).stopped_by_a_full_socket();
    let words = "Space limit exceeded: Message too long: 2147483647 > 16777216";
    // websockets' `Frame.parse` checks the length before it reads the payload, and `Frame.check` checks the bits later.
    as_reported(
        &recording,
        Fate::corrupted_then(words, 1002),
        &[(Websockets, ClosesWith(&[1009]))],
    );
}

#[test]
fn a_text_frame_with_foreign_bytes_that_are_no_utf8_is_an_error() {
    let recording =
        server(text(big(b'a', &[])), Frame::pong(vec![0xff, 0xfe])).stopped_by_a_full_socket();
    as_reported(&recording, Fate::error(NO_UTF8, 1007), &[]);
}

#[test]
fn some_peers_check_the_next_header_before_the_text() {
    let torn =
        server(text(big(b'a', &[])), Frame::pong(vec![0xff, 0xfe])).then(text("-".repeat(100)));
    let recording = torn.stopped_by_a_full_socket();
    // In websockets, the thread that receives goes on with the next frame, and fails on its reserved bits, while
    // `Connection.recv` decodes the text in the application's thread. Either may close first.
    as_reported(
        &recording,
        Fate::error(NO_UTF8, 1007),
        &[(Websockets, ClosesWith(&[1002, 1007]))],
    );
}

#[test]
fn a_text_frame_with_foreign_bytes_that_are_utf8_is_delivered() {
    let mut torn = server(text(big(b'a', &[])), fragment(Data::Text, false, "hello"));
    torn.behind
        .push((Second, fragment(Data::Continue, true, "-".repeat(100))));
    // The report does not have the whole text.
    not_reported(
        &torn.stopped_by_a_full_socket(),
        Fate::corrupted_then(RESERVED_BITS, 1002),
        &[],
    );
}

#[test]
fn a_message_inside_the_fragments_of_another_is_an_error() {
    let recording = message_inside_fragments(Side::Server);
    let words = "WebSocket protocol error: While waiting for more fragments received: TEXT";
    as_reported(&recording, Fate::error(words, 1002), &[]);
}

#[test]
fn a_continuation_of_nothing_is_an_error() {
    let recording = continuation_of_nothing(Side::Server);
    let words = "WebSocket protocol error: Continue frame but nothing to continue";
    as_reported(&recording, Fate::error(words, 1002), &[]);
}

#[test]
fn after_an_abandoned_binary_frame_what_follows_is_read_as_its_payload() {
    let recording = server(binary(big(7, &[])), text("hello")).abandoned();
    as_reported(&recording, Fate::corrupted(), &[]);
}

#[test]
fn after_an_abandoned_text_frame_what_follows_is_read_as_its_payload_and_is_no_utf8() {
    let recording = server(text(big(b'a', &[])), text("hello")).abandoned();
    as_reported(&recording, Fate::error(NO_UTF8, 1007), &[]);
}

#[test]
fn a_first_fragment_with_foreign_bytes_is_not_delivered_if_the_next_header_is_wrong() {
    let torn = server(fragment(Data::Binary, false, big(7, &[])), text("hello"));
    let recording = torn
        .then(fragment(Data::Continue, true, [7; 3]))
        .stopped_by_a_full_socket();
    let words = "WebSocket protocol error: Encountered invalid opcode: 7";
    as_reported(&recording, Fate::error(words, 1002), &[]);
}

#[test]
fn a_first_fragment_with_foreign_bytes_is_delivered_with_the_last_one() {
    let torn = server(
        fragment(Data::Binary, false, big(7, &[0x89, 2, 0, 0])),
        Frame::pong(vec![0xff; 2]),
    );
    let recording = torn
        .then(fragment(Data::Continue, true, [7; 3]))
        .stopped_by_a_full_socket();
    // The report does not know whether the last fragment comes.
    not_reported(&recording, Fate::corrupted(), &[]);
}

#[test]
fn a_last_fragment_with_foreign_bytes_is_delivered_with_the_others() {
    let mut torn = server(fragment(Data::Continue, true, big(7, &[])), text("hello"));
    torn.before.push(fragment(Data::Binary, false, [7; 3]));
    let words = "WebSocket protocol error: Encountered invalid opcode: 7";
    as_reported(
        &torn.stopped_by_a_full_socket(),
        Fate::corrupted_then(words, 1002),
        &[],
    );
}

#[test]
fn a_last_fragment_of_a_text_with_foreign_bytes_that_are_no_utf8_is_an_error() {
    let mut torn = server(
        fragment(Data::Continue, true, big(b'a', &[])),
        Frame::pong(vec![0xff, 0xfe]),
    );
    torn.before.push(fragment(Data::Text, false, "aaa"));
    as_reported(
        &torn.stopped_by_a_full_socket(),
        Fate::error("UTF-8 encoding error: \u{fffd}", 1007),
        &[],
    );
}

#[test]
fn some_peers_check_a_text_only_when_its_last_fragment_is_there() {
    let torn = server(
        fragment(Data::Text, false, big(b'a', &[])),
        Frame::pong(vec![0xff, 0xfe]),
    );
    let recording = torn
        .then(fragment(Data::Continue, true, "-".repeat(100)))
        .stopped_by_a_full_socket();
    // ws decodes in `Receiver.dataMessage` and websockets in `Assembler.get`, when the message is complete. The reserved
    // bits of the next header come before that.
    let except = [(Ws, ClosesWith(&[1002])), (Websockets, ClosesWith(&[1002]))];
    as_reported(
        &recording,
        Fate::error("UTF-8 encoding error: \u{fffd}", 1007),
        &except,
    );
}
