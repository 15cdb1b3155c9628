//! Random streams: right ones, wrong ones, and ones of which parts are not known.

use super::streams::{self, Sent, right_frames, stream};
use super::{
    End, Endpoint, MASK, Piece, Reading, agrees_with_tungstenite, end_of_fault, in_short, read,
    read_known,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// A stream in pieces. The bytes that `unknown` marks are not known.
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

fn is_confirmed_by(claimed: &Reading, truth: &Reading) -> bool {
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

/// Whether the truth ends with a text that is not UTF-8 and has unknown bytes, which count as right. All that was
/// delivered before must be told nevertheless, and no error may come earlier.
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

fn assert_sound(endpoint: Endpoint, stream: &[u8], unknown: &[bool]) {
    let truth = read_known(endpoint, stream);
    let claimed = read(endpoint, None, pieces(stream, unknown));
    assert!(
        is_confirmed_by(&claimed, &truth) || is_doubt(&claimed, &truth, stream, unknown),
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

fn who_and_stream() -> impl Strategy<Value = (Endpoint, Vec<u8>)> {
    streams::endpoints().prop_flat_map(|endpoint| (Just(endpoint), stream(endpoint)))
}

fn who_and_right_frames() -> impl Strategy<Value = (Endpoint, Vec<Sent>)> {
    streams::endpoints().prop_flat_map(|endpoint| (Just(endpoint), right_frames(endpoint)))
}

proptest! {
    #[test]
    fn any_stream_is_read_as_tungstenite_reads_it((endpoint, stream) in who_and_stream()) {
        agrees_with_tungstenite(endpoint, &stream);
    }

    #[test]
    fn a_message_that_was_open_at_the_beginning_is_no_different((endpoint, stream) in who_and_stream()) {
        let mask = if endpoint == Endpoint::Server { MASK } else { None };
        let start = Sent::new(2, mask, b"").bytes();
        let mut reading = agrees_with_tungstenite(endpoint, &[&start[..], &stream].concat());
        let claimed = read(endpoint, Some(2), [Piece::Known(&stream)]);
        prop_assert_eq!(in_short(&claimed), in_short(&reading));
        for message in &mut reading.messages {
            message.from = message.from.saturating_sub(start.len() as u64);
            message.to -= start.len() as u64;
        }
        prop_assert_eq!(claimed.messages, reading.messages);
    }

    #[test]
    fn any_split_gives_the_same_reading((endpoint, stream) in who_and_stream(), cuts in vec(any::<Index>(), 0..12)) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|ends| Piece::Known(&stream[ends[0]..ends[1]]));
        let whole = read_known(endpoint, &stream);
        prop_assert_eq!(&read(endpoint, None, pieces), &whole);
        prop_assert_eq!(&read(endpoint, None, stream.chunks(1).map(Piece::Known)), &whole);
    }

    #[test]
    fn nothing_is_said_that_depends_on_unknown_bytes(
        (endpoint, mut stream) in who_and_stream(),
        ranges in vec(any::<(Index, Index)>(), 1..4),
        others in any::<[u8; 32]>(),
    ) {
        let unknown = marked(stream.len(), &ranges);
        assert_sound(endpoint, &stream, &unknown);
        for (index, byte) in stream.iter_mut().enumerate().filter(|(index, _)| unknown[*index]) {
            *byte = others[index % 32];
        }
        assert_sound(endpoint, &stream, &unknown);
    }

    #[test]
    fn unknown_payload_of_right_frames_changes_nothing(
        (endpoint, frames) in who_and_right_frames(),
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
        let whole = read_known(endpoint, &stream);
        let is_right = matches!(whole.end, End::BetweenFrames { open_message: None } | End::Closed { .. });
        prop_assert!(is_right);
        let reading = read(endpoint, None, pieces(&stream, &unknown));
        prop_assert!(is_confirmed_by(&reading, &whole) && !matches!(reading.end, End::Unknown { .. }), "{:?}", reading);
    }
}
