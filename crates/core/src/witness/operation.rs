//! What a writer does. It is packed into one word, so that a writer describes itself with one store.

use redhanded_report::Size;
use std::fmt;

/// The class of an operation. Findings with the same two classes at the same two call sites are one report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Act {
    /// A text message, written and flushed.
    SendText,
    /// A binary message, written and flushed.
    SendBinary,
    /// A ping, written and flushed.
    SendPing,
    /// A pong, written and flushed.
    SendPong,
    /// A close message, written and flushed.
    SendClose,
    /// A frame of its own making, written and flushed.
    SendFrame,
    /// A text message or frame, written.
    WriteText,
    /// A binary message or frame, written.
    WriteBinary,
    /// A ping, written.
    WritePing,
    /// A pong, written.
    WritePong,
    /// A close frame, written.
    WriteClose,
    /// Any other frame, or a piece of one, written.
    WriteFrame,
    /// What was queued, flushed.
    Flush,
    /// The closing handshake, begun or gone on with.
    Close,
    /// A `read` that answers a ping by itself.
    AutomaticPong,
    /// A `read` that answers a close frame by itself.
    AutomaticCloseReply,
    /// A `read` that flushes what an earlier call had queued.
    ReadFlush,
    /// A hold of a mutex.
    HoldMutex,
    /// A wait for a mutex.
    WaitForMutex,
    /// A hold of a mutex of tokio.
    HoldTokioMutex,
    /// A wait for a mutex of tokio.
    WaitForTokioMutex,
    /// The use of what an `Exclusive` guards.
    UseExclusive,
    /// A read hold of an RwLock.
    HoldRwLockToRead,
    /// A write hold of an RwLock.
    HoldRwLockToWrite,
    /// A wait to read an RwLock.
    WaitToReadRwLock,
    /// A wait to write an RwLock.
    WaitToWriteRwLock,
    /// A read hold of a tokio RwLock.
    HoldTokioRwLockToRead,
    /// A write hold of a tokio RwLock.
    HoldTokioRwLockToWrite,
    /// A wait to read a tokio RwLock.
    WaitToReadTokioRwLock,
    /// A wait to write a tokio RwLock.
    WaitToWriteTokioRwLock,
    /// A hold of a parking_lot Mutex.
    HoldParkingLotMutex,
    /// A wait for a parking_lot Mutex.
    WaitForParkingLotMutex,
    /// A read hold of a parking_lot RwLock.
    HoldParkingLotRwLockToRead,
    /// A write hold of a parking_lot RwLock.
    HoldParkingLotRwLockToWrite,
    /// A wait to read a parking_lot RwLock.
    WaitToReadParkingLotRwLock,
    /// A wait to write a parking_lot RwLock.
    WaitToWriteParkingLotRwLock,
    /// The opening handshake.
    Handshake,
}

impl Act {
    const ALL: [Act; 37] = [
        Act::SendText,
        Act::SendBinary,
        Act::SendPing,
        Act::SendPong,
        Act::SendClose,
        Act::SendFrame,
        Act::WriteText,
        Act::WriteBinary,
        Act::WritePing,
        Act::WritePong,
        Act::WriteClose,
        Act::WriteFrame,
        Act::Flush,
        Act::Close,
        Act::AutomaticPong,
        Act::AutomaticCloseReply,
        Act::ReadFlush,
        Act::HoldMutex,
        Act::WaitForMutex,
        Act::HoldTokioMutex,
        Act::WaitForTokioMutex,
        Act::UseExclusive,
        Act::HoldRwLockToRead,
        Act::HoldRwLockToWrite,
        Act::WaitToReadRwLock,
        Act::WaitToWriteRwLock,
        Act::HoldTokioRwLockToRead,
        Act::HoldTokioRwLockToWrite,
        Act::WaitToReadTokioRwLock,
        Act::WaitToWriteTokioRwLock,
        Act::HoldParkingLotMutex,
        Act::WaitForParkingLotMutex,
        Act::HoldParkingLotRwLockToRead,
        Act::HoldParkingLotRwLockToWrite,
        Act::WaitToReadParkingLotRwLock,
        Act::WaitToWriteParkingLotRwLock,
        Act::Handshake,
    ];

