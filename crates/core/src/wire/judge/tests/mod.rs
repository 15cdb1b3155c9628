//! The rules as tables: one row a rule, each with the program of the corpus or the test that shows it.

mod frames;
mod messages;
mod turns;
mod writers;

use super::*;
use crate::wire::bytes::Snapshot;
use std::io::IoSlice;

const OWN: u64 = 1;
const OTHER: u64 = 2;

/// A frame with five bytes of payload, of which four bytes are out.
const FRAME: &[u8] = &[0x82, 5, 1, 2, 3, 4, 5];
const OUT: u64 = 4;
const PING: &[u8] = &[0x8a, 0];
const TEXT: &[u8] = &[0x81, 2, b'h', b'i'];
const FIRST_FRAGMENT: &[u8] = &[0x01, 1, b'a'];
const LAST_FRAGMENT: &[u8] = &[0x80, 1, b'c'];

const fn reading(accepted: u64, taken: u64, inside: Inside) -> Reading {
    Reading {
        snapshot: Snapshot {
            state: 0,
            accepted,
            inside,
        },
        taken: Some(taken),
        counted: Some(taken),
        before_watching: None,
        has_counters: true,
        is_instant: true,
    }
}

const fn without_counters(reading: Reading) -> Reading {
    Reading {
        taken: None,
        counted: None,
        has_counters: false,
        ..reading
    }
}

const fn other_inside(offered: u64) -> Inside {
    Inside::One(Caller {
        handle: OTHER,
        state: 7,
        offered,
    })
}

fn turn_if(abandons: bool) -> Turn {
    if abandons {
        Turn::Abandons
    } else {
        Turn::GoesOn
    }
}

fn clip() -> Clip {
    let pieces = [IoSlice::new(FRAME)];
    let offered = Offered::new(&pieces);
    let cut = Cut::at(OUT);
    let frame = Cursor::at_frame().frame_round(&offered, cut).unwrap();
    Clip::new(frame, None, &offered, cut)
}

/// What a row changes of the plain case: a frame of another handle was left open, and a whole frame of this one came
/// behind it.
#[derive(Clone)]
struct Scene {
    bytes: Vec<u8>,
    before: Reading,
    after: Reading,
    has_before: bool,
    was_open: bool,
    abandons: bool,
    is_beginning: bool,
    begins_message: bool,
    may_come_back: bool,
    has_claim: bool,
    is_contested: bool,
    has_seen_data: bool,
    open: Open<'static>,
    message: Option<Option<Stamped>>,
}

impl Scene {
    fn new(bytes: &[u8]) -> Scene {
        let sent = bytes.len() as u64;
        Scene {
            bytes: bytes.to_vec(),
            before: reading(OUT, OUT, Inside::None),
            after: reading(OUT + sent, OUT + sent, Inside::None),
            has_before: true,
            was_open: true,
            abandons: false,
            is_beginning: false,
            begins_message: false,
            may_come_back: false,
            has_claim: true,
            is_contested: false,
            has_seen_data: true,
            open: Open {
                handle: OTHER,
                is_encrypted: false,
                clip: Box::leak(Box::new(clip())),
                state: 3,
                state_now: 3,
                starts_at: 0,
                may_end: false,
                under_way: 0,
                stamp: Some((OUT, OUT)),
                is_abandoned: false,
                is_told: false,
                rest: &FRAME[OUT as usize..],
                is_handed_on: false,
            },
            message: None,
        }
    }

    fn with(mut self, change: fn(&mut Scene)) -> Scene {
        change(&mut self);
        self
    }

    /// The open frame as it was before the call.
    fn open_before(&self) -> OpenBefore {
        OpenBefore {
            handle: self.open.handle,
            state: 3,
            starts_at: 0,
            clip: clip(),
        }
    }

    fn judge(&self, intrusions: Vec<Intrusion>) -> Verdict {
        let pieces = [IoSlice::new(&self.bytes)];
        let offered = Offered::new(&pieces);
        let before = Before {
            reading: self.before,
            own_state: 0,
            open_frames: if self.was_open {
                vec![self.open_before()]
            } else {
                Vec::new()
            },
            turn: turn_if(self.abandons),
            is_beginning: self.is_beginning,
            begins_message: self.begins_message,
            may_come_back: self.may_come_back,
            suspicion: None,
        };
        let case = Case {
            bytes: Bytes {
                handle: OWN,
                is_encrypted: false,
                cursor: Cursor::at_frame(),
                offered: &offered,
            },
            accepted: self.bytes.len() as u64,
            ends_inside: false,
            before: self.has_before.then_some(&before),
            after: Some(&self.after),
            own_state: 0,
            has_claim: self.has_claim,
            is_contested: self.is_contested,
            has_seen_data: self.has_seen_data,
            open_message: None,
            message_of_frame: None,
        };
        let messages: Vec<Fragmented> = self
            .message
            .iter()
            .map(|stamp| Fragmented {
                header: crate::wire::bytes::Header::read([FIRST_FRAGMENT]),
                stamp: *stamp,
            })
            .collect();
        case.judge(&[self.open], &messages, intrusions)
    }
}
