//! The header of a frame (RFC 6455, section 5.2).

/// What a frame carries, from certain harm to the stream's framing to none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// Text or binary: the first frame of a message, and its only one if `FIN` is set.
    Start,
    /// A further frame of the message that is open.
    Continuation,
    /// Close, ping and pong, which may stand between the frames of a message.
    Control,
    /// An opcode that the standard keeps for later.
    Reserved,
}

/// As much of a frame's header as has gone by: all of it, or its first bytes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Header {
    /// Anything beyond the first `have`.
    bytes: [u8; Header::MAX],
    have: u8,
}

/// The header of a frame of less than 64 KiB, as its first bytes have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Short {
    pub(crate) first: u8,
    /// Of the header, in bytes.
    pub(crate) size: usize,
    /// Of the payload, in bytes.
    pub(crate) payload: usize,
}

impl Short {
    /// Whether a frame with this header is a whole message, and has so many bytes in all.
    #[inline(always)]
    pub(crate) fn is_whole_message(self, length: u64) -> bool {
        matches!(self.first, 0x81 | 0x82) && self.size.saturating_add(self.payload) as u64 == length
    }
}

impl Header {
    /// Two bytes, eight of an extended length, four of a mask.
    pub(crate) const MAX: usize = 14;

    /// Two bytes and a mask.
    pub(crate) const SHORT_MASKED: usize = 6;

    /// How many bytes a header has whose second byte is this.
    #[inline(always)]
    fn size_by(second: u8) -> usize {
        let extended = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let mask: usize = if second & 0x80 == 0 { 2 } else { 6 };
        mask.saturating_add(extended)
    }

