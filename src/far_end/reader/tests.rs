//! The reader against tungstenite, and against itself when it does not know everything.

mod streams;

use super::rules::{FRAME_LIMIT, MESSAGE_LIMIT};
use super::{Delivered, End, Piece, Reading, Reads, read};
use crate::wire::Header;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use std::io::{self, Read, Write};
use streams::{Sent, right_frames, stream};
use tungstenite::Message;
use tungstenite::error::{Error, ProtocolError};
use tungstenite::protocol::{Role, WebSocket, WebSocketConfig};

const MASK: Option<[u8; 4]> = Some([0x11, 0x22, 0x33, 0x44]);

/// A frame of a client, and of a server.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    Sent::new(first, MASK, payload).bytes()
}

fn plain(first: u8, payload: &[u8]) -> Vec<u8> {
    Sent::new(first, None, payload).bytes()
}

fn promise(first: u8, mask: Option<[u8; 4]>, promised: u64) -> Vec<u8> {
    Sent {
        promised,
        ..Sent::new(first, mask, &[])
    }
    .header()
}

fn read_known(reads: Reads, stream: &[u8]) -> Reading {
    read(reads, None, [Piece::Known(stream)])
}

fn error(words: &str, close_code: u16, at: usize) -> End {
    End::Error {
        words: words.into(),
        close_code,
        at: at as u64,
    }
}

/// What tungstenite makes of a stream that ends: the opcodes and lengths of what it gives to the application, and its
/// error if it is one of the stream's. A close frame has no length here, since some are shown as others.
fn by_tungstenite(reads: Reads, stream: Vec<u8>) -> (Vec<(u8, u64)>, Option<String>) {
    struct Stream(io::Cursor<Vec<u8>>);
    impl Read for Stream {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer)
        }
    }
    impl Write for Stream {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let role = if reads == Reads::Server {
        Role::Server
    } else {
        Role::Client
    };
    let mut socket = WebSocket::from_raw_socket(Stream(io::Cursor::new(stream)), role, None);
    let mut messages = Vec::new();
    loop {
        let opcode = match socket.read() {
            Ok(Message::Close(_)) => {
                messages.push((8, 0));
                return (messages, None);
            }
            Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => {
                return (messages, None);
            }
            Err(error) => return (messages, Some(error.to_string())),
            Ok(message @ Message::Text(_)) => (1, message.len() as u64),
            Ok(message @ Message::Binary(_)) => (2, message.len() as u64),
            Ok(message @ Message::Ping(_)) => (9, message.len() as u64),
            Ok(message @ Message::Pong(_)) => (10, message.len() as u64),
            Ok(message) => unreachable!("{message:?}"),
        };
        messages.push(opcode);
    }
}

/// The reading of a stream, in the terms of [`by_tungstenite`].
fn in_short(reading: &Reading) -> (Vec<(u8, u64)>, Option<String>) {
    let short = |message: &Delivered| {
        (
            message.opcode,
            if message.opcode == 8 {
                0
            } else {
                message.length
            },
        )
    };
    let error = match &reading.end {
        End::Error { words, .. } => Some(words.clone()),
        _ => None,
    };
    (reading.messages.iter().map(short).collect(), error)
}

/// Where the frame ends that is at fault, if the stream has an error, however long the stream is.
fn end_of_fault(stream: &[u8], reading: &Reading) -> Option<usize> {
    let End::Error { at, .. } = reading.end else {
        return None;
    };
    let header = Header::read([&stream[at as usize..]]);
    Some(usize::try_from(at + header.frame_size().min(FRAME_LIMIT + 100)).unwrap())
}

/// Compares with tungstenite, which wants to have the payload before it judges the frame.
fn agrees_with_tungstenite(reads: Reads, stream: &[u8]) -> Reading {
    let reading = read_known(reads, stream);
    let mut stream = stream.to_vec();
    let enough = end_of_fault(&stream, &reading).unwrap_or(0);
    stream.resize(stream.len().max(enough), 0);
    assert_eq!(in_short(&reading), by_tungstenite(reads, stream));
    reading
}

