//! Signs that a stream of outgoing bytes is one of frames, where no handshake was seen.
//!
//! Other protocols begin with bytes that could begin a frame, too. What they do not do is end where the frames that they
//! resemble would end. So a sign is a frame that begins at the beginning of a call and ends at the end of one. A long length
//! that fits is proof enough. A short one fits by chance now and then, and where it is always the same one it may be no
//! length at all.

use super::cursor::{Content, Cursor, Header};
use super::offered::Offered;

/// What was seen so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Signs {
    points: u8,
    /// Whether the frames are masked. All of one end are, or none is.
    masked: Option<bool>,
    /// The length of the latest short frame that was a sign.
    length: Option<u64>,
    /// A message of several fragments is open.
    is_in_message: bool,
    /// The frame under way has a call for its header alone.
    has_lone_header: bool,
    /// The frame under way was counted. Its rest may be offered several times.
    is_counted: bool,
    /// Bytes have gone by that are no frames, or where a frame was torn. Then a length that is always the same is no sign.
    was_contradicted: bool,
    /// A length of 16 or 64 bits has fitted.
    has_long: bool,
}

/// What the bytes of a call are, if they are of frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weighed {
    /// They are of none.
    Contradiction,
    /// The call ends where a frame ends, or goes on with one that does, or is of a header alone.
    Fits,
    /// They may be of frames that go on in other calls.
    GoesOn,
}

/// What the frames of a call say, seen one after the other.
#[derive(Debug, Clone, Copy)]
struct Seen {
    signs: Signs,
    last: Option<Header>,
    is_contradicted: bool,
    has_header: bool,
}

impl Signs {
    /// So many points are enough.
    const ENOUGH: u8 = 12;

    /// A length of 16 or 64 bits that fits.
    const LONG: u8 = Self::ENOUGH;
    /// A length of 7 bits that fits, and is another one than before.
    const SHORT: u8 = 3;
    /// The same length once more, or none.
    const SAME: u8 = 1;
    /// The header in a call of its own, and the payload behind it.
    const LONE_HEADER: u8 = 3;
    /// The same, of a whole message that is not quite short.
    const LONE_HEADER_OF_MORE: u8 = Self::ENOUGH;
    const MORE: u64 = 16;

    /// Of bytes behind some that were no frames, or where a frame was torn.
    pub(crate) fn after_contradiction() -> Signs {
        Signs {
            was_contradicted: true,
            ..Signs::default()
        }
    }

    /// To be said before bytes are offered, with the cursor as it stands before them. Gives whether it is certain now that
    /// they are of frames.
    pub(crate) fn look(&mut self, cursor: &Cursor, offered: &Offered<'_>) -> bool {
        let cursor = &cursor.before_first_frame(offered);
        if offered.len() == 0 || !cursor.is_in_frames() {
            return self.are_enough();
        }
        if self.weigh(cursor, offered) == Weighed::Contradiction {
            *self = Signs::after_contradiction();
        }
        self.are_enough()
    }

    /// The same, after short frames have been enough. Gives whether the bytes are of whole messages, of frames whose ends are
    /// known: everything else speaks against what was guessed.
    pub(crate) fn go_on(&mut self, cursor: &Cursor, offered: &Offered<'_>) -> bool {
        if offered.len() == 0 {
            return true;
        }
        let mut has_fragment = self.is_in_message;
        let mut ahead = *cursor;
        ahead.pass(offered, offered.len(), |frame| {
            let is_control = frame.header.content() == Content::Control;
            has_fragment |= !is_control && !frame.header.is_final();
        });
        cursor.is_in_frames() && self.weigh(cursor, offered) == Weighed::Fits && !has_fragment
    }

    /// Whether the bytes are one short message more, after short frames have been enough. Then [`go_on`](Self::go_on) says yes, and
    /// neither that nor [`pass`](Self::pass) changes what is asked of signs from then on.
    #[inline]
    pub(crate) fn go_on_alike(&self, cursor: &Cursor, offered: &Offered<'_>) -> bool {
        let Some(short) = cursor.short_header_at(offered) else {
            return false;
        };
        let is_masked = short.size == Header::SHORT_MASKED;
        matches!(short.first, 0x81 | 0x82)
            && short.payload <= 125
            && short.size.saturating_add(short.payload) as u64 == offered.len()
            && self.masked == Some(is_masked)
            && !self.is_in_message
    }

    /// Whether a long length has fitted. No other protocol has that.
    pub(crate) fn are_proof(&self) -> bool {
        self.has_long
    }