    /// The header at the beginning of these pieces, or as much of it as they have.
    pub(crate) fn read<'b>(pieces: impl IntoIterator<Item = &'b [u8]>) -> Header {
        let mut header = Header::default();
        for piece in pieces {
            header.take(piece);
        }
        header
    }

    /// Whether the bytes are a frame from its first byte to its last, with all of a text or binary message. May say no
    /// of some that are: it is the quick answer for nearly all.
    #[inline(always)]
    pub(super) fn begins_whole_message(bytes: &[u8]) -> bool {
        let &[0x81 | 0x82, second, ..] = bytes else {
            return false;
        };
        let payload = usize::from(second & 0x7f);
        if payload < 126 {
            let mask = usize::from(second >> 7).wrapping_mul(4);
            mask.wrapping_add(payload).wrapping_add(2) == bytes.len()
        } else {
            Self::short(bytes).is_some_and(|short| short.is_whole_message(bytes.len() as u64))
        }
    }

    /// What the first bytes of a frame say of it, if its payload is shorter than 64 KiB. `None` as well if too few are there.
    #[inline(always)]
    pub(super) fn short(bytes: &[u8]) -> Option<Short> {
        let &[first, second, ref rest @ ..] = bytes else {
            return None;
        };
        let payload = match (second & 0x7f, rest) {
            (126, &[high, low, ..]) => u16::from_be_bytes([high, low]) as usize,
            (126 | 127, _) => return None,
            (short, _) => short as usize,
        };
        let size = Self::size_by(second);
        Some(Short {
            first,
            size,
            payload,
        })
    }

    /// Takes the header's next bytes from the beginning of `bytes`. Gives how many.
    #[inline]
    pub(super) fn take(&mut self, bytes: &[u8]) -> usize {
        match bytes.first_chunk::<{ Self::MAX }>() {
            // By far the most frequent case: the header comes in one piece, with some of its payload.
            Some(whole) if self.is_empty() => {
                let size = Self::size_by(whole[1]);
                *self = Header {
                    bytes: *whole,
                    have: size as u8,
                };
                size
            }
            _ => self.take_slowly(bytes),
        }
    }

    fn take_slowly(&mut self, bytes: &[u8]) -> usize {
        let mut taken = 0;
        while !self.is_complete() && taken < bytes.len() {
            let have = self.have as usize;
            let size = if have < 2 {
                2
            } else {
                Self::size_by(self.bytes[1])
            };
            let room = self.bytes.get_mut(have..size).unwrap_or_default();
            let from = bytes.get(taken..).unwrap_or_default();
            let now = room.len().min(from.len());
            for (place, byte) in room.iter_mut().zip(from) {
                *place = *byte;
            }
            self.have = self.have.saturating_add(now as u8);
            taken = taken.saturating_add(now);
        }
        taken
    }

    /// The bytes that are there.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.have as usize).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.have == 0
    }

    #[inline]
    pub(crate) fn is_complete(&self) -> bool {
        self.have >= 2 && self.have as usize == Self::size_by(self.bytes[1])
    }

    /// Whether this is the last frame of its message. Only meaningful when a byte is there; so are the next three.
    #[inline]
    pub(crate) fn is_final(&self) -> bool {
        self.bytes[0] & 0x80 != 0
    }

    /// Whether it begins a compressed message, where `permessage-deflate` was accepted (RFC 7692, section 6): RSV1, and no
    /// other reserved bit.
    pub(crate) fn is_compressed(&self) -> bool {
        self.content() == Content::Start && self.reserved_bits() == 4
    }

    /// The three reserved bits, as a number from 0 to 7.
    pub(crate) fn reserved_bits(&self) -> u8 {
        self.bytes[0] >> 4 & 7
    }

    #[inline]
    pub(crate) fn opcode(&self) -> u8 {
        self.bytes[0] & 0x0f
    }

    #[inline]
    pub(crate) fn content(&self) -> Content {
        match self.opcode() {
            0 => Content::Continuation,
            1 | 2 => Content::Start,
            8..=10 => Content::Control,
            _ => Content::Reserved,
        }
    }

    /// Whether the payload is masked, once the second byte is there.
    pub(crate) fn masked(&self) -> Option<bool> {
        (self.have >= 2).then(|| self.bytes[1] & 0x80 != 0)
    }

    /// The masking key of a complete header.
    pub(crate) fn mask(&self) -> Option<[u8; 4]> {
        if !self.is_complete() || self.masked() != Some(true) {
            return None;
        }
        self.bytes().last_chunk().copied()
    }

    /// How many bytes of payload follow a complete header.
    #[inline]
    pub(crate) fn length(&self) -> u64 {
        let number = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(0, |number, byte| number << 8 | u64::from(*byte))
        };
        match self.bytes[1] & 0x7f {
            126 => number(&self.bytes[2..4]),
            127 => number(&self.bytes[2..10]),
            short => u64::from(short),
        }
    }

    /// How many bytes the frame of a complete header has, header and payload together.
    pub(crate) fn frame_size(&self) -> u64 {
        (self.have as u64).saturating_add(self.length())
    }

    /// The name of the opcode.
    pub(crate) fn opcode_name(&self) -> &'static str {
        match self.opcode() {
            0 => "continuation",
            1 => "text",
            2 => "binary",
            8 => "close",
            9 => "ping",
            10 => "pong",
            _ => "reserved",
        }
    }

    /// Whether a strict writer, whose frames are masked or not as `masked` says, could have begun a frame with these
    /// bytes. As many are looked at as there are.
    pub(crate) fn is_plausible(bytes: &[u8], masked: Option<bool>) -> bool {
        let mut header = Header::default();
        header.take(bytes);
        let Some(is_masked) = header.masked() else {
            return !bytes.is_empty() && header.has_plausible_start();
        };
        let is_shortest = !header.is_complete()
            || match header.bytes[1] & 0x7f {
                126 => header.length() > 125,
                127 => header.length() > 0xffff && header.length() >> 63 == 0,
                _ => true,
            };
        let fits = header.content() != Content::Control || header.bytes[1] & 0x7f <= 125;
        header.has_plausible_start()
            && fits
            && is_shortest
            && masked.is_none_or(|masked| masked == is_masked)
    }

    /// Whether a connection's first frame may begin with this byte. No letter may, although two of them could begin a
    /// fragment that is compressed: protocols made of text begin with letters.
    pub(super) fn may_be_first(byte: u8) -> bool {
        let header = Header::read([&[byte][..]]);
        header.has_plausible_start()
            && header.content() != Content::Continuation
            && !byte.is_ascii_graphic()
    }

    /// Judges by the first byte. The first reserved bit is what compression sets on the first frame of a message
    /// (RFC 7692, section 6).
    fn has_plausible_start(&self) -> bool {
        let reserved_bits_are_plausible = match self.content() {
            Content::Start => self.reserved_bits() & 3 == 0,
            _ => self.reserved_bits() == 0,
        };
        reserved_bits_are_plausible
            && match self.content() {
                Content::Start | Content::Continuation => true,
                Content::Control => self.is_final(),
                Content::Reserved => false,
            }
    }
}

impl PartialEq for Header {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Header {}

impl std::fmt::Debug for Header {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Header({:02x?})", self.bytes())
    }
}
