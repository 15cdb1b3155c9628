//! The frame cursor: knows where in which frame a stream of outgoing bytes stands.
//!
//! It looks at headers only and passes over payloads by their length, so that it costs per frame and not per byte. It
//! never fails and never guesses: bytes that are no frames leave it lost for ever, and then it says nothing.

mod extension;
mod header;
#[cfg(any(test, fuzzing))]
pub(crate) mod model;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use header::{Content, Header, Short};
pub(crate) use text::Requests;

use super::offered::{Cut, Offered};
use text::{Text, Then};

/// Where the bytes of one handle stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    state: State,
    /// The head of the answer before the frames accepted that messages are compressed.
    deflates: bool,
    /// These may yet be no frames, although they look like it: the first header that no strict writer writes proves it.
    is_guess: bool,
    /// The head of a WebSocket handshake has gone by.
    is_behind_handshake: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// In a header; between frames while none of it has come.
    Header(Header),
    /// In the payload of a frame, of which so many bytes are still to come; at least one.
    Payload(Header, u64),
    /// Before the first frame, between heads of text.
    Unknown,
    /// The same, and only another head may follow.
    BetweenHeads,
    Text(Text),
    /// HTTP goes on, and where it ends could only be told by understanding it.
    Foreign,
    /// These are no frames.
    Lost,
}

/// A frame whose header has gone by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Passed {
    pub(crate) header: Header,
    /// Where the frame begins, counted from the first of the bytes that were passed; negative if before them.
    pub(crate) start: i64,
}

/// The frame in which a cursor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Inside {
    /// As much of the header as has gone by.
    pub(crate) header: Header,
    /// How many bytes of the frame have gone by, header included; at least one, and fewer than it has.
    pub(crate) gone: u64,
}