#[test]
fn every_breach_of_the_protocol_is_told_in_tungstenites_words() {
    use Reads::{Client, Server};
    let start = masked(0x01, b"a");
    for (reads, before, wrong, words) in [
        (
            Server,
            vec![],
            masked(0x83, b""),
            "Encountered invalid opcode: 3",
        ),
        (
            Client,
            vec![],
            plain(0xff, b"payload"),
            "Encountered invalid opcode: 15",
        ),
        (
            Server,
            vec![],
            masked(0xc2, b"payload"),
            "Reserved bits are non-zero",
        ),
        (
            Client,
            vec![],
            plain(0x99, b""),
            "Reserved bits are non-zero",
        ),
        (
            Server,
            masked(0x89, b""),
            plain(0x82, b"payload"),
            "Received an unmasked frame from client",
        ),
        (
            Client,
            plain(0x82, b"payload"),
            masked(0x82, b"payload"),
            "Received a masked frame from server",
        ),
        (
            Server,
            vec![],
            masked(0x08, b""),
            "Fragmented control frame",
        ),
        (
            Client,
            vec![],
            plain(0x0a, &[0; 200]),
            "Fragmented control frame",
        ),
        (
            Server,
            vec![],
            masked(0x89, &[0; 126]),
            "Control frame too big (payload must be 125 bytes or less)",
        ),
        (Server, vec![], masked(0x88, b"1"), "Invalid close sequence"),
        (
            Server,
            vec![],
            masked(0x80, b"a"),
            "Continue frame but nothing to continue",
        ),
        (
            Server,
            start.clone(),
            masked(0x81, b"a"),
            "While waiting for more fragments received: TEXT",
        ),
        (
            Server,
            start,
            masked(0x02, b"a"),
            "While waiting for more fragments received: BINARY",
        ),
    ] {
        let stream = [&before[..], &wrong].concat();
        let reading = agrees_with_tungstenite(reads, &stream);
        let expected = error(
            &format!("WebSocket protocol error: {words}"),
            1002,
            before.len(),
        );
        assert_eq!(reading.end, expected);
        let header = Header::read([&wrong[..]]).bytes().len();
        assert_eq!(
            read_known(reads, &stream[..before.len() + header]).end,
            expected,
            "by the header alone"
        );
        assert_eq!(
            read_known(reads, &stream[..before.len() + header - 1]).end,
            End::InHeader {
                at: before.len() as u64
            }
        );
    }
}

#[test]
fn the_first_of_several_faults_is_the_one_that_tungstenite_finds_first() {
    for (reads, stream, words) in [
        (
            Reads::Server,
            plain(0x73, b""),
            "Encountered invalid opcode: 3",
        ),
        (
            Reads::Server,
            promise(0x83, MASK, u64::MAX),
            "Encountered invalid opcode: 3",
        ),
        (
            Reads::Server,
            plain(0x79, b""),
            "Received an unmasked frame from client",
        ),
        (
            Reads::Client,
            masked(0x79, b""),
            "Reserved bits are non-zero",
        ),
        (
            Reads::Client,
            masked(0x09, &[0; 126]),
            "Received a masked frame from server",
        ),
        (
            Reads::Server,
            masked(0x09, &[0; 126]),
            "Fragmented control frame",
        ),
    ] {
        let expected = error(&format!("WebSocket protocol error: {words}"), 1002, 0);
        assert_eq!(agrees_with_tungstenite(reads, &stream).end, expected);
    }
}

#[test]
fn a_frame_is_too_long_by_its_header() {
    let limit = FRAME_LIMIT;
    let config = WebSocketConfig::default();
    assert_eq!(
        (config.max_frame_size, config.max_message_size),
        (Some(FRAME_LIMIT as usize), Some(MESSAGE_LIMIT as usize))
    );
    for (first, length, close_code) in [
        (0x82, limit + 1, 1009),
        (0x01, u64::MAX, 1009),
        (0xc2, 1 << 63, 1002),
        (0x89, limit + 1, 1002),
    ] {
        let reading = agrees_with_tungstenite(Reads::Server, &promise(first, MASK, length));
        let words = format!("Space limit exceeded: Message too long: {length} > 16777216");
        assert_eq!(reading.end, error(&words, close_code, 0));
    }
    let longest = promise(0x82, MASK, limit);
    assert_eq!(
        read_known(Reads::Server, &longest).end,
        End::Waits {
            at: 0,
            length: limit,
            missing: limit
        }
    );
    // Something else is wrong with this one, but its length is not.
    assert_eq!(
        read_known(Reads::Client, &longest).end,
        error(
            "WebSocket protocol error: Received a masked frame from server",
            1002,
            0
        )
    );
}

