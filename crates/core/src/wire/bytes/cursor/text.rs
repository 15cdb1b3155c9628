//! The text before the first frame: the handshake, of which only its end has to be found.
//!
//! A stream that is tapped from its beginning carries HTTP first. What the text asks or answers decides what comes after
//! it, and where that is not certain, nothing is ever read as a frame. Frames only follow the two heads of a WebSocket
//! handshake (RFC 6455, sections 4.1 and 4.2.2), which no other upgrade has: a request with `Sec-WebSocket-Key`, and an
//! answer `101` with `Sec-WebSocket-Accept`.

use super::extension::{Answer, Extension};
use crate::wire::bytes::Offered;
use std::io::BufRead;

/// What follows a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// Frames: the connection was upgraded.
    Frames,
    /// Frames if the other end upgrades the connection, and more text if not: a request for an upgrade has no body.
    FramesOrText,
    /// More text.
    Text,
    /// Anything: this connection is no WebSocket, or not yet, and what it carries has no end that could be found here.
    Anything,
}

/// One head of HTTP/1, from its first byte to the empty line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Text {
    start: [u8; Text::START],
    have: u8,
    /// How many bytes of the `\r\n\r\n` that ends it have just gone by.
    ending: u8,
    /// How many bytes of the header field that leads to frames have just gone by; all of them as soon as it was there.
    field: u8,
    extension: Extension,
}

/// The field of the request, and that of the answer, behind the line before them. In small letters.
const KEY: &[u8] = b"\nsec-websocket-key:";
const ACCEPT: &[u8] = b"\nsec-websocket-accept:";

impl Text {
    /// As far as the status code goes: `HTTP/1.1 101`.
    pub(super) const START: usize = 12;

    /// Whether a byte at a frame's place begins a head instead. None of them can begin a frame: their opcodes are
    /// reserved, or they would be the fragment of a control frame.
    pub(super) fn begins_with(byte: u8) -> bool {
        matches!(byte, b'G' | b'C' | b'H')
    }

    /// Whether these, the first bytes of a call, begin the head of an answer that frames could follow.
    pub(super) fn begins_upgrade(offered: &Offered<'_>) -> bool {
        let mut start = [0; Self::START];
        let bytes = offered.first(Self::START as u64).flatten();
        start
            .iter_mut()
            .zip(bytes)
            .for_each(|(place, byte)| *place = *byte);
        is_switching(&start)
    }

    /// Takes the text's next bytes. Gives how many, and what follows if it has come to its end.
    pub(super) fn take(&mut self, bytes: &[u8]) -> (usize, Option<Then>) {
        for (index, byte) in bytes.iter().enumerate() {
            if let Some(next) = self.start.get_mut(self.have as usize) {
                *next = *byte;
                self.have = self.have.saturating_add(1);
            }
            self.ending = match (self.ending, byte) {
                (0 | 2, b'\r') | (1 | 3, b'\n') => self.ending.saturating_add(1),
                (_, b'\r') => 1,
                _ => 0,
            };
            self.look_for_field(*byte);
            self.extension.take(*byte);
            if self.ending == 4 {
                return (index.saturating_add(1), Some(self.then()));
            }
        }
        (bytes.len(), None)
    }

    /// Whether this, an answer, accepts `permessage-deflate`.
    pub(super) fn accepts_deflate(&self) -> bool {
        self.extension.is_accepted()
    }

    fn look_for_field(&mut self, byte: u8) {
        let field = if self.start.starts_with(b"HTTP") {
            ACCEPT
        } else {
            KEY
        };
        self.field = field_after(field, self.field, byte);
    }

    fn then(&self) -> Then {
        let start = self.start.get(..self.have as usize).unwrap_or_default();
        match start {
            _ if is_switching(start) && self.field as usize == ACCEPT.len() => Then::Frames,
            _ if is_switching(start) => Then::Anything,
            [
                b'H',
                b'T',
                b'T',
                b'P',
                b'/',
                b'1',
                b'.',
                b'0' | b'1',
                b' ',
                b'1',
                _,
                _,
            ] => Then::Text,
            _ if start.starts_with(b"GET ") && self.field as usize == KEY.len() => {
                Then::FramesOrText
            }
            _ if start.starts_with(b"GET ") || start.starts_with(b"CONNECT ") => Then::Text,
            _ => Then::Anything,
        }
    }
}

/// How many bytes of a field have just gone by, after one more; all of them for ever.
fn field_after(field: &[u8], gone: u8, byte: u8) -> u8 {
    match field.get(gone as usize) {
        None => gone,
        Some(next) if *next == byte.to_ascii_lowercase() => gone.saturating_add(1),
        // No byte but its first is a line's end, so that it can only begin anew.
        Some(_) => u8::from(byte == b'\n'),
    }
}

/// What the other end sends, as far as it may ask for an upgrade: an end that never asked gets no frames, whatever a page may
/// contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Requests {
    /// As in [`Text`].
    field: u8,
    answer: Answer,
}

impl Requests {
    /// Whether one of them asked for a WebSocket.
    pub(crate) fn ask_for_upgrade(&self) -> bool {
        self.field as usize == KEY.len()
    }

    /// Whether the other end has answered, and accepts `permessage-deflate`.
    pub(crate) fn accept_deflate(&self) -> bool {
        self.answer.accepts()
    }

    /// Whether the other end has answered, and accepts an upgrade.
    pub(crate) fn accept_upgrade(&self) -> bool {
        self.answer.is_switching()
    }

    /// Looks at the next bytes that have come in.
    pub(crate) fn look(&mut self, mut bytes: &[u8]) {
        self.answer.look(bytes);
        while !self.ask_for_upgrade() && !bytes.is_empty() {
            if self.field == 0 {
                // What comes in may be large, and lines in it rare: the library's search is fast in every build.
                let all = bytes;
                let skipped = bytes.skip_until(b'\n').unwrap_or(all.len());
                self.field = u8::from(all.get(..skipped).is_some_and(|gone| gone.ends_with(b"\n")));
            } else if let Some((first, rest)) = bytes.split_first() {
                self.field = field_after(KEY, self.field, *first);
                bytes = rest;
            }
        }
    }
}

/// Whether an answer that begins so leads to another protocol.
pub(super) fn is_switching(start: &[u8]) -> bool {
    matches!(
        start,
        [
            b'H',
            b'T',
            b'T',
            b'P',
            b'/',
            b'1',
            b'.',
            b'0' | b'1',
            b' ',
            b'1',
            b'0',
            b'1',
            ..
        ]
    )
}
