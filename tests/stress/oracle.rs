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
    /// A frame or a message is open behind all that was sent.
    pub is_open: bool,
}

/// Where a writer is in its frames.
#[derive(Default)]
struct Place {
    header: Vec<u8>,
    /// Payload still to come, with the header complete.
    left: Option<u64>,
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
    // Whose it is.
    let mut message: Option<Writer> = None;
    let mut at = 0;
    for piece in &log.0 {
        if piece.is_end_of_writer() {
            places.entry(piece.of).or_default().is_gone = true;
        }
        if piece.bytes.is_empty() {
            continue;
        }
        let others = places.iter_mut().filter(|(of, _)| **of != piece.of);
        let mut tears = false;
        for (_, place) in others.filter(|(_, place)| place.is_inside()) {
            if place.goes_on_with(piece) {
                place.hand_on(&piece.bytes);
            } else {
                tears = true;
            }
        }
        if tears {
            truth.frames += 1;
            truth.first.get_or_insert(at);
        }
        let place = places.entry(piece.of).or_default();
        place.rest.clone_from(&piece.rest);
        for byte in &piece.bytes {
            let Some(header) = place.pass(*byte) else {
                continue;
            };
            let (opcode, is_final) = (header[0] & 0xf, header[0] & 0x80 != 0);
            if opcode >= 8 {
                continue;
            }
            let is_own = message == Some(piece.of);
            if message.is_some() && !is_own || message.is_none() && opcode == 0 {
                truth.messages += 1;
                truth.first.get_or_insert(at);
            }
            // The first fragment of another message takes the place of the one that is open.
            message = match message {
                _ if is_final => None,
                Some(message) if is_own => Some(message),
                _ => Some(piece.of),
            };
        }
        at += piece.bytes.len();
    }
    truth.is_open = message.is_some() || places.values().any(Place::is_inside);
    truth
}

/// The numbers of the messages on the wire, as far as there are whole frames. Only where nothing is torn.
pub fn sent(log: &Log) -> Vec<u64> {
    let bytes = log.bytes();
    let (mut sent, mut rest) = (Vec::new(), &bytes[..]);
    while let Some((header, length)) = size(rest) {
        let end = usize::try_from(length).map(|length| header + length);
        let Some(payload) = end.ok().and_then(|end| rest.get(header..end)) else {
            break;
        };
        let is_masked = rest[1] & 0x80 != 0;
        let mask = is_masked.then(|| &rest[header - 4..header]);
        let unmasked = payload
            .iter()
            .enumerate()
            .map(|(index, byte)| byte ^ mask.map_or(0, |mask| mask[index % 4]));
        sent.extend(number_of(&unmasked.take(8).collect::<Vec<_>>()));
        rest = &rest[header + payload.len()..];
    }
    sent
}

/// The number of the message with this payload.
pub fn number_of(payload: &[u8]) -> Option<u64> {
    payload.first_chunk().copied().map(u64::from_be_bytes)
}

/// The number of a message that came twice.
pub fn sent_twice(sent: &[u64]) -> Option<u64> {
    let mut seen = HashSet::new();
    sent.iter().copied().find(|number| !seen.insert(*number))
}
