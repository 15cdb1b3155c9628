//! Whether the head of an answer accepts the extension `permessage-deflate` (RFC 7692).

use super::text::{Text, is_switching};

/// The field that names the extensions, behind the end of the line before it. In small letters.
const FIELD: &[u8] = b"\nsec-websocket-extensions:";
const DEFLATE: &[u8] = b"permessage-deflate";

/// How far into a head it looks, where the end of the head does not come.
const MOST: u16 = 16 << 10;

/// Looks for the extension, byte by byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Extension {
    looked_at: u16,
    /// How many bytes of the field have just gone by; all of them inside its line.
    field: u8,
    /// The same of the extension's name.
    name: u8,
}

impl Extension {
    /// Whether the answer accepts the extension.
    #[inline]
    pub(crate) fn is_accepted(self) -> bool {
        self.name as usize == DEFLATE.len()
    }

    /// Takes the next byte of the head.
    pub(super) fn take(&mut self, byte: u8) {
        if self.is_accepted() || self.looked_at >= MOST {
            return;
        }
        self.looked_at = self.looked_at.saturating_add(1);
        let byte = byte.to_ascii_lowercase();
        if self.field as usize == FIELD.len() && byte != b'\n' {
            self.name = gone_after(DEFLATE, self.name, byte);
        } else {
            self.name = 0;
            self.field = gone_after(
                FIELD,
                self.field.checked_rem(FIELD.len() as u8).unwrap_or(0),
                byte,
            );
        }
    }
}

/// How many bytes of a word have just gone by, after one more. No byte of a word but its first is like its first, or a
/// mismatch there begins anew all the same.
fn gone_after(word: &[u8], gone: u8, byte: u8) -> u8 {
    if word.get(gone as usize) == Some(&byte) {
        gone.saturating_add(1)
    } else {
        u8::from(word.first() == Some(&byte))
    }
}

/// What comes in before a connection is upgraded: the other end's answer, if this end asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Answer {
    start: [u8; Text::START],
    have: u8,
    /// How many bytes of the `\r\n\r\n` that ends the head have just gone by.
    ending: u8,
    extension: Extension,
}

impl Answer {
    pub(super) fn accepts(self) -> bool {
        self.extension.is_accepted()
    }

    /// Whether its head has come in whole, and leads to another protocol: `101`.
    pub(super) fn is_switching(self) -> bool {
        self.ending == 4 && is_switching(&self.start)
    }

    /// Looks at the next bytes that have come in. Behind the head of the first answer, and where there is none, it costs
    /// nothing.
    pub(super) fn look(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if let Some(next) = self.start.get_mut(self.have as usize) {
                *next = *byte;
                self.have = self.have.saturating_add(1);
            }
            let seen = self.have.min(4) as usize;
            let is_answer = b"HTTP".starts_with(self.start.get(..seen).unwrap_or_default());
            if !is_answer || self.ending == 4 {
                return;
            }
            self.ending = match (self.ending, byte) {
                (0 | 2, b'\r') | (1 | 3, b'\n') => self.ending.saturating_add(1),
                (_, b'\r') => 1,
                _ => 0,
            };
            self.extension.take(*byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(head: &str) -> bool {
        let mut extension = Extension::default();
        head.bytes().for_each(|byte| extension.take(byte));
        extension.is_accepted()
    }

    #[test]
    fn the_extension_is_found_in_its_own_field_only() {
        let table = [
            (
                "HTTP/1.1 101 S\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
                true,
            ),
            (
                "HTTP/1.1 101 S\r\nsec-websocket-extensions:x; y=1, PerMessage-Deflate; a\r\n\r\n",
                true,
            ),
            (
                "HTTP/1.1 101 S\r\nSec-WebSocket-Extensions: ppermessage-deflate\r\n\r\n",
                true,
            ),
            (
                "HTTP/1.1 101 S\r\nSec-WebSocket-Extensions: permessage-bzip\r\n\r\n",
                false,
            ),
            ("HTTP/1.1 101 S\r\nX: permessage-deflate\r\n\r\n", false),
            (
                "HTTP/1.1 101 S\r\nSec-WebSocket-Extensions: x\r\nX: permessage-deflate\r\n\r\n",
                false,
            ),
        ];
        for (head, is_accepted) in table {
            assert_eq!(accepts(head), is_accepted, "{head:?}");
        }
    }

    #[test]
    fn of_what_comes_in_only_an_answer_accepts_and_only_in_its_head() {
        let field = "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
        let table = [
            (format!("HTTP/1.1 101 S\r\n{field}"), true),
            (format!("GET / HTTP/1.1\r\n{field}"), false),
            (format!("HTTP/1.1 101 S\r\n\r\n{field}"), false),
        ];
        for (text, is_accepted) in table {
            for size in [1, 7, text.len()] {
                let mut answer = Answer::default();
                text.as_bytes()
                    .chunks(size)
                    .for_each(|piece| answer.look(piece));
                assert_eq!(answer.accepts(), is_accepted, "{text:?}");
            }
        }
    }

    #[test]
    fn an_answer_accepts_an_upgrade_when_its_head_has_come_in_whole() {
        let table = [
            ("HTTP/1.1 101 S\r\nX: y\r\n\r\n", true),
            ("HTTP/1.1 101 S\r\nX: y\r\n", false),
            ("HTTP/1.1 200 OK\r\n\r\n", false),
            ("HTTQ/1.1 101 S\r\n\r\n", false),
            ("GET / HTTP/1.1\r\n\r\n", false),
        ];
        for (text, is_switching) in table {
            for size in [1, 7, text.len()] {
                let mut answer = Answer::default();
                let pieces = text.as_bytes().chunks(size);
                pieces.for_each(|piece| answer.look(piece));
                assert_eq!(answer.is_switching(), is_switching, "{text:?}");
            }
        }
    }
}
