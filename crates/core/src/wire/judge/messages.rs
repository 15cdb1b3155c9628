//! The rules of messages: which data frames are out of place among the fragments of all writers.

use super::Case;
use super::compare::{is_untouched, tear_between_calls};
use crate::wire::bytes::{
    Content, Cut, Header, Inserted, MAX_MESSAGES, Passed, Reading, Stamped, Tear, Torn,
};
use redhanded_report::Kind;

/// A message of which not all fragments are out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fragmented {
    pub(crate) header: Header,
    pub(crate) stamp: Option<Stamped>,
}

/// What one data frame of the call does to the message that is open, in the order of the frames.
#[derive(Debug)]
pub(crate) enum Step {
    /// It is out of place in the message that is open, or where none is.
    Tears(Box<Tear>),
    /// It begins a message of several fragments.
    Opens(Header),
    /// It ends one.
    Closes,
}

/// A data frame as to its place among those before it.
enum Place {
    /// In the message that is open, which it does not continue; or it continues one where none is open.
    Wrong(Option<Fragmented>),
    Opens,
    Closes,
}

/// What there is among the data frames of a call, as far as headers tell.
#[derive(Debug, Default)]
struct Survey {
    has_wrong: bool,
    has_opening: bool,
    has_closing: bool,
}

impl Case<'_> {
    /// Whether the call begins a message of several fragments.
    pub(crate) fn opens_message(&self) -> bool {
        self.survey(0).has_opening
    }

    /// Whether the call begins or ends one.
    pub(crate) fn bounds_message(&self) -> bool {
        let survey = self.survey(0);
        survey.has_opening || survey.has_closing
    }

    /// Whether a data frame of the call is out of place, as far as headers tell.
    pub(super) fn has_frame_out_of_place(&self, open: &[Fragmented]) -> bool {
        self.survey(open.len()).has_wrong
    }

    /// What the data frames of the call do to the messages that are open on the wire. Bytes that have torn a frame are
    /// not accused of tearing its message as well: then `may_tear` says no.
    pub(super) fn messages(&self, open: &[Fragmented], may_tear: bool) -> Vec<Step> {
        let survey = self.survey(open.len());
        if !(survey.has_wrong || survey.has_opening || survey.has_closing) {
            return Vec::new();
        }
        let is_undisturbed = || !self.is_contested || self.is_undisturbed();
        let may_tear = may_tear && is_undisturbed();
        let step = |(frame, place): (Passed, Place)| match place {
            Place::Wrong(open) => may_tear
                .then(|| self.tear_of_message(frame, open))
                .flatten()
                .map(|tear| Step::Tears(Box::new(tear))),
            Place::Opens => Some(Step::Opens(frame.header)),
            Place::Closes => Some(Step::Closes),
        };
        self.places(open).into_iter().filter_map(step).collect()
    }

    /// What [`places`](Self::places) will give, where so many messages are open. Allocates nothing: nearly every call
    /// has whole messages only.
    fn survey(&self, mut open: usize) -> Survey {
        let mut has_seen_data = self.has_seen_data;
        let mut survey = Survey::default();
        let mut cursor = self.bytes.cursor;
        cursor.pass(self.bytes.offered, self.accepted, |frame| {
            match (frame.header.content(), frame.header.is_final()) {
                (Content::Start, is_final) => {
                    survey.has_wrong |= open > 0;
                    survey.has_opening |= !is_final;
                    open = open
                        .saturating_add(usize::from(!is_final))
                        .min(MAX_MESSAGES.max(open));
                }
                (Content::Continuation, is_final) => {
                    survey.has_wrong |= open == 0 && has_seen_data;
                    survey.has_closing |= is_final;
                    open = open.saturating_sub(usize::from(is_final));
                    has_seen_data |= is_final;
                }
                _ => {}
            }
        });
        survey
    }

    fn places(&self, open: &[Fragmented]) -> Vec<(Passed, Place)> {
        let mut open = open.to_vec();
        let mut has_seen_data = self.has_seen_data;
        let mut places = Vec::new();
        for frame in self.data_frames() {
            let content = frame.header.content();
            let is_wrong = match content {
                // Only where every frame so far was seen.
                Content::Continuation => open.is_empty() && has_seen_data,
                _ => !open.is_empty(),
            };
            if is_wrong {
                places.push((frame, Place::Wrong(open.last().copied())));
            }
            match (content, frame.header.is_final()) {
                (Content::Start, false) => {
                    places.push((frame, Place::Opens));
                    if open.len() < MAX_MESSAGES {
                        open.push(Fragmented {
                            header: frame.header,
                            stamp: self.after.and_then(Reading::stamp),
                        });
                    }
                }
                (Content::Continuation, true) => {
                    places.push((frame, Place::Closes));
                    open.pop();
                    // Whichever writer had begun it, it is over.
                    has_seen_data = true;
                }
                _ => {}
            }
        }
        places
    }

    /// The tear that a frame out of place is, if that is certain.
    fn tear_of_message(&self, frame: Passed, open: Option<Fragmented>) -> Option<Tear> {
        let after = self.after?;
        let torn = match open {
            Some(open) => is_untouched(open.stamp, after).then_some(Torn::Message(open.header)),
            None => self.has_only_watched_bytes().then_some(Torn::Nothing),
        }?;
        let start = frame.start.max(0) as u64;
        let place = after.place().and_then(|place| {
            Some(Cut::at(
                place.checked_sub(self.accepted)?.saturating_add(start),
            ))
        });
        let inserted = Inserted::new(frame.header, self.bytes.offered, start..self.accepted);
        Some(tear_between_calls(
            Kind::TornMessage,
            after,
            place,
            torn,
            &inserted,
        ))
    }

    fn data_frames(&self) -> Vec<Passed> {
        let mut frames = Vec::new();
        let mut cursor = self.bytes.cursor;
        cursor.pass(self.bytes.offered, self.accepted, |frame| {
            if matches!(
                frame.header.content(),
                Content::Start | Content::Continuation
            ) {
                frames.push(frame);
            }
        });
        frames
    }

    /// The opcode of the message to which the frame that begins there belongs.
    pub(crate) fn message_at(&self, frame: Passed) -> Option<u8> {
        if frame.start < 0 {
            return self.message_of_frame;
        }
        let mut message = self.open_message;
        for before in self
            .data_frames()
            .iter()
            .filter(|before| before.start < frame.start)
        {
            message = match (before.header.content(), before.header.is_final()) {
                (Content::Start, false) => Some(before.header.opcode()),
                (Content::Continuation, true) => None,
                _ => message,
            };
        }
        message
    }
}