impl Cursor {
    /// A cursor at the beginning of a frame.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn at_frame() -> Self {
        Cursor {
            state: State::Header(Header::default()),
            deflates: false,
            is_guess: false,
            is_behind_handshake: false,
        }
    }

    /// A cursor at the beginning of a stream that may begin with a handshake.
    pub(crate) fn at_connection() -> Self {
        Cursor {
            state: State::Unknown,
            deflates: false,
            is_guess: true,
            is_behind_handshake: false,
        }
    }

    /// A cursor that never says anything.
    pub(crate) fn lost() -> Self {
        Cursor {
            state: State::Lost,
            deflates: false,
            is_guess: false,
            is_behind_handshake: false,
        }
    }

    /// The same cursor, at the beginning of a frame.
    pub(crate) fn anew(self) -> Self {
        Cursor {
            state: State::Header(Header::default()),
            ..self
        }
    }

    /// To be said before bytes are offered by a writer that may not be writing frames yet, with what has come in from the
    /// other end. After pages that went by on the connection, the head of an answer that leads to frames is looked for at
    /// the beginning of calls.
    pub(crate) fn begin_call(&mut self, offered: &Offered<'_>, requests: Requests) {
        if self.state == State::Foreign
            && requests.ask_for_upgrade()
            && Text::begins_upgrade(offered)
        {
            self.state = State::Text(Text::default());
        }
    }

    /// To be said when these bytes are known to be of frames: they begin with one, unless a head comes first.
    pub(crate) fn begin_frames(&mut self, offered: &Offered<'_>) {
        if self.begins_without_head(offered) {
            self.state = State::Header(Header::default());
        }
    }

    /// Frames follow now, if all that has gone by is the head of a request for them. Gives whether it is.
    pub(crate) fn begins_frames_behind_request(&mut self) -> bool {
        let is_behind = self.is_behind_handshake && self.state == State::Unknown;
        if is_behind {
            self.state = State::Header(Header::default());
        }
        is_behind
    }

    /// The same, between frames if the bytes offered may begin the first one.
    pub(crate) fn before_first_frame(mut self, offered: &Offered<'_>) -> Cursor {
        let first = offered.first(1).flatten().next();
        if self.state == State::Unknown && first.is_some_and(|byte| Header::may_be_first(*byte)) {
            self.state = State::Header(Header::default());
        }
        self
    }

    /// Whether nothing has gone by that says what this stream carries, and neither do these bytes by a head of text.
    pub(crate) fn begins_without_head(&self, offered: &Offered<'_>) -> bool {
        let first = offered.first(1).flatten().next();
        self.state == State::Unknown && first.is_some_and(|byte| !Text::begins_with(*byte))
    }

    /// Passes over bytes. Tells every header that is completed in them.
    #[inline]
    pub(crate) fn advance(&mut self, bytes: &[u8], mut passed: impl FnMut(Passed)) {
        let mut at = 0;
        while at < bytes.len() {
            let rest = bytes.get(at..).unwrap_or_default();
            match &mut self.state {
                State::Header(header) => {
                    at = at.saturating_add(header.take(rest));
                    if header.is_complete() {
                        let (header, start) = (
                            *header,
                            (at as i64).saturating_sub(header.bytes().len() as i64),
                        );
                        if self.is_guess && !Header::is_plausible(header.bytes(), None) {
                            self.state = State::Lost;
                            return;
                        }
                        passed(Passed { header, start });
                        self.state = match header.length() {
                            0 => State::Header(Header::default()),
                            length => State::Payload(header, length),
                        };
                    }
                }
                State::Payload(_, left) => {
                    let now = (*left).min(rest.len() as u64);
                    at = at.saturating_add(now as usize);
                    *left = left.saturating_sub(now);
                    if *left == 0 {
                        self.state = State::Header(Header::default());
                    }
                }
                State::Unknown | State::BetweenHeads | State::Text(_) => {
                    at = at.saturating_add(self.advance_text(rest))
                }
                State::Foreign | State::Lost => return,
            }
        }
    }

    #[cold]
    fn advance_text(&mut self, bytes: &[u8]) -> usize {
        let first = bytes.first().copied().unwrap_or(0);
        let mut text = match self.state {
            State::Text(text) => text,
            _ if Text::begins_with(first) => Text::default(),
            State::Unknown if Header::may_be_first(first) => {
                self.state = State::Header(Header::default());
                return 0;
            }
            _ => {
                self.state = State::Foreign;
                return 0;
            }
        };
        let (taken, then) = text.take(bytes);
        self.is_behind_handshake |= matches!(then, Some(Then::Frames | Then::FramesOrText));
        self.deflates |= then == Some(Then::Frames) && text.accepts_deflate();
        self.state = match then {
            None => State::Text(text),
            Some(Then::Frames) => State::Header(Header::default()),
            Some(Then::FramesOrText) => State::Unknown,
            Some(Then::Text) => State::BetweenHeads,
            Some(Then::Anything) => State::Foreign,
        };
        taken
    }

    /// The head of the answer was read elsewhere, and accepts `permessage-deflate`.
    pub(crate) fn note_deflates(&mut self) {
        self.deflates = true;
    }

    /// Whether the head before the frames accepted `permessage-deflate`.
    pub(crate) fn deflates(&self) -> bool {
        self.deflates
    }

    /// The frame that the cursor is inside of, if it is.
    #[inline]
    pub(crate) fn inside(&self) -> Option<Inside> {
        match self.state {
            State::Header(header) if !header.is_empty() => Some(Inside {
                header,
                gone: header.bytes().len() as u64,
            }),
            State::Payload(header, left) => Some(Inside {
                header,
                gone: (header.bytes().len() as u64)
                    .saturating_add(header.length().saturating_sub(left)),
            }),
            _ => None,
        }
    }

    /// Whether the next byte begins a frame.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn is_between_frames(&self) -> bool {
        matches!(&self.state, State::Header(header) if header.is_empty())
    }

    /// Whether the next byte is the first one of a frame's payload.
    pub(crate) fn is_behind_header(&self) -> bool {
        matches!(&self.state, State::Payload(header, left) if *left == header.length())
    }

    /// Whether the bytes offered are one whole frame with a whole message, and nothing else.
    #[inline(always)]
    pub(crate) fn is_one_whole_message(&self, offered: &Offered<'_>) -> bool {
        let bytes = offered.single();
        bytes.is_some_and(|bytes| self.is_whole_message(bytes))
    }

    /// The same of bytes in one piece.
    #[inline(always)]
    pub(crate) fn is_whole_message(&self, bytes: &[u8]) -> bool {
        self.is_between_frames() && Header::begins_whole_message(bytes)
    }

    /// Whether the handshake of a WebSocket has gone by, as far as this end sends it.
    pub(crate) fn is_behind_handshake(&self) -> bool {
        self.is_behind_handshake
    }

    /// Whether these were no frames, or it is not known any more where they are.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn is_lost(&self) -> bool {
        matches!(self.state, State::Lost)
    }

    /// Whether a head has begun and not ended.
    pub(crate) fn is_in_head(&self) -> bool {
        matches!(self.state, State::Text(_))
    }

    /// Whether frames go by, as far as can be told.
    #[cfg_attr(not(debug_assertions), inline)]
    pub(crate) fn is_in_frames(&self) -> bool {
        matches!(self.state, State::Header(_) | State::Payload(..))
    }

    /// The header of the frame that the bytes offered begin, all of it, if they are in one piece and the frame is short.
    #[inline(always)]
    pub(crate) fn short_header_at(&self, offered: &Offered<'_>) -> Option<Short> {
        let bytes = offered.single().filter(|_| self.is_between_frames())?;
        Header::short(bytes).filter(|header| header.size <= bytes.len())
    }

    /// The header of the frame that the first of the bytes offered belongs to, as much of it as is there with them.
    pub(crate) fn header_at(&self, offered: &Offered<'_>) -> Header {
        let mut header = self
            .inside()
            .map(|inside| inside.header)
            .unwrap_or_default();
        offered
            .first(Header::MAX as u64)
            .for_each(|piece| _ = header.take(piece));
        header
    }

    /// The header with which the bytes offered go on: as much of it as is there, or nothing inside a frame.
    pub(crate) fn next_header(&self, offered: &Offered<'_>) -> Header {
        if self.is_between_frames() {
            Header::read(offered.first(offered.len()))
        } else {
            Header::default()
        }
    }

    /// Passes over the first `count` of the bytes offered. Tells every header that is completed in them.
    #[inline]
    pub(crate) fn pass(
        &mut self,
        offered: &Offered<'_>,
        count: u64,
        mut passed: impl FnMut(Passed),
    ) {
        let mut before = 0;
        for piece in offered.first(count) {
            self.advance(piece, |frame| {
                passed(Passed {
                    start: frame.start.saturating_add(before),
                    ..frame
                })
            });
            before = before.saturating_add(piece.len() as i64);
        }
    }

    /// The frame that is cut strictly inside by every place in `cut`, if there is one. Places are counted from the
    /// first of the bytes offered, which the cursor has not passed yet.
    pub(crate) fn frame_round(&self, offered: &Offered<'_>, cut: Cut) -> Option<Passed> {
        let mut ahead = *self;
        let mut found = None;
        // The frame in which the bytes begin.
        let mut last = self.inside().map(|inside| Passed {
            header: inside.header,
            start: (inside.gone as i64).saturating_neg(),
        });
        let mut offer = |frame: Passed| {
            let starts_before = frame.start < cut.from as i64;
            let ends_behind = !frame.header.is_complete()
                || frame
                    .start
                    .saturating_add_unsigned(frame.header.frame_size())
                    > cut.to as i64;
            if starts_before && ends_behind {
                found = Some(frame);
            }
        };
        ahead.pass(offered, offered.len(), |passed| {
            // A header that was cut by the beginning of the bytes is told once more, whole.
            if last.is_some_and(|last| last.start != passed.start) {
                last.take().into_iter().for_each(&mut offer);
            }
            last = Some(passed);
        });
        let tail = ahead.inside().map(|inside| Passed {
            header: inside.header,
            start: (offered.len() as i64).saturating_sub(inside.gone as i64),
        });
        match (last, tail) {
            (Some(last), Some(tail)) if last.start != tail.start => {
                offer(last);
                offer(tail);
            }
            (Some(last), _) => offer(last),
            (None, Some(tail)) => offer(tail),
            (None, None) => {}
        }
        found
    }
}
