//! The check that a text is UTF-8, byte by byte as it comes (RFC 6455, sections 5.6 and 8.1).
//!
//! The errors have tungstenite's words. These depend on whether the text came in one frame.

use std::str;

/// How many bytes are unmasked at a time. A multiple of the mask's length, so that every chunk begins with the same byte
/// of the mask.
const CHUNK: usize = 256;

/// How many bytes can follow the first byte of a character: the longest character has four.
const MAX_TAILS: u8 = 3;

#[derive(Debug, Clone, Copy)]
pub(super) struct Text {
    /// Whether it comes in several frames.
    is_fragmented: bool,
    /// How many bytes of the payload come before the text.
    before: u64,
    /// How many bytes of the text are known to be right.
    right: u64,
    incomplete: Incomplete,
    /// How many of the next bytes may belong to a character that begins in unknown bytes.
    tails: u8,
    has_unknown: bool,
}

/// The first bytes of a character whose last bytes have not come. tungstenite's words show this type with these names.
#[derive(Debug, Clone, Copy, Default)]
struct Incomplete {
    buffer: [u8; 4],
    buffer_len: u8,
}

impl Text {
    /// The text of a message with one frame.
    pub(super) fn of_one_frame() -> Text {
        Text {
            is_fragmented: false,
            before: 0,
            right: 0,
            incomplete: Incomplete::default(),
            tails: 0,
            has_unknown: false,
        }
    }

    /// The text of a message with several frames.
    pub(super) fn of_fragments() -> Text {
        Text {
            is_fragmented: true,
            ..Text::of_one_frame()
        }
    }

    /// The same, where the first frames are not in the stream.
    pub(super) fn of_later_fragments() -> Text {
        Text {
            has_unknown: true,
            tails: MAX_TAILS,
            ..Text::of_fragments()
        }
    }

    /// The reason in a close frame. It comes behind the code (RFC 6455, section 5.5.1).
    pub(super) fn of_close() -> Text {
        Text {
            before: 2,
            ..Text::of_one_frame()
        }
    }

    /// Checks the next bytes. They are masked with this mask, and begin `offset` bytes behind the beginning of the payload.
    pub(super) fn take(
        &mut self,
        masked: &[u8],
        mut mask: [u8; 4],
        offset: u64,
    ) -> Result<(), String> {
        let skipped = self.before.saturating_sub(offset).min(masked.len() as u64);
        mask.rotate_left(((offset + skipped) % 4) as usize);
        masked[skipped as usize..]
            .chunks(CHUNK)
            .try_for_each(|chunk| self.take_chunk(chunk, mask))
    }

    fn take_chunk(&mut self, masked: &[u8], mask: [u8; 4]) -> Result<(), String> {
        let begun = self.incomplete.buffer_len as usize;
        let mut plain = [0; MAX_TAILS as usize + CHUNK];
        plain[..begun].copy_from_slice(&self.incomplete.buffer[..begun]);
        for (index, byte) in masked.iter().enumerate() {
            plain[begun + index] = byte ^ mask[index % 4];
        }
        self.check(&plain[..begun + masked.len()])
    }

    /// Checks unmasked bytes. They begin with the bytes of the incomplete character.
    fn check(&mut self, bytes: &[u8]) -> Result<(), String> {
        let bytes = self.without_tails(bytes);
        let (right, incomplete) = match str::from_utf8(bytes) {
            Ok(_) => (bytes.len(), &[][..]),
            Err(error) => match error.error_len() {
                Some(length) => {
                    return Err(self.wrong_at(self.right + error.valid_up_to() as u64, length));
                }
                None => (error.valid_up_to(), &bytes[error.valid_up_to()..]),
            },
        };
        self.right += right as u64;
        self.incomplete = Incomplete::of(incomplete);
        Ok(())
    }

    /// The bytes without those that may end a character of which the first bytes are unknown.
    fn without_tails<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let may_be = bytes.iter().take(self.tails as usize);
        let tails = may_be.take_while(|byte| **byte & 0xc0 == 0x80).count();
        let others = &bytes[tails..];
        self.tails = if others.is_empty() {
            self.tails - tails as u8
        } else {
            0
        };
        others
    }

    /// Goes past so many unknown bytes.
    pub(super) fn take_unknown(&mut self, offset: u64, count: u64) {
        if offset + count > self.before {
            self.has_unknown = true;
            self.incomplete = Incomplete::default();
            self.tails = MAX_TAILS;
        }
    }

    /// Checks that the text may end here.
    pub(super) fn end(&self) -> Result<(), String> {
        if self.incomplete.buffer_len == 0 {
            return Ok(());
        }
        let detail = match (self.is_fragmented, self.has_unknown) {
            // If an unknown byte is wrong, tungstenite's words are about that one.
            (_, true) => return Err(words("").trim_end_matches(": ").into()),
            (true, false) => format!("incomplete string: {:?}", self.incomplete),
            (false, false) => format!("incomplete utf-8 byte sequence from index {}", self.right),
        };
        Err(words(&detail))
    }

    fn wrong_at(&self, index: u64, length: usize) -> String {
        match (self.is_fragmented, self.has_unknown) {
            (true, _) => words("\u{fffd}"),
            // If an unknown byte is wrong, it comes first, and tungstenite gives its place.
            (false, true) => words("invalid utf-8 sequence"),
            (false, false) => words(&format!(
                "invalid utf-8 sequence of {length} bytes from index {index}"
            )),
        }
    }
}

impl Incomplete {
    fn of(bytes: &[u8]) -> Incomplete {
        let mut incomplete = Incomplete {
            buffer: [0; 4],
            buffer_len: bytes.len() as u8,
        };
        incomplete.buffer[..bytes.len()].copy_from_slice(bytes);
        incomplete
    }
}

fn words(detail: &str) -> String {
    format!("UTF-8 encoding error: {detail}")
}