    /// Counts what a call says that begins in frames.
    fn weigh(&mut self, cursor: &Cursor, offered: &Offered<'_>) -> Weighed {
        if cursor.is_between_frames() {
            (self.is_counted, self.has_lone_header) = (false, false);
        }
        let is_at_payload = cursor.is_behind_header();
        // Of calls with a byte or two, any frame ends with one of them.
        let is_whole = cursor.is_between_frames() || self.has_lone_header && is_at_payload;
        let mut ahead = *cursor;
        let mut seen = Seen {
            signs: *self,
            last: cursor.inside().map(|inside| inside.header),
            is_contradicted: false,
            has_header: false,
        };
        ahead.pass(offered, offered.len(), |frame| seen.pass(frame.header));
        if seen.is_contradicted || !ahead.is_in_frames() {
            return Weighed::Contradiction;
        }
        if ahead.is_between_frames() && is_whole {
            self.count(seen.last);
            return Weighed::Fits;
        }
        // The rest of bytes that were offered before, and ended where a frame ends.
        if self.is_counted && (ahead.is_between_frames() || !seen.has_header) {
            return Weighed::Fits;
        }
        self.has_lone_header |= cursor.is_between_frames() && ahead.is_behind_header();
        if self.has_lone_header && ahead.is_behind_header() {
            Weighed::Fits
        } else {
            Weighed::GoesOn
        }
    }

    /// To be said when so many of the bytes offered were accepted, with the cursor as it stood before them.
    pub(crate) fn pass(&mut self, cursor: &Cursor, offered: &Offered<'_>, accepted: u64) {
        let mut seen = Seen {
            signs: *self,
            last: None,
            is_contradicted: false,
            has_header: false,
        };
        let mut ahead = *cursor;
        ahead.pass(offered, accepted, |frame| seen.pass(frame.header));
        *self = Signs {
            masked: seen.signs.masked,
            is_in_message: seen.signs.is_in_message,
            ..*self
        };
    }

    /// Whether there is any.
    pub(crate) fn are_any(&self) -> bool {
        self.points > 0
    }

    fn are_enough(&self) -> bool {
        self.points >= Self::ENOUGH
    }

    /// The call ends where a frame with this header ends.
    fn count(&mut self, header: Option<Header>) {
        let Some(header) = header.filter(|_| !self.is_counted) else {
            return;
        };
        let length = header.length();
        let is_same = length == 0 || self.length == Some(length);
        let points = match length {
            126.. => Self::LONG,
            _ if is_same && self.was_contradicted => 0,
            _ if is_same => Self::SAME,
            _ => Self::SHORT,
        };
        self.length = Some(length);
        let is_message = header.is_final() && header.content() == Content::Start;
        let alone = match self.has_lone_header {
            true if is_message && length >= Self::MORE => Self::LONE_HEADER_OF_MORE,
            true => Self::LONE_HEADER,
            false => 0,
        };
        self.has_long |= length > 125;
        self.points = self.points.saturating_add(points).saturating_add(alone);
        self.is_counted = true;
    }
}

impl Seen {
    fn pass(&mut self, header: Header) {
        let signs = &mut self.signs;
        let is_out_of_place = match header.content() {
            Content::Start => signs.is_in_message,
            Content::Continuation => !signs.is_in_message,
            Content::Control => false,
            Content::Reserved => true,
        };
        match header.content() {
            Content::Start | Content::Continuation => signs.is_in_message = !header.is_final(),
            _ => {}
        }
        self.is_contradicted |=
            is_out_of_place || !Header::is_plausible(header.bytes(), signs.masked);
        signs.masked = signs.masked.or(header.masked());
        self.last = Some(header);
        self.has_header = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::bytes::cursor::model::frame;
    use std::io::IoSlice;

    /// How many calls it takes until it is certain that these are frames.
    fn calls_until_certain<'c>(calls: impl IntoIterator<Item = &'c [u8]>) -> Option<usize> {
        let (mut cursor, mut signs) = (Cursor::at_connection(), Signs::default());
        for (number, call) in calls.into_iter().enumerate() {
            let pieces = [IoSlice::new(call)];
            let offered = Offered::new(&pieces);
            if signs.look(&cursor, &offered) {
                return Some(number + 1);
            }
            signs.pass(&cursor, &offered, offered.len());
            cursor.pass(&offered, offered.len(), |_| ());
        }
        None
    }

    fn whole(lengths: &[usize], mask: Option<[u8; 4]>) -> Vec<Vec<u8>> {
        let of_length = |length: &usize| frame(0x82, mask, 0, &vec![7; *length]);
        lengths.iter().map(of_length).collect()
    }