    /// The class as reports name it.
    pub fn name(self) -> &'static str {
        match self {
            Act::SendText => "send Text",
            Act::SendBinary => "send Binary",
            Act::SendPing => "send Ping",
            Act::SendPong => "send Pong",
            Act::SendClose => "send Close",
            Act::SendFrame => "send Frame",
            Act::WriteText => "write Text",
            Act::WriteBinary => "write Binary",
            Act::WritePing => "write Ping",
            Act::WritePong => "write Pong",
            Act::WriteClose => "write Close",
            Act::WriteFrame => "write Frame",
            Act::Flush => "flush",
            Act::Close => "close",
            Act::AutomaticPong => "automatic pong",
            Act::AutomaticCloseReply => "automatic close reply",
            Act::ReadFlush => "flush by read",
            Act::HoldMutex => "hold of a Mutex",
            Act::WaitForMutex => "wait for a Mutex",
            Act::HoldTokioMutex => "hold of a tokio Mutex",
            Act::WaitForTokioMutex => "wait for a tokio Mutex",
            Act::UseExclusive => "use of an Exclusive",
            Act::HoldRwLockToRead => "read hold of an RwLock",
            Act::HoldRwLockToWrite => "write hold of an RwLock",
            Act::WaitToReadRwLock => "wait to read an RwLock",
            Act::WaitToWriteRwLock => "wait to write an RwLock",
            Act::HoldTokioRwLockToRead => "read hold of a tokio RwLock",
            Act::HoldTokioRwLockToWrite => "write hold of a tokio RwLock",
            Act::WaitToReadTokioRwLock => "wait to read a tokio RwLock",
            Act::WaitToWriteTokioRwLock => "wait to write a tokio RwLock",
            Act::HoldParkingLotMutex => "hold of a parking_lot Mutex",
            Act::WaitForParkingLotMutex => "wait for a parking_lot Mutex",
            Act::HoldParkingLotRwLockToRead => "read hold of a parking_lot RwLock",
            Act::HoldParkingLotRwLockToWrite => "write hold of a parking_lot RwLock",
            Act::WaitToReadParkingLotRwLock => "wait to read a parking_lot RwLock",
            Act::WaitToWriteParkingLotRwLock => "wait to write a parking_lot RwLock",
            Act::Handshake => "handshake",
        }
    }

    /// Whether it is a wait for a lock.
    pub(crate) fn waits(self) -> bool {
        matches!(
            self,
            Act::WaitForMutex
                | Act::WaitForTokioMutex
                | Act::WaitToReadRwLock
                | Act::WaitToWriteRwLock
                | Act::WaitToReadTokioRwLock
                | Act::WaitToWriteTokioRwLock
                | Act::WaitForParkingLotMutex
                | Act::WaitToReadParkingLotRwLock
                | Act::WaitToWriteParkingLotRwLock
        )
    }

    /// Whether it holds a lock.
    pub(crate) fn holds(self) -> bool {
        matches!(
            self,
            Act::HoldMutex
                | Act::HoldTokioMutex
                | Act::UseExclusive
                | Act::HoldRwLockToRead
                | Act::HoldRwLockToWrite
                | Act::HoldTokioRwLockToRead
                | Act::HoldTokioRwLockToWrite
                | Act::HoldParkingLotMutex
                | Act::HoldParkingLotRwLockToRead
                | Act::HoldParkingLotRwLockToWrite
        )
    }

    /// Whether its description has the length of a payload.
    fn has_length(self) -> bool {
        let is_bare = matches!(
            self,
            Act::Flush
                | Act::Close
                | Act::SendClose
                | Act::WriteClose
                | Act::AutomaticCloseReply
                | Act::ReadFlush
                | Act::Handshake
        );
        !is_bare && !self.waits() && !self.holds()
    }
}

/// An operation: its class and the length of its payload in bytes. Of a frame of the user's own making, the first byte as well.
///
/// | bits   | meaning                                  |
/// |--------|------------------------------------------|
/// | 0..48  | the length, or all ones                  |
/// | 48..56 | the first byte of the frame              |
/// | 56     | whether that is known                    |
/// | 57..64 | the class                                |
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Operation(u64);

