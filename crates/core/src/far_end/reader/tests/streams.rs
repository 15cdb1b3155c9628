//! Streams to read: right ones, ones with wrong frames, and torn ones.

use super::Endpoint;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// A frame as it is sent.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) first: u8,
    pub(super) mask: Option<[u8; 4]>,
    /// How many bytes of extended length the header has, if that is more than the shortest form has: 0, 2 or 8.
    pub(super) extended: usize,
    pub(super) promised: u64,
    pub(super) payload: Vec<u8>,
}

impl Sent {
    pub(super) fn new(first: u8, mask: Option<[u8; 4]>, payload: &[u8]) -> Sent {
        Sent {
            first,
            mask,
            extended: 0,
            promised: payload.len() as u64,
            payload: payload.to_vec(),
        }
    }

    pub(super) fn header(&self) -> Vec<u8> {
        let bytes = self.promised.to_be_bytes();
        let (second, extended) = match (self.promised, self.extended) {
            (0..126, 0) => (bytes[7], &[][..]),
            (..=0xffff, 0..=2) => (126, &bytes[6..]),
            _ => (127, &bytes[..]),
        };
        let bit = if self.mask.is_some() { 0x80 } else { 0 };
        [
            &[self.first, second | bit][..],
            extended,
            self.mask.as_ref().map_or(&[], |mask| mask),
        ]
        .concat()
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mask = self.mask.unwrap_or_default();
        let payload = self
            .payload
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, key)| byte ^ key);
        self.header().into_iter().chain(payload).collect()
    }
}

pub(super) fn endpoints() -> impl Strategy<Value = Endpoint> {
    select(vec![Endpoint::Server, Endpoint::Client])
}

fn right_mask(endpoint: Endpoint) -> BoxedStrategy<Option<[u8; 4]>> {
    match endpoint {
        Endpoint::Server => any::<[u8; 4]>().prop_map(Some).boxed(),
        Endpoint::Client => Just(None).boxed(),
    }
}

fn character() -> impl Strategy<Value = char> {
    select(vec![
        'a',
        'Z',
        '\n',
        'é',
        '\u{7ff}',
        '\u{800}',
        '€',
        '\u{d7ff}',
        '\u{10000}',
        '\u{10ffff}',
    ])
}

fn bytes_of(text: Vec<char>) -> Vec<u8> {
    text.into_iter().collect::<String>().into_bytes()
}

/// A text that fits into a control frame.
fn short_text() -> impl Strategy<Value = Vec<u8>> {
    vec(character(), 0..12).prop_map(bytes_of)
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![9 => short_text(), 1 => vec(character(), 100..400).prop_map(bytes_of)]
}

/// A text in which some bytes are replaced, or the last bytes are missing.
fn wrong_text() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        any::<u8>(),
        select(vec![0x80, 0xbf, 0xc0, 0xe0, 0xed, 0xf0, 0xf4, 0xff])
    ];
    (text(), vec((any::<Index>(), byte), 0..3), 0..4_usize).prop_map(
        |(mut text, others, missing)| {
            text.truncate(text.len().saturating_sub(missing));
            for (index, byte) in others {
                if !text.is_empty() {
                    let index = index.index(text.len());
                    text[index] = byte;
                }
            }
            text
        },
    )
}

/// The frames of a message, with control frames between them.
fn message(
    endpoint: Endpoint,
    opcode: u8,
    body: BoxedStrategy<Vec<u8>>,
) -> BoxedStrategy<Vec<Sent>> {
    let parts = vec(
        (
            any::<Index>(),
            right_mask(endpoint),
            proptest::option::of(control(endpoint)),
        ),
        0..4,
    );
    (body, parts, right_mask(endpoint))
        .prop_map(move |(body, mut parts, last_mask)| {
            parts.sort_by_key(|(cut, _, _)| cut.index(body.len() + 1));
            let mut frames = Vec::new();
            let (mut from, mut next) = (0, opcode);
            for (cut, mask, between) in parts {
                let to = cut.index(body.len() + 1);
                frames.push(Sent::new(next, mask, &body[from..to]));
                frames.extend(between);
                (from, next) = (to, 0);
            }
            frames.push(Sent::new(0x80 | next, last_mask, &body[from..]));
            frames
        })
        .boxed()
}

