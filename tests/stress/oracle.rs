//! What really happened on the wire.

use crate::stream::{Log, Piece, Writer};
use std::collections::{BTreeMap, HashSet};

/// How often something was torn.
#[derive(Debug, Default)]
pub struct Truth {
    /// Bytes of another writer inside a frame.
    pub frames: usize,
    /// Data frames of another writer inside a message. Counted while no frame was torn.
    pub messages: usize,
    /// The first tear, of a frame or a message: where on the wire the call begins that tears.
    pub first: Option<usize>,
    /// The first tear is one of two writers of which neither had written when the other one asked for the wire, so that neither was
    /// refused: the one that tears asked before the first byte of the operation that began the torn frame or message.
    pub were_let_in_at_once: bool,
}

/// Where a writer is in its frames.
#[derive(Default)]
struct Place {
    header: Vec<u8>,
    /// Payload still to come, with the header complete.
    left: Option<u64>,
    /// The piece of the log with which the frame began.
    began: usize,
    /// What goes on with the frame, as far as its writer has offered it.
    rest: Vec<u8>,
    /// The writer is gone.
    is_gone: bool,
}

impl Place {
    fn is_inside(&self) -> bool {
        !self.header.is_empty()
    }

    /// Whether another writer goes on with the frame, though it may do so by chance: this one is gone, and the other one offers what
    /// is its rest, as far as both go.
    fn goes_on_with(&self, piece: &Piece) -> bool {
        let offered = piece.bytes.iter().chain(&piece.rest);
        self.is_gone && !self.rest.is_empty() && self.rest.iter().zip(offered).all(|(a, b)| a == b)
    }

    /// Another writer has gone on with the frame.
    fn hand_on(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.is_inside() {
                self.pass(*byte);
            }
        }
        self.rest.drain(..bytes.len().min(self.rest.len()));
    }

    /// One more byte. Gives the header where it is complete with it.
    fn pass(&mut self, byte: u8) -> Option<Vec<u8>> {
        if let Some(left) = &mut self.left {
            *left -= 1;
            if *left == 0 {
                self.end();
            }
            return None;
        }
        self.header.push(byte);
        let (size, length) = size(&self.header)?;
        if self.header.len() < size {
            return None;
        }
        let header = self.header.clone();
        self.left = Some(length);
        if length == 0 {
            self.end();
        }
        Some(header)
    }

    fn end(&mut self) {
        (self.header, self.left) = (Vec::new(), None);
    }
}

/// The header's size and the payload's length, once they are known.
fn size(header: &[u8]) -> Option<(usize, u64)> {
    let second = *header.get(1)?;
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    match second & 0x7f {
        126 => {
            let length = header.get(2..4)?.try_into().expect("two bytes");
            Some((4 + mask, u16::from_be_bytes(length).into()))
        }
        127 => {
            let length = header.get(2..10)?.try_into().expect("eight bytes");
            Some((10 + mask, u64::from_be_bytes(length)))
        }
        length => Some((2 + mask, length.into())),
    }
}

pub fn truth(log: &Log) -> Truth {
    let mut truth = Truth::default();
    let mut places: BTreeMap<Writer, Place> = BTreeMap::new();
    // Whose it is, and the piece of the log with which it began.
    let mut message: Option<(Writer, usize)> = None;
    let mut at = 0;
    for (number, piece) in log.0.iter().enumerate() {
        if piece.is_end_of_writer() {
            places.entry(piece.of).or_default().is_gone = true;
        }
        if piece.bytes.is_empty() {
            continue;
        }
        let others = places.iter_mut().filter(|(of, _)| **of != piece.of);
        let mut torn = None;
        for (of, place) in others.filter(|(_, place)| place.is_inside()) {
            if place.goes_on_with(piece) {
                place.hand_on(&piece.bytes);
            } else {
                torn = Some((*of, place.began));
            }
        }
        if let Some(torn) = torn {
            truth.frames += 1;
            if truth.first.is_none() {
                truth.first = Some(at);
                truth.were_let_in_at_once = has_asked_before(log, (piece.of, number), torn);
            }
        }
        let place = places.entry(piece.of).or_default();
        place.rest.clone_from(&piece.rest);
        for byte in &piece.bytes {
            if !place.is_inside() {
                place.began = number;
            }
            let began = place.began;
            let Some(header) = place.pass(*byte) else {
                continue;
            };
            let (opcode, is_final) = (header[0] & 0xf, header[0] & 0x80 != 0);
            if opcode >= 8 {
                continue;
            }
            let is_own = message.is_some_and(|(of, _)| of == piece.of);
            if message.is_some() && !is_own || message.is_none() && opcode == 0 {
                truth.messages += 1;
                if truth.first.is_none() {
                    truth.first = Some(at);
                    truth.were_let_in_at_once = message
                        .is_some_and(|message| has_asked_before(log, (piece.of, number), message));
                }
            }
            // The first fragment of another message takes the place of the one that is open.
            message = match message {
                _ if is_final => None,
                Some(message) if is_own => Some(message),
                _ => Some((piece.of, began)),
            };
        }
        at += piece.bytes.len();
    }
    truth
}

/// Whether the operation of a writer that wrote this piece of the log was asked for before the first byte of the operation with which
/// another writer wrote an earlier one.
fn has_asked_before(
    log: &Log,
    (writer, piece): (Writer, usize),
    (other, earlier): (Writer, usize),
) -> bool {
    let asked = |of: Writer, before: usize| {
        let is_beginning = |piece: &Piece| piece.of == of && piece.is_beginning();
        log.0[..before].iter().rposition(is_beginning)
    };
    let first_byte = asked(other, earlier).and_then(|operation| {
        let is_byte = |piece: &Piece| piece.of == other && !piece.bytes.is_empty();
        let behind = log.0[operation..].iter().position(is_byte)?;
        Some(operation + behind)
    });
    asked(writer, piece) < first_byte
}

/// The number of a message that came twice. Only where nothing is torn.
pub fn sent_twice(log: &Log) -> Option<u64> {
    let bytes = log.bytes();
    let (mut seen, mut rest) = (HashSet::new(), &bytes[..]);
    while let Some((header, length)) = size(rest) {
        let end = header + usize::try_from(length).ok()?;
        let payload = rest.get(header..end)?;
        let mask = rest
            .get(header.checked_sub(4)?..header)
            .filter(|_| rest[1] & 0x80 != 0);
        let number: Vec<u8> = payload
            .iter()
            .take(8)
            .enumerate()
            .map(|(index, byte)| byte ^ mask.map_or(0, |mask| mask[index % 4]))
            .collect();
        if let Ok(number) = number.try_into() {
            let number = u64::from_be_bytes(number);
            if !seen.insert(number) {
                return Some(number);
            }
        }
        rest = &rest[end..];
    }
    None
}