    #[test]
    fn frames_are_certain_after_some_calls_and_a_long_one_at_once() {
        let mask = Some([1, 2, 3, 4]);
        for (calls, certain) in [
            (whole(&[70_000], None), Some(1)),
            (whole(&[300], mask), Some(1)),
            (whole(&[5, 9, 70, 80], None), Some(4)),
            (whole(&[5; 10], mask), Some(10)),
            (whole(&[5; 9], None), None),
            (whole(&[5, 9], None), None),
            (
                [
                    vec![0x82, 5],
                    vec![7; 5],
                    vec![0x82, 5],
                    vec![7; 5],
                    vec![0x82, 5],
                    vec![7; 5],
                ]
                .into(),
                Some(6),
            ),
            (vec![vec![0x01, 0], vec![0x00, 0], vec![0x80, 0]], None),
        ] {
            let calls: Vec<&[u8]> = calls.iter().map(|call| &call[..]).collect();
            assert_eq!(
                calls_until_certain(calls.iter().copied()),
                certain,
                "{calls:02x?}"
            );
        }
    }

    #[test]
    fn what_goes_on_alike_goes_on_and_changes_nothing_that_is_asked() {
        let mut signs = Signs::default();
        let cursor = Cursor::at_frame();
        let calls = whole(&[5, 9, 70, 80], None);
        for call in &calls {
            let pieces = [IoSlice::new(call)];
            signs.look(&cursor, &Offered::new(&pieces));
            signs.pass(&cursor, &Offered::new(&pieces), call.len() as u64);
        }
        assert!(signs.are_enough());
        let mask = Some([1, 2, 3, 4]);
        let mut table = vec![
            (vec![0x82, 2, 7, 7], true),
            (vec![0x81, 0], true),
            (vec![0x82, 2, 7], false),
            (vec![0x82, 2, 7, 7, 7], false),
            (vec![0x02, 2, 7, 7], false),
            (vec![0x89, 2, 7, 7], false),
            (vec![0xc2, 2, 7, 7], false),
            (vec![0x82], false),
        ];
        table.extend(whole(&[125], None).into_iter().map(|call| (call, true)));
        table.extend(
            whole(&[126, 70_000], None)
                .into_iter()
                .map(|call| (call, false)),
        );
        table.extend(whole(&[5], mask).into_iter().map(|call| (call, false)));
        for (call, is_alike) in table {
            let pieces = [IoSlice::new(&call)];
            let offered = Offered::new(&pieces);
            assert_eq!(
                signs.go_on_alike(&cursor, &offered),
                is_alike,
                "{call:02x?}"
            );
            if is_alike {
                let mut after = signs;
                assert!(after.go_on(&cursor, &offered));
                after.pass(&cursor, &offered, offered.len());
                assert!(after.are_enough());
                assert_eq!((after.masked, after.is_in_message), (signs.masked, false));
                assert!(!after.are_proof());
            }
        }
        signs.is_in_message = true;
        let pieces = [IoSlice::new(&[0x82, 0])];
        assert!(!signs.go_on_alike(&cursor, &Offered::new(&pieces)));
    }

    #[test]
    fn other_protocols_are_never_certain() {
        let thrift = |name: &str| {
            [
                &[0x82, 0x21, 1, name.len() as u8][..],
                name.as_bytes(),
                &[0],
            ]
            .concat()
        };
        let thrift_of_one_length: Vec<_> = (0..4).map(|_| thrift(&"x".repeat(30))).collect();
        let little_endian =
            |length: u8| [&[length, 0, 0, 0][..], &vec![length; length.into()]].concat();
        let mongo = |id: u8| {
            let mut message = vec![
                0x82, 0, 0, 0, id, 0, 0, 0, 0, 0, 0, 0, 0xdd, 7, 0, 0, 0, 0, 0, 0,
            ];
            message.resize(0x82, 0);
            message
        };
        for calls in [
            (0..40)
                .map(|length| thrift(&"ping".repeat(length)))
                .collect(),
            thrift_of_one_length,
            vec![little_endian(0x82); 40],
            vec![little_endian(1), little_endian(2), little_endian(0x81)],
            (0..40).map(mongo).collect::<Vec<_>>(),
            // Types and lengths as those of frames, but messages that never end.
            (0..40)
                .map(|length| [&[1, length][..], &vec![7; length.into()]].concat())
                .collect(),
            vec![vec![0x80, 0]; 40],
        ] {
            let calls: Vec<&[u8]> = calls.iter().map(|call| &call[..]).collect();
            assert_eq!(
                calls_until_certain(calls.iter().copied()),
                None,
                "{calls:02x?}"
            );
        }
    }

    #[test]
    fn a_rest_that_is_offered_again_and_again_is_counted_once() {
        let frame = frame(0x82, None, 0, &[7; 100]);
        let (mut cursor, mut signs) = (Cursor::at_frame(), Signs::default());
        for at in 0..frame.len() {
            let pieces = [IoSlice::new(&frame[at..])];
            let offered = Offered::new(&pieces);
            assert!(!signs.look(&cursor, &offered));
            signs.pass(&cursor, &offered, 1);
            cursor.pass(&offered, 1, |_| ());
        }
    }
}