#[test]
fn a_message_is_too_long_by_the_header_of_one_of_its_frames() {
    let limit = FRAME_LIMIT;
    let (start, more) = (promise(2, None, limit), promise(0, None, limit));
    let (rest, last) = (Piece::Unknown(limit), plain(0x80, b"a"));
    let (start, more, last) = (
        Piece::Known(&start),
        Piece::Known(&more),
        Piece::Known(&last),
    );
    let stream = [start, rest, more, rest, more, rest, more, rest, last];
    let end = read(Reads::Client, None, stream).end;
    let at = 4 * (FRAME_LIMIT as usize + 10);
    assert_eq!(
        end,
        error(
            "Space limit exceeded: Message too long: 67108865 > 67108864",
            1009,
            at
        )
    );
    let end = read(
        Reads::Client,
        Some(2),
        [more, rest, more, rest, more, rest, more, rest, last],
    )
    .end;
    assert_eq!(
        end,
        error("Space limit exceeded: Message too long", 1009, at),
        "the length is not known"
    );
    assert_eq!(
        read(Reads::Client, None, stream[..8].iter().copied()).end,
        End::BetweenFrames {
            open_message: Some(2)
        }
    );
}

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
        let reading = agrees_with_tungstenite(Reads::Server, &frames.concat());
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
        agrees_with_tungstenite(Reads::Server, &stream).end,
        error(words, 1007, 0)
    );
    assert_eq!(
        read_known(Reads::Server, &stream[..stream.len() - 1]).end,
        End::Waits {
            at: 0,
            length: 1000,
            missing: 999
        }
    );
}

#[test]
fn a_message_is_delivered_with_its_place() {
    let stream = [
        plain(0x01, b"a"),
        plain(0x89, b"ping"),
        plain(0x80, "é".as_bytes()),
        plain(0x88, b"\x03\xe8bye"),
        vec![1],
    ];
    let reading = agrees_with_tungstenite(Reads::Client, &stream.concat());
    assert_eq!(
        reading,
        Reading {
            messages: vec![
                Delivered {
                    opcode: 9,
                    length: 4,
                    from: 3,
                    to: 9
                },
                Delivered {
                    opcode: 1,
                    length: 3,
                    from: 0,
                    to: 13
                },
                Delivered {
                    opcode: 8,
                    length: 5,
                    from: 13,
                    to: 20
                },
            ],
            end: End::Closed {
                at: 13,
                code: Some(1000)
            },
        }
    );
}

#[test]
fn what_is_laxer_than_the_standard_is_so_in_tungstenite_too() {
    let long_form = |first, extended| {
        Sent {
            extended,
            ..Sent::new(first, MASK, b"abc")
        }
        .bytes()
    };
    let stream = [
        long_form(0x82, 2),
        long_form(0x89, 8),
        masked(0x88, b"\x03\xed"),
    ]
    .concat();
    let reading = agrees_with_tungstenite(Reads::Server, &stream);
    assert_eq!(
        (reading.messages.len(), reading.end),
        (
            3,
            End::Closed {
                at: 28,
                code: Some(1005)
            }
        )
    );
}