impl Operation {
    const FIRST_SHIFT: u32 = 48;
    const HAS_FIRST: u64 = 1 << 56;
    const ACT_SHIFT: u32 = 57;
    const UNKNOWN: u64 = (1 << Self::FIRST_SHIFT) - 1;

    /// An operation. Lengths from 2^48 - 1 bytes on count as unknown.
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn new(act: Act, length: usize) -> Self {
        let length = (length as u64).min(Self::UNKNOWN);
        Operation(((act as u64) << Self::ACT_SHIFT) | length)
    }

    /// An operation of one frame of the user's own making. `first` is its first byte: the opcode, and whether it is the last of its
    /// message (RFC 6455, section 5.2).
    #[cfg_attr(not(debug_assertions), inline)]
    pub fn of_frame(act: Act, first: u8, length: usize) -> Self {
        let first = u64::from(first) << Self::FIRST_SHIFT;
        Operation(Operation::new(act, length).0 | Self::HAS_FIRST | first)
    }

    /// An operation whose length is not known.
    pub fn of_unknown_length(act: Act) -> Self {
        Operation(((act as u64) << Self::ACT_SHIFT) | Self::UNKNOWN)
    }

    pub(crate) fn act(self) -> Act {
        let act = Act::ALL.get((self.0 >> Self::ACT_SHIFT) as usize);
        act.copied().unwrap_or(Act::WriteFrame)
    }

    pub(crate) fn length(self) -> u64 {
        self.0 & Self::UNKNOWN
    }

    /// Whether it is a frame of the user's own making.
    #[inline(always)]
    pub(crate) fn is_frame(self) -> bool {
        self.is_of(Act::SendFrame) || self.is_of(Act::WriteFrame)
    }

    /// Whether it sends one text or binary message that is so short that to read a clock is much of it.
    #[inline(always)]
    pub(crate) fn is_brief(self) -> bool {
        let is_message = self.is_of(Act::SendText) || self.is_of(Act::SendBinary);
        is_message && self.length() < Self::BRIEF
    }

    /// A call that offers fewer bytes is brief. To copy so many takes some times as long as to read a clock.
    pub(crate) const BRIEF: u64 = 4 << 10;

    #[inline(always)]
    fn is_of(self, act: Act) -> bool {
        self.0 >> Self::ACT_SHIFT == act as u64
    }

    /// The first byte of the frame that its message begins with, if that is known.
    #[inline]
    pub(crate) fn first_byte(self) -> Option<u8> {
        if self.0 & Self::HAS_FIRST != 0 {
            return Some((self.0 >> Self::FIRST_SHIFT) as u8);
        }
        match self.act() {
            Act::SendText | Act::WriteText => Some(0x81),
            Act::SendBinary | Act::WriteBinary => Some(0x82),
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn to_bits(self) -> u64 {
        self.0
    }

    /// The operation that [`to_bits`](Self::to_bits) gave.
    pub(crate) fn from_bits(bits: u64) -> Self {
        Operation(bits)
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.act().name())?;
        if self.act().has_length() && self.length() != Self::UNKNOWN {
            write!(f, " {}", Size(self.length()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_survives_packing() {
        for act in Act::ALL {
            let operation = Operation::new(act, 123_456);
            let again = Operation::from_bits(operation.to_bits());
            assert_eq!(again.act(), act);
            assert_eq!(again.length(), 123_456);
        }
        for first in [0x00, 0x80, 0x01, 0x89, 0xff] {
            let operation = Operation::of_frame(Act::WriteFrame, first, usize::MAX);
            let again = Operation::from_bits(operation.to_bits());
            assert_eq!(again.act(), Act::WriteFrame);
            assert_eq!(again.length(), Operation::UNKNOWN);
            assert_eq!(again.first_byte(), Some(first));
        }
    }

    #[test]
    fn an_operation_is_shown_in_words() {
        assert_eq!(
            Operation::new(Act::SendBinary, 2 << 20).to_string(),
            "send Binary 2 MiB"
        );
        assert_eq!(
            Operation::new(Act::SendText, 1536).to_string(),
            "send Text 1.5 KiB"
        );
        assert_eq!(
            Operation::new(Act::AutomaticPong, 2).to_string(),
            "automatic pong 2 B"
        );
        assert_eq!(Operation::new(Act::Close, 0).to_string(), "close");
    }
}
