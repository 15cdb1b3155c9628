//! The bytes that a handle offers to its stream in one call, in one piece or several, and places in them.

use std::io::IoSlice;
use std::ops::Range;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Offered<'b> {
    pieces: &'b [IoSlice<'b>],
}

impl<'b> Offered<'b> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn new(pieces: &'b [IoSlice<'b>]) -> Self {
        Offered { pieces }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn len(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.len() as u64).sum()
    }

    /// The bytes, if they are in one piece.
    #[inline(always)]
    pub(crate) fn single(&self) -> Option<&'b [u8]> {
        match self.pieces {
            [piece] => Some(piece),
            _ => None,
        }
    }

    /// The pieces as far as the first `count` bytes go.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn first(&self, count: u64) -> impl Iterator<Item = &'b [u8]> {
        let mut left = count;
        self.pieces.iter().map_while(move |piece| {
            let now = left.min(piece.len() as u64);
            left = left.saturating_sub(now);
            (now > 0 || left > 0).then(|| piece.get(..now as usize).unwrap_or_default())
        })
    }

    /// A copy of the bytes in a range, as far as they are there.
    pub(crate) fn copy(&self, range: Range<u64>) -> Vec<u8> {
        let mut skip = range.start;
        let mut left = range.end.saturating_sub(range.start);
        let mut copy = Vec::new();
        for piece in self.pieces {
            let from = skip.min(piece.len() as u64);
            let now = left.min((piece.len() as u64).saturating_sub(from));
            let part = piece.get(from as usize..from.saturating_add(now) as usize);
            copy.extend_from_slice(part.unwrap_or_default());
            skip = skip.saturating_sub(from);
            left = left.saturating_sub(now);
        }
        copy
    }
}

/// A place between two bytes; where it is only known that it is somewhere between two places, both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) from: u64,
    pub(crate) to: u64,
}

impl Cut {
    pub(crate) fn at(place: u64) -> Self {
        Cut {
            from: place,
            to: place,
        }
    }

    pub(crate) fn is_exact(self) -> bool {
        self.from == self.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_read_like_one() {
        let pieces = [&b"one"[..], b"", b"two", b"three"].map(IoSlice::new);
        let offered = Offered::new(&pieces);
        let whole = b"onetwothree";
        assert_eq!(offered.len(), whole.len() as u64);
        for end in 0..=whole.len() {
            assert_eq!(
                offered.first(end as u64).collect::<Vec<_>>().concat(),
                whole[..end]
            );
            for start in 0..=end {
                assert_eq!(offered.copy(start as u64..end as u64), whole[start..end]);
            }
        }
        assert_eq!(offered.copy(9..99), b"ee");
        assert_eq!(offered.copy(99..100), b"");
    }
}