#[test]
fn the_end_of_the_stream_leaves_the_peer_waiting() {
    let stream = [plain(0x01, b"abc"), plain(0x82, b"abc")].concat();
    let end = |reads, open, length| read(reads, open, [Piece::Known(&stream[..length])]).end;
    assert_eq!(
        end(Reads::Client, None, 0),
        End::BetweenFrames { open_message: None }
    );
    assert_eq!(end(Reads::Client, None, 1), End::InHeader { at: 0 });
    assert_eq!(
        end(Reads::Client, None, 2),
        End::Waits {
            at: 0,
            length: 3,
            missing: 3
        }
    );
    assert_eq!(
        end(Reads::Client, None, 4),
        End::Waits {
            at: 0,
            length: 3,
            missing: 1
        }
    );
    assert_eq!(
        end(Reads::Client, None, 5),
        End::BetweenFrames {
            open_message: Some(1)
        }
    );
    assert_eq!(
        end(Reads::Client, Some(2), 0),
        End::BetweenFrames {
            open_message: Some(2)
        }
    );
    assert_eq!(end(Reads::Client, None, 6), End::InHeader { at: 5 });
}

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
            let reading = read(Reads::Server, None, pieces);
            assert_eq!(
                (reading.messages.len(), reading.end),
                (1, End::Unknown { at: 13 })
            );
        }
    }
    let reading = read(
        Reads::Server,
        None,
        [Piece::Known(&frame[..8]), Piece::Unknown(u64::MAX)],
    );
    assert_eq!(
        (reading.messages.len(), reading.end),
        (1, End::Unknown { at: 13 })
    );
    let reading = read(
        Reads::Server,
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
    read(Reads::Client, None, pieces).end
}

#[test]
fn a_text_with_unknown_bytes_is_wrong_only_if_it_is_so_whatever_they_are() {
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

#[test]
fn a_text_that_was_open_at_the_beginning_goes_on_with_any_character() {
    let frames = |payload| [plain(0x89, b""), plain(0x80, payload), plain(0x81, b"")].concat();
    let reading = read(
        Reads::Client,
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
    let reading = read(Reads::Client, Some(1), [Piece::Known(&frames(b"a\xbf"))]);
    assert_eq!(
        reading.end,
        error("UTF-8 encoding error: \u{fffd}", 1007, 2)
    );
    let reading = read(Reads::Client, Some(2), [Piece::Known(&frames(b"a\xbf"))]);
    assert_eq!(reading.messages.len(), 3);
}

/// A stream in pieces: those bytes are unknown that `unknown` says.
fn pieces<'b>(stream: &'b [u8], unknown: &[bool]) -> Vec<Piece<'b>> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for run in unknown.chunk_by(|one, next| one == next) {
        let to = from + run.len();
        pieces.push(if run[0] {
            Piece::Unknown(run.len() as u64)
        } else {
            Piece::Known(&stream[from..to])
        });
        from = to;
    }
    pieces
}

fn is_told_by(claimed: &Reading, truth: &Reading) -> bool {
    match (&claimed.end, &truth.end) {
        (End::Unknown { .. }, _) => truth.messages.starts_with(&claimed.messages),
        (
            End::Error {
                words,
                close_code,
                at,
            },
            End::Error {
                words: true_words,
                close_code: true_code,
                at: true_at,
            },
        ) => {
            let same_place =
                (close_code, at, &claimed.messages) == (true_code, true_at, &truth.messages);
            same_place && true_words.starts_with(words)
        }
        // The code of a close frame is payload, and may be unknown.
        (End::Closed { at, code: None }, End::Closed { at: true_at, .. }) => {
            (at, &claimed.messages) == (true_at, &truth.messages)
        }
        _ => claimed == truth,
    }
}

/// Whether the truth ends with a text that is no UTF-8 and has unknown bytes: they had the benefit of the doubt. All
/// that was delivered before has to be told nevertheless, and an error not to come earlier.
fn is_doubt(claimed: &Reading, truth: &Reading, stream: &[u8], unknown: &[bool]) -> bool {
    let End::Error {
        close_code: 1007,
        at,
        ..
    } = truth.end
    else {
        return false;
    };
    let data = truth.messages.iter().filter(|message| message.opcode <= 2);
    let from = data.map(|message| message.to as usize).max().unwrap_or(0);
    let to = end_of_fault(stream, truth).unwrap().min(stream.len());
    let is_earlier = matches!(claimed.end, End::Error { at: claimed, .. } if claimed < at);
    unknown[from..to].contains(&true)
        && claimed.messages.starts_with(&truth.messages)
        && !is_earlier
}

