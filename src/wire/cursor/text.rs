//! The text before the first frame: the handshake, of which only its end has to be found.
//!
//! A stream that is tapped from its beginning carries HTTP first. What the text asks or answers decides what comes after
//! it, and where that is not certain, nothing is ever read as a frame.

/// What follows a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// Frames: the connection was upgraded (`101`).
    Frames,
    /// More text, or frames if its other end has upgraded the connection: a request for an upgrade has no body.
    Either,
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
}

impl Text {
    /// As far as the status code goes: `HTTP/1.1 101`.
    const START: usize = 12;

    /// Whether a byte at a frame's place begins a head instead. None of them can begin a frame: their opcodes are
    /// reserved, or they would be the fragment of a control frame.
    pub(super) fn begins_with(byte: u8) -> bool {
        matches!(byte, b'G' | b'C' | b'H')
    }

    /// Takes the text's next bytes. Gives how many, and what follows if it has come to its end.
    pub(super) fn take(&mut self, bytes: &[u8]) -> (usize, Option<Then>) {
        for (index, byte) in bytes.iter().enumerate() {
            if let Some(next) = self.start.get_mut(self.have as usize) {
                *next = *byte;
                self.have += 1;
            }
            self.ending = match (self.ending, byte) {
                (0 | 2, b'\r') | (1 | 3, b'\n') => self.ending + 1,
                (_, b'\r') => 1,
                _ => 0,
            };
            if self.ending == 4 {
                return (index + 1, Some(self.then()));
            }
        }
        (bytes.len(), None)
    }

    fn then(&self) -> Then {
        let start = &self.start[..self.have as usize];
        match start {
            [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0' | b'1', b' ', b'1', b'0', b'1'] => Then::Frames,
            [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0' | b'1', b' ', b'1', _, _] => Then::Either,
            _ if start.starts_with(b"GET ") || start.starts_with(b"CONNECT ") => Then::Either,
            _ => Then::Anything,
        }
    }
}
