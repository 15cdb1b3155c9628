//! Writers that use one handle in turn.

use super::*;
use crate::witness::Runner;

const FIRST: Runner = Runner {
    thread: 1,
    task: None,
};
const SECOND: Runner = Runner {
    thread: 2,
    task: None,
};

/// With what a call goes on, in a word.
fn name(turn: Turn) -> &'static str {
    match turn {
        Turn::GoesOn => "goes on",
        Turn::Suspicious => "suspicious",
        Turn::Abandons => "abandons",
        Turn::Resumes { .. } => "resumes",
    }
}

/// A frame of 20 bytes of payload, of which so many bytes are out, and of which `offered` were offered.
fn open_frame(out: u64, offered: usize) -> Clip {
    let frame: Vec<u8> = [0x82, 20].into_iter().chain(1..=20).collect();
    let pieces = [IoSlice::new(&frame[..offered])];
    let offered = Offered::new(&pieces);
    let cut = Cut::at(out);
    let passed = Cursor::at_frame().frame_round(&offered, cut).unwrap();
    Clip::new(passed, None, &offered, cut)
}

const REST: &[u8] = &[6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20];
const NOT_A_FRAME: &[u8] = b"payload";
const MASKED: &[u8] = &[0x82, 0x81, 1, 2, 3, 4, 5];

/// What is open where the handle's cursor stands.
#[derive(Clone, Copy)]
enum Here {
    Nothing,
    /// A frame of which a part was accepted that its writer had offered whole.
    Cut,
    /// A frame of which the writer had offered no more than was accepted.
    Begun,
}

/// The rule, what is open, whether a frame of the first writer was left (and whether it had offered all of it), the bytes,
/// who calls, whether the handle is shared, and with what the call goes on.
type TurnRow = (
    &'static str,
    Here,
    Option<bool>,
    &'static [u8],
    Runner,
    bool,
    &'static str,
);

const TURNS: &[TurnRow] = &[
    (
        "a frame between frames",
        Here::Nothing,
        None,
        TEXT,
        FIRST,
        true,
        "goes on",
    ),
    (
        "the rest of what was cut",
        Here::Cut,
        None,
        REST,
        FIRST,
        true,
        "goes on",
    ),
    (
        "the rest, by whichever thread",
        Here::Cut,
        None,
        REST,
        SECOND,
        true,
        "goes on",
    ),
    (
        "a part of the rest",
        Here::Cut,
        None,
        &[6, 7],
        SECOND,
        true,
        "goes on",
    ),
    (
        "something else than the rest",
        Here::Cut,
        None,
        TEXT,
        SECOND,
        true,
        "abandons",
    ),
    (
        "the same of one writer",
        Here::Cut,
        None,
        TEXT,
        FIRST,
        false,
        "abandons",
    ),
    (
        "what begins no frame may be the rest",
        Here::Cut,
        None,
        NOT_A_FRAME,
        SECOND,
        true,
        "goes on",
    ),
    (
        "a payload behind its header",
        Here::Begun,
        None,
        NOT_A_FRAME,
        SECOND,
        true,
        "goes on",
    ),
    (
        "a payload that looks like a frame",
        Here::Begun,
        None,
        TEXT,
        FIRST,
        true,
        "goes on",
    ),
    (
        "the same of another writer",
        Here::Begun,
        None,
        TEXT,
        SECOND,
        true,
        "suspicious",
    ),
    (
        "a library keeps its own bytes in order",
        Here::Begun,
        None,
        TEXT,
        SECOND,
        false,
        "goes on",
    ),
    (
        "frames of the other end are masked",
        Here::Begun,
        None,
        MASKED,
        SECOND,
        true,
        "goes on",
    ),
    (
        "the rest of what was left",
        Here::Nothing,
        Some(true),
        REST,
        FIRST,
        true,
        "resumes",
    ),
    (
        "the same while another frame is open",
        Here::Begun,
        Some(true),
        REST,
        FIRST,
        true,
        "resumes",
    ),
    (
        "a long rest by another thread",
        Here::Nothing,
        Some(true),
        REST,
        SECOND,
        true,
        "resumes",
    ),
    (
        "a short rest by its writer",
        Here::Nothing,
        Some(true),
        &[6],
        FIRST,
        true,
        "resumes",
    ),
    (
        "a byte by another is no proof",
        Here::Nothing,
        Some(true),
        &[6],
        SECOND,
        true,
        "goes on",
    ),
    (
        "a new frame of its writer",
        Here::Nothing,
        Some(true),
        TEXT,
        FIRST,
        true,
        "goes on",
    ),
    (
        "the payload behind a header that was left",
        Here::Nothing,
        Some(false),
        NOT_A_FRAME,
        FIRST,
        true,
        "resumes",
    ),
    (
        "another writer's bytes",
        Here::Nothing,
        Some(false),
        NOT_A_FRAME,
        SECOND,
        true,
        "goes on",
    ),
];

#[test]
fn with_what_a_call_goes_on_that_one_of_several_writers_makes() {
    for &(rule, here, left, bytes, runner, is_shared, expected) in TURNS {
        let cut = open_frame(7, 22);
        let begun = open_frame(2, 2);
        let open = match here {
            Here::Nothing => None,
            Here::Cut => Some((&cut, FIRST)),
            Here::Begun => Some((&begun, if left.is_some() { SECOND } else { FIRST })),
        };
        let left_clip = left.map(|was_offered| if was_offered { &cut } else { &begun });
        let left_at = |clip| LeftAt {
            clip,
            runner: FIRST,
            state: 7,
            cursor: Cursor::at_frame(),
        };
        let position = Position {
            open,
            left: left_clip.map(left_at).into_iter().collect(),
            runner,
            is_shared,
        };
        let pieces = [IoSlice::new(bytes)];
        let turn = position.turn(&Offered::new(&pieces));
        assert_eq!(name(turn), expected, "{rule}");
    }
}

#[test]
fn a_header_that_no_writer_writes_is_told_from_those_that_one_may() {
    for (bytes, masked, expected) in [
        (&[0x82, 5][..], Some(false), false),
        (&[0x82, 5], None, false),
        (&[0xc1, 5], Some(false), false),
        (&[0x82, 0x85], Some(false), true),
        (&[0x82], Some(false), false),
        (b"aa", None, true),
        (b"a", None, true),
        (&[0x83, 1], None, true),
        (&[0x09, 1], None, true),
        (&[], None, false),
    ] {
        let header = crate::wire::bytes::Header::read([bytes]);
        assert_eq!(is_impossible(&header, masked), expected, "{bytes:02x?}");
    }
}