fn is_sound(reads: Reads, stream: &[u8], unknown: &[bool]) {
    let truth = read_known(reads, stream);
    let claimed = read(reads, None, pieces(stream, unknown));
    assert!(
        is_told_by(&claimed, &truth) || is_doubt(&claimed, &truth, stream, unknown),
        "{claimed:?}\n{truth:?}"
    );
}

fn marked(length: usize, ranges: &[(Index, Index)]) -> Vec<bool> {
    let mut marks = vec![false; length];
    for (from, count) in ranges {
        let from = from.index(length + 1);
        let most = if count.index(3) == 0 {
            length - from
        } else {
            4.min(length - from)
        };
        marks[from..from + count.index(most + 1)].fill(true);
    }
    marks
}

fn who_and_stream() -> impl Strategy<Value = (Reads, Vec<u8>)> {
    streams::reads().prop_flat_map(|reads| (Just(reads), stream(reads)))
}

fn who_and_right_frames() -> impl Strategy<Value = (Reads, Vec<Sent>)> {
    streams::reads().prop_flat_map(|reads| (Just(reads), right_frames(reads)))
}

proptest! {
    #[test]
    fn any_stream_is_read_as_tungstenite_reads_it((reads, stream) in who_and_stream()) {
        agrees_with_tungstenite(reads, &stream);
    }

    #[test]
    fn a_message_that_was_open_at_the_beginning_is_no_different((reads, stream) in who_and_stream()) {
        let mask = if reads == Reads::Server { MASK } else { None };
        let start = Sent::new(2, mask, b"").bytes();
        let mut reading = agrees_with_tungstenite(reads, &[&start[..], &stream].concat());
        let claimed = read(reads, Some(2), [Piece::Known(&stream)]);
        prop_assert_eq!(in_short(&claimed), in_short(&reading));
        for message in &mut reading.messages {
            message.from = message.from.saturating_sub(start.len() as u64);
            message.to -= start.len() as u64;
        }
        prop_assert_eq!(claimed.messages, reading.messages);
    }

    #[test]
    fn any_split_gives_the_same_reading((reads, stream) in who_and_stream(), cuts in vec(any::<Index>(), 0..12)) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|ends| Piece::Known(&stream[ends[0]..ends[1]]));
        let whole = read_known(reads, &stream);
        prop_assert_eq!(&read(reads, None, pieces), &whole);
        prop_assert_eq!(&read(reads, None, stream.chunks(1).map(Piece::Known)), &whole);
    }

    #[test]
    fn nothing_is_said_that_depends_on_unknown_bytes(
        (reads, mut stream) in who_and_stream(),
        ranges in vec(any::<(Index, Index)>(), 1..4),
        others in any::<[u8; 32]>(),
    ) {
        let unknown = marked(stream.len(), &ranges);
        is_sound(reads, &stream, &unknown);
        for (index, byte) in stream.iter_mut().enumerate().filter(|(index, _)| unknown[*index]) {
            *byte = others[index % 32];
        }
        is_sound(reads, &stream, &unknown);
    }

    #[test]
    fn unknown_payload_of_right_frames_changes_nothing(
        (reads, frames) in who_and_right_frames(),
        chosen in vec(any::<Index>(), 1..4),
        (from, to) in any::<(Index, Index)>(),
    ) {
        let stream: Vec<u8> = frames.iter().flat_map(Sent::bytes).collect();
        let mut unknown = vec![false; stream.len()];
        for chosen in chosen {
            let chosen = chosen.index(frames.len());
            let start: usize = frames[..chosen].iter().map(|frame| frame.bytes().len()).sum();
            let start = start + frames[chosen].header().len();
            let payload = &mut unknown[start..start + frames[chosen].payload.len()];
            let (from, to) = (from.index(payload.len() + 1), to.index(payload.len() + 1));
            payload[from.min(to)..from.max(to)].fill(true);
        }
        let whole = read_known(reads, &stream);
        let is_right = matches!(whole.end, End::BetweenFrames { open_message: None } | End::Closed { .. });
        prop_assert!(is_right);
        let reading = read(reads, None, pieces(&stream, &unknown));
        prop_assert!(is_told_by(&reading, &whole) && !matches!(reading.end, End::Unknown { .. }), "{:?}", reading);
    }
}
