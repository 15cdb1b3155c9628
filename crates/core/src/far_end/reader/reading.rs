//! What a peer reads, and what it makes of it.

/// The endpoint that reads. A server expects masked frames, a client unmasked ones (RFC 6455, section 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Server,
    Client,
}

/// A part of the stream, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'b> {
    /// These bytes.
    Known(&'b [u8]),
    /// So many bytes whose values are not known.
    Unknown(u64),
}

/// What the peer has made of the stream. Places are counted in bytes from the beginning of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) messages: Vec<Delivered>,
    pub(crate) end: End,
}

/// A message or a control frame that the application gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Delivered {
    /// The opcode of the message's first frame.
    pub(crate) opcode: u8,
    /// The length of its payload, as far as the payload is in the stream.
    pub(crate) length: u64,
    /// Where its first frame begins. Zero if the message was open at the beginning of the stream.
    pub(crate) from: u64,
    /// Where its last frame ends.
    pub(crate) to: u64,
}

/// How the stream ends for the peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// The peer fails the connection.
    Error {
        /// The error in tungstenite's words, as far as they do not depend on unknown bytes.
        words: String,
        close_code: u16,
        /// Where the frame at fault begins. If a text has unknown bytes before it, an earlier frame of the text may be
        /// at fault.
        at: u64,
    },
    /// The peer waits for the rest of a frame's payload.
    Waits {
        /// Where the frame's header begins.
        at: u64,
        /// How many bytes of payload the header promises.
        length: u64,
        /// How many of them are missing.
        missing: u64,
    },
    /// The stream ends inside a header. The reader does not judge it.
    InHeader { at: u64 },
    /// The stream ends with the end of a frame.
    BetweenFrames {
        /// The opcode of the fragmented message of which the peer waits for more frames.
        open_message: Option<u8>,
    },
    /// What comes next depends on unknown bytes: the header that begins here has some.
    Unknown { at: u64 },
    /// The frame that begins here closes the connection. The peer reads nothing after it (RFC 6455, section 5.5.1).
    Closed {
        at: u64,
        /// Its close code, if it has one and both bytes of it are known.
        code: Option<u16>,
    },
}

impl<'b> Piece<'b> {
    pub(super) fn length(self) -> u64 {
        match self {
            Piece::Known(bytes) => bytes.len() as u64,
            Piece::Unknown(count) => count,
        }
    }

    /// Its first `count` bytes, or all of them if it has fewer, and the others.
    pub(super) fn split(self, count: u64) -> (Piece<'b>, Piece<'b>) {
        let count = count.min(self.length());
        match self {
            Piece::Known(bytes) => {
                let (first, others) = bytes.split_at(count as usize);
                (Piece::Known(first), Piece::Known(others))
            }
            Piece::Unknown(all) => (Piece::Unknown(count), Piece::Unknown(all - count)),
        }
    }
}