fn control(endpoint: Endpoint) -> impl Strategy<Value = Sent> {
    let payload = prop_oneof![9 => vec(any::<u8>(), 0..10), 1 => vec(any::<u8>(), 120..=125)];
    (select(vec![0x89, 0x8a]), right_mask(endpoint), payload)
        .prop_map(|(first, mask, payload)| Sent::new(first, mask, &payload))
}

fn close(
    endpoint: Endpoint,
    reason: impl Strategy<Value = Vec<u8>>,
) -> impl Strategy<Value = Sent> {
    let payload = (
        select(vec![1000_u16, 1001, 1005, 1011, 0, 2000, 4999, 65535]),
        reason,
    )
        .prop_map(|(code, reason)| [&code.to_be_bytes()[..], &reason].concat());
    (
        right_mask(endpoint),
        prop_oneof![4 => payload, 1 => Just(Vec::new())],
    )
        .prop_map(|(mask, payload)| Sent::new(0x88, mask, &payload))
}

/// A frame that may be anything.
fn wild(endpoint: Endpoint) -> impl Strategy<Value = Sent> {
    let first = prop_oneof![
        select(vec![0, 1, 2, 8, 9, 10, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8a]),
        any::<u8>()
    ];
    let mask = prop_oneof![3 => right_mask(endpoint), 1 => any::<Option<[u8; 4]>>()];
    let payload = prop_oneof![vec(any::<u8>(), 0..4), text(), vec(any::<u8>(), 100..200)];
    let promised = prop_oneof![
        4 => Just(None),
        1 => (0..300_u64).prop_map(Some),
        1 => ((16_u64 << 20) - 1..(16 << 20) + 2).prop_map(Some),
        1 => any::<u64>().prop_map(Some),
    ];
    (first, mask, payload, promised, select(vec![0, 0, 2, 8])).prop_map(
        |(first, mask, payload, promised, extended)| {
            let promised = promised.unwrap_or(payload.len() as u64);
            Sent {
                first,
                mask,
                extended,
                promised,
                payload,
            }
        },
    )
}

fn right_part(endpoint: Endpoint) -> impl Strategy<Value = Vec<Sent>> {
    prop_oneof![
        3 => message(endpoint, 1, text().boxed()),
        2 => message(endpoint, 2, vec(any::<u8>(), 0..300).boxed()),
        1 => control(endpoint).prop_map(|frame| vec![frame]),
    ]
}

/// At least one frame that a right peer sends.
pub(super) fn right_frames(endpoint: Endpoint) -> impl Strategy<Value = Vec<Sent>> {
    (
        vec(right_part(endpoint), 1..6),
        proptest::option::weighted(0.2, close(endpoint, short_text())),
    )
        .prop_map(|(parts, close)| parts.into_iter().flatten().chain(close).collect())
}

/// The bytes of frames of which a few are wrong.
fn mostly_right_frames(endpoint: Endpoint) -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        12 => right_part(endpoint),
        3 => message(endpoint, 1, wrong_text().boxed()),
        1 => close(endpoint, prop_oneof![short_text(), wrong_text()]).prop_map(|frame| vec![frame]),
        2 => wild(endpoint).prop_map(|frame| vec![frame]),
    ];
    vec(part, 0..6).prop_map(|parts| parts.iter().flatten().flat_map(Sent::bytes).collect())
}

/// A stream in which a frame of another writer, or a part of one, may stand anywhere.
pub(super) fn stream(endpoint: Endpoint) -> impl Strategy<Value = Vec<u8>> {
    let other = prop_oneof![
        control(endpoint),
        right_part(endpoint).prop_map(|mut frames| frames.remove(0)),
        wild(endpoint)
    ];
    let torn = (
        mostly_right_frames(endpoint),
        other,
        any::<Index>(),
        any::<Index>(),
    )
        .prop_map(|(bytes, other, at, cut)| {
            let (before, behind) = bytes.split_at(at.index(bytes.len() + 1));
            let other = other.bytes();
            let other = if cut.index(4) == 0 {
                &other[..cut.index(other.len())]
            } else {
                &other
            };
            [before, other, behind].concat()
        });
    let cut_off = (mostly_right_frames(endpoint), any::<Index>()).prop_map(|(mut bytes, end)| {
        bytes.truncate(end.index(bytes.len() + 1));
        bytes
    });
    prop_oneof![4 => mostly_right_frames(endpoint), 4 => torn, 1 => cut_off, 1 => vec(any::<u8>(), 0..100)]
}