#[cfg(test)]
mod tests {
    use super::super::Bytes;
    use super::*;
    use crate::wire::bytes::{Cursor, Offered};
    use std::io::IoSlice;

    /// Every kind of frame: whole, first, middle and last fragment, control.
    const FRAMES: [&[u8]; 5] = [
        &[0x82, 1, 7],
        &[0x02, 1, 7],
        &[0x00, 1, 7],
        &[0x80, 1, 7],
        &[0x8a, 0],
    ];

    fn check(frames: &[usize], open: usize, has_seen_data: bool) {
        let bytes: Vec<u8> = frames
            .iter()
            .flat_map(|kind| FRAMES[*kind])
            .copied()
            .collect();
        let pieces = [IoSlice::new(&bytes)];
        let offered = Offered::new(&pieces);
        let case = Case {
            bytes: Bytes {
                handle: 1,
                is_encrypted: false,
                cursor: Cursor::at_frame(),
                offered: &offered,
            },
            accepted: bytes.len() as u64,
            ends_inside: false,
            before: None,
            after: None,
            own_state: 0,
            has_claim: true,
            is_contested: false,
            has_seen_data,
            open_message: None,
            message_of_frame: None,
        };
        let messages = vec![
            Fragmented {
                header: Header::read([FRAMES[1]]),
                stamp: None,
            };
            open
        ];
        let places = case.places(&messages);
        let has = |is: fn(&Place) -> bool| places.iter().any(|(_, place)| is(place));
        let expected = (
            has(|place| matches!(place, Place::Wrong(_))),
            has(|place| matches!(place, Place::Opens)),
            has(|place| matches!(place, Place::Closes)),
        );
        let Survey {
            has_wrong,
            has_opening,
            has_closing,
        } = case.survey(open);
        let told = (has_wrong, has_opening, has_closing);
        assert_eq!(told, expected, "{frames:?} behind {open}, {has_seen_data}");
    }

    #[test]
    fn the_survey_says_what_the_places_say_of_any_five_frames() {
        for number in 0..5_usize.pow(5) {
            let frames: Vec<usize> = (0..5)
                .map(|place| number / 5_usize.pow(place) % 5)
                .collect();
            for open in [0, 1, 2, MAX_MESSAGES - 1, MAX_MESSAGES] {
                check(&frames, open, true);
                check(&frames, open, false);
            }
        }
    }
}
