//! Random protocols whose bytes look like short frames: types, lengths and values. Their writers keep to their own rules.
//!
//! No write of theirs is refused under the policy `error`, and none is told under any. Every message goes out by one thread, in
//! one call or two, through one tap or one of two.

use crate::launch::{Launch, NO_PAGE};
use redhanded::{Statistics, Tap};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

const SEEDS: u64 = 300;
/// How many of them one process runs: all take long where the machine is busy.
const AT_A_TIME: u64 = 50;
/// From which one on.
const FROM: &str = "TEST_FROM";

/// Numbers that look random, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1);
        (self.0 >> 33) as usize % end
    }

    fn of<T: Copy>(&mut self, these: &[T]) -> T {
        these[self.below(these.len())]
    }

    fn body(&mut self, length: usize) -> Vec<u8> {
        let likely = *b"\x82\x81\x05\x01\x02\x89\x00\x80\x03\x7e\x88\x04ab";
        match self.below(2) {
            0 => vec![b'x'; length],
            _ => (0..length).map(|_| self.of(&likely)).collect(),
        }
    }
}

/// First bytes of frames.
const FIRST: [u8; 9] = [0x01, 0x02, 0x81, 0x82, 0x88, 0x89, 0x8a, 0xc1, 0xc2];
const LENGTHS: [usize; 13] = [1, 2, 5, 20, 100, 125, 126, 127, 128, 200, 258, 1000, 0x182];

/// The messages of one protocol.
fn messages(random: &mut Random) -> Vec<Vec<u8>> {
    let (protocol, first) = (random.below(8), random.of(&FIRST));
    let lengths: Vec<_> = (0..=random.below(5)).map(|_| random.of(&LENGTHS)).collect();
    let message = |number: usize| {
        let length = random.of(&lengths);
        let body = random.body(length);
        let head = match protocol {
            // MQTT: first subscriptions, then anything.
            0 => {
                let others = [0x82, 0x30, 0x32, 0xc0, 0xa2];
                let kind = if number < 6 { 0x82 } else { random.of(&others) };
                match length {
                    ..128 => vec![kind, length as u8],
                    _ => vec![kind, length as u8 | 0x80, (length >> 7) as u8],
                }
            }
            1 => (length as u16).to_be_bytes().to_vec(),
            2 => (length as u16).to_le_bytes().to_vec(),
            3 => (length as u32).to_le_bytes().to_vec(),
            4 => [&[first][..], &(length as u16).to_be_bytes()].concat(),
            // A type, or one of several, and a length.
            5 => vec![first, length as u8],
            6 => vec![random.of(&[1, 2, 3, 0x82, 0x81, 0]), length as u8],
            // Thrift.
            _ => vec![0x82, 0x21, number as u8, length as u8],
        };
        [head, body].concat()
    };
    (0..20 + number_of(first)).map(message).collect()
}

/// Some protocols have more messages than others.
fn number_of(first: u8) -> usize {
    usize::from(first % 16) * 3
}

/// Sends the messages of one protocol.
fn sends(seed: u64) {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let socket = TcpStream::connect(listener.local_addr().expect("bound")).expect("loopback");
    let (mut peer, _) = listener.accept().expect("a client connects");
    let peer = thread::spawn(move || {
        let mut bytes = Vec::new();
        peer.read_to_end(&mut bytes).expect("an end");
        bytes
    });
    let mut taps: Vec<_> = (0..=random.below(2))
        .map(|_| Tap::new(socket.try_clone().expect("a clone")))
        .collect();
    drop(socket);
    let (messages, cutting) = (messages(&mut random), random.below(3));
    for message in &messages {
        let cut = match cutting {
            0 => message.len(),
            1 => 2,
            _ => random.below(message.len() + 1),
        };
        let tap = random.below(taps.len());
        let (head, rest) = message.split_at(cut);
        let tap = &mut taps[tap];
        let has_thread = random.below(2) == 0;
        let mut write = move || tap.write_all(head).and_then(|()| tap.write_all(rest));
        let written = match has_thread {
            true => thread::scope(|scope| scope.spawn(write).join().expect("no panic")),
            false => write(),
        };
        written.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    }
    drop(taps);
    assert!(
        peer.join().expect("no panic") == messages.concat(),
        "seed {seed}"
    );
    let reports = redhanded::reports();
    let summaries: Vec<_> = reports.iter().map(|report| &report.summary).collect();
    assert!(summaries.is_empty(), "seed {seed}: {summaries:#?}");
}

pub fn random_protocols() {
    let from = std::env::var(FROM).expect("it is set");
    let from: u64 = from.parse().expect("a number");
    (from..from + AT_A_TIME).for_each(sends);
    assert_eq!(redhanded::statistics(), Statistics::default());
}

#[test]
fn random_protocols_that_look_like_frames_are_neither_refused_nor_told() {
    for policy in ["observe", "error", "panic"] {
        for from in (0..SEEDS).step_by(AT_A_TIME as usize) {
            Launch::of(random_protocols)
                .with(NO_PAGE)
                .with((FROM, from.to_string()))
                .with(("REDHANDED_POLICY", policy))
                .run()
                .in_order();
        }
    }
}

/// Short frames that are none any more: a type that no frame has, and then types of frames again.
pub fn given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let socket = TcpStream::connect(listener.local_addr().expect("bound")).expect("loopback");
    let _peer = listener.accept().expect("a client connects");
    let mut taps = [(); 2].map(|()| Tap::new(socket.try_clone().expect("a clone")));
    for length in 1..40 {
        let message = [&[0x82, length][..], &vec![7; length.into()]].concat();
        taps[0].write_all(&message).expect("it is not refused");
    }
    taps[0].write_all(b"\x03\x01a").expect("it is not refused");
    for _ in 0..40 {
        for tap in &mut taps {
            tap.write_all(b"\x82\x05ab").expect("it is not refused");
        }
    }
    assert_eq!(redhanded::reports(), []);
}

#[test]
fn what_only_looked_like_short_frames_is_given_up_for_ever() {
    Launch::of(given_up)
        .with(NO_PAGE)
        .with(("REDHANDED_POLICY", "error"))
        .run()
        .in_order();
}

/// Two taps on one socket that have seen no handshake, and whose frames are certain by a long one.
pub fn two_certain_taps() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let socket = TcpStream::connect(listener.local_addr().expect("bound")).expect("loopback");
    let _peer = listener.accept().expect("a client connects");
    let [mut one, mut other] = [(); 2].map(|()| Tap::new(socket.try_clone().expect("a clone")));
    let long = [&[0x82, 126, 1, 0][..], &[7; 256]].concat();
    one.write_all(&long).expect("it is not refused");
    one.write_all(b"\x82\x05ab").expect("it is not refused");
    other.write_all(b"\x81\x01x").expect("it is not refused");
    let kinds: Vec<_> = redhanded::reports().iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [redhanded::report::Kind::TornFrame]);
}

#[test]
fn a_tear_below_taps_that_are_certain_without_a_handshake_is_told_and_not_refused() {
    for policy in ["observe", "error", "panic"] {
        Launch::of(two_certain_taps)
            .with(NO_PAGE)
            .with(("REDHANDED_POLICY", policy))
            .run()
            .in_order();
    }
}
