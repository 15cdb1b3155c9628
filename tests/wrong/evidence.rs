//! What a report says about the bytes, compared with the bytes that the peer has read.

use redhanded::raw::tungstenite::{Error, Message, WebSocket, protocol::Role};
use redhanded::report::{Bytes, Span};
use std::io::{self, Read, Write};

/// What the peer has read of a program in which one frame was torn, from that frame's first byte.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) bytes: Vec<u8>,
    /// How many of them the second writer has put there.
    pub(crate) inserted: usize,
    pub(crate) peer: Role,
    /// How many bytes of handshake the program had sent before; `None` if the test cannot know.
    pub(crate) before: Option<u64>,
}

impl Seen {
    /// Checks that the tear is where the report says.
    #[track_caller]
    pub(crate) fn check(&self, bytes: &Bytes) {
        let at = bytes.byte_of_frame.expect("a frame was torn");
        assert!(at.is_exact(), "the first writer was stuck: {bytes}");
        let place = at.from as usize;
        let [torn, inserted] = &bytes.frames[..] else {
            panic!("two headers in {bytes}")
        };
        let [before, middle, after] = &bytes.ranges[..] else {
            panic!("three ranges in {bytes}")
        };
        assert_eq!(
            torn.bytes,
            hexadecimal(&self.bytes[..hexadecimal_len(&torn.bytes)])
        );
        let header = &self.bytes[place..place + hexadecimal_len(&inserted.bytes)];
        assert_eq!(
            inserted.bytes,
            hexadecimal(header),
            "the other's frame begins at byte {place}"
        );
        assert_eq!(
            [before.length, middle.length],
            [Some(at.from), Some(self.inserted as u64)]
        );
        let rest = self.bytes.len() as u64 - at.from - self.inserted as u64;
        assert_eq!(after.length, Some(rest), "the frame goes on behind it");
        let lengths = [torn, inserted].map(|frame| frame.length.expect("a whole header") as usize);
        let headers = [torn, inserted].map(|frame| hexadecimal_len(&frame.bytes));
        assert_eq!(
            lengths.iter().chain(&headers).sum::<usize>(),
            self.bytes.len()
        );
        self.check_offset(bytes, at);
        self.check_masking(bytes);
        self.check_far_end(bytes);
    }

    fn check_offset(&self, bytes: &Bytes, at: Span) {
        let offset = bytes.offset.expect("TCP is counted");
        assert_eq!(bytes.counted_since, "connection");
        if let Some(before) = self.before {
            assert_eq!(
                offset,
                Span {
                    from: at.from + before,
                    to: at.to + before
                }
            );
        }
    }

    /// No payload is shown.
    fn check_masking(&self, bytes: &Bytes) {
        let headers: usize = bytes
            .frames
            .iter()
            .map(|frame| hexadecimal_len(&frame.bytes))
            .sum();
        let shown = bytes.ranges.iter().flat_map(|range| range.shown.split(' '));
        let (masked, seen): (Vec<&str>, Vec<&str>) = shown
            .filter(|byte| !byte.is_empty())
            .partition(|byte| *byte == "••");
        assert!(
            !masked.is_empty() && seen.len() <= headers && masked.len() + seen.len() <= 256,
            "{bytes}"
        );
    }

    /// tungstenite reads the same bytes. Its result must be the one in the report.
    fn check_far_end(&self, bytes: &Bytes) {
        // It checks a header when the payload is there. These zeros are payload, and are never read as a header.
        let stream = [&self.bytes[..], &[0; 70_000]].concat();
        let mut peer =
            WebSocket::from_raw_socket(Recorded(io::Cursor::new(stream)), self.peer, None);
        let mut messages = Vec::new();
        let error = loop {
            match peer.read() {
                Ok(message) => messages.push(message),
                Err(error) => break error,
            }
        };
        let is_corrupted = messages.iter().any(|message| {
            matches!(message, Message::Binary(payload)
            if payload.iter().any(|byte| *byte != 7))
        });
        assert_eq!(bytes.far_end.corrupted, Some(is_corrupted), "{bytes}");
        if let Some(words) = &bytes.far_end.error {
            assert_eq!(*words, error.to_string(), "{bytes}");
        }
        let code = match &error {
            Error::Protocol(_) => Some(1002),
            Error::Utf8(_) => Some(1007),
            Error::Capacity(_) => Some(1009),
            _ => None,
        };
        assert!(
            bytes.far_end.close_code.is_none() || bytes.far_end.close_code == code,
            "{bytes}"
        );
        assert!(
            bytes.far_end.error.is_some() || self.peer == Role::Server,
            "not masked, it is certain: {bytes}"
        );
    }
}

/// What the peer has read of a program in which one frame was never finished, from that frame's first byte.
#[derive(Debug, Clone)]
pub(crate) struct CutOff {
    pub(crate) bytes: Vec<u8>,
    /// How many bytes have come after the part of the frame.
    pub(crate) behind: usize,
    /// How many of them the second writer has put there.
    pub(crate) inserted: usize,
}

impl CutOff {
    /// Checks that the frame ends where the report says.
    #[track_caller]
    pub(crate) fn check(&self, bytes: &Bytes) {
        let place = self.bytes.len() - self.behind;
        assert_eq!(
            bytes.byte_of_frame,
            Some(Span {
                from: place as u64,
                to: place as u64
            }),
            "{bytes}"
        );
        let [torn, inserted] = &bytes.frames[..] else {
            panic!("two headers in {bytes}")
        };
        let [before, middle, after] = &bytes.ranges[..] else {
            panic!("three ranges in {bytes}")
        };
        assert_eq!(
            torn.bytes,
            hexadecimal(&self.bytes[..hexadecimal_len(&torn.bytes)])
        );
        assert_eq!(
            inserted.bytes,
            hexadecimal(&self.bytes[place..place + hexadecimal_len(&inserted.bytes)])
        );
        assert_eq!(
            [before.length, middle.length],
            [Some(place as u64), Some(self.inserted as u64)]
        );
        assert!(!after.sent, "the rest cannot have been sent: {bytes}");
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// How many bytes a hexadecimal text stands for.
fn hexadecimal_len(text: &str) -> usize {
    text.split(' ').count()
}

/// A recorded stream. What is written to it is ignored.
struct Recorded(io::Cursor<Vec<u8>>);

impl Read for Recorded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Recorded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
