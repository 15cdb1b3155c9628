//! A strict reader of RFC 6455: what a peer makes of a stream of bytes, of which parts may be unknown.
//!
//! Its errors have the words of tungstenite, because users know these. The reader and tungstenite agree on what is an
//! error, on which frame is at fault, and on the words if a frame has several faults. They differ in two things:
//!
//! - When. This reader fails on a wrong header as soon as the header is complete, and on a text that is not UTF-8 as soon
//!   as the wrong byte is there (sections 5 and 8.1). tungstenite waits for the frame's payload first, unless the opcode
//!   or the length is wrong. If the payload never comes, it says that the connection was reset.
//! - The close code. tungstenite sends no close frame of its own. The code here is the one that section 7.4.1 has for
//!   the error.
//!
//! Both are laxer than the standard in three things:
//!
//! - A length need not be in its shortest form (section 5.2).
//! - A length with its highest bit set is too long. It is not a breach of the protocol (section 5.2).
//! - A close frame may have a code that must not be sent, such as 1005 (section 7.4). tungstenite shows it as 1002.
//!
//! The reader says only what holds for every value of the unknown bytes. An error is an error for all of them. A message
//! with unknown bytes is delivered unless its known bytes are wrong.

mod reading;
mod rules;
#[cfg(test)]
mod tests;
mod text;

pub(super) use reading::{Delivered, End, Endpoint, Piece, Reading};

use crate::wire::{Content, Header};
use rules::Fault;
use text::Text;

/// Reads a stream that begins with a frame. `open_message` is the opcode of the message that was open before it, if one
/// was. `deflates` says that messages may be compressed: their payload is not looked at.
pub(super) fn read_as<'b>(
    endpoint: Endpoint,
    deflates: bool,
    open_message: Option<u8>,
    pieces: impl IntoIterator<Item = Piece<'b>>,
) -> Reading {
    let open = open_message.map(Message::open_at_the_beginning);
    let mut reader = Reader {
        endpoint,
        deflates,
        at: 0,
        place: Place::Header(Header::default()),
        open,
        messages: Vec::new(),
    };
    let end = pieces
        .into_iter()
        .try_for_each(|piece| reader.take(piece))
        .err();
    let end = end.unwrap_or_else(|| reader.end_of_stream());
    Reading {
        messages: reader.messages,
        end,
    }
}

/// The same without extensions.
#[cfg(test)]
fn read<'b>(
    endpoint: Endpoint,
    open_message: Option<u8>,
    pieces: impl IntoIterator<Item = Piece<'b>>,
) -> Reading {
    read_as(endpoint, false, open_message, pieces)
}

struct Reader {
    endpoint: Endpoint,
    deflates: bool,
    /// How many bytes it has read.
    at: u64,
    place: Place,
    /// The fragmented message between whose frames the reader is.
    open: Option<Message>,
    messages: Vec<Delivered>,
}

#[derive(Clone, Copy)]
enum Place {
    /// In a header. While none of its bytes have come, between frames.
    Header(Header),
    Payload(Frame),
}

#[derive(Clone, Copy)]
struct Frame {
    header: Header,
    at: u64,
    /// How many bytes of the payload are still to come.
    left: u64,
    message: Message,
}

/// A message of which some frames have been read, or a control frame.
#[derive(Clone, Copy)]
struct Message {
    opcode: u8,
    from: u64,
    /// The length of its frames so far, with that of the frame that is being read.
    length: u64,
    /// Whether the stream has its first frame.
    is_whole: bool,
    /// The check that it is UTF-8, if it must be.
    text: Option<Text>,
    /// The first two bytes of a close frame's payload, where they are known.
    code: [Option<u8>; 2],
}

impl Message {
    fn begun_by(header: &Header, from: u64) -> Message {
        let text = match header.opcode() {
            // What is compressed is no UTF-8. Without the extension, such a header was refused before.
            1 if header.is_compressed() => None,
            1 if header.is_final() => Some(Text::of_one_frame()),
            1 => Some(Text::of_fragments()),
            8 => Some(Text::of_close()),
            _ => None,
        };
        Message {
            opcode: header.opcode(),
            from,
            length: 0,
            is_whole: true,
            text,
            code: [None; 2],
        }
    }

    fn open_at_the_beginning(opcode: u8) -> Message {
        let text = (opcode == 1).then(Text::of_later_fragments);
        Message {
            opcode,
            from: 0,
            length: 0,
            is_whole: false,
            text,
            code: [None; 2],
        }
    }
}

impl Frame {
    /// Reads the next bytes of the payload.
    fn take(&mut self, piece: Piece<'_>) -> Result<(), End> {
        let offset = self.header.length() - self.left;
        self.left -= piece.length();
        self.keep_code(piece, offset);
        let checked = match (&mut self.message.text, piece) {
            (None, _) => Ok(()),
            (Some(text), Piece::Known(bytes)) => {
                text.take(bytes, self.header.mask().unwrap_or_default(), offset)
            }
            (Some(text), Piece::Unknown(count)) => {
                text.take_unknown(offset, count);
                Ok(())
            }
        };
        self.check_text(checked)
    }

    /// Keeps the bytes of a close code.
    fn keep_code(&mut self, piece: Piece<'_>, offset: u64) {
        let Piece::Known(bytes) = piece else { return };
        let mask = self.header.mask().unwrap_or_default();
        for (place, (code, key)) in self
            .message
            .code
            .iter_mut()
            .zip(mask)
            .enumerate()
            .skip(offset.min(2) as usize)
        {
            *code = bytes
                .get(place - offset as usize)
                .map(|byte| byte ^ key)
                .or(*code);
        }
    }

    /// Checks that the message may end here.
    fn end(&self) -> Result<(), End> {
        self.check_text(self.message.text.map_or(Ok(()), |text| text.end()))
    }

    fn check_text(&self, checked: Result<(), String>) -> Result<(), End> {
        checked.map_err(|words| Fault::in_text(words).at(self.at))
    }
}

impl Reader {
    fn take(&mut self, mut piece: Piece<'_>) -> Result<(), End> {
        while piece.length() > 0 {
            piece = match self.place {
                Place::Header(header) => self.take_header(header, piece)?,
                Place::Payload(frame) => self.take_payload(frame, piece)?,
            };
        }
        Ok(())
    }

    fn take_header<'b>(&mut self, begun: Header, piece: Piece<'b>) -> Result<Piece<'b>, End> {
        let Piece::Known(bytes) = piece else {
            return Err(End::Unknown {
                at: self.start_of(&begun),
            });
        };
        let header = Header::read([begun.bytes(), bytes]);
        let taken = header.bytes().len() - begun.bytes().len();
        self.at += taken as u64;
        self.place = Place::Header(header);
        if header.is_complete() {
            self.begin_payload(header)?;
        }
        Ok(Piece::Known(&bytes[taken..]))
    }

    /// Where this header begins, if the reader has read it and nothing after it.
    fn start_of(&self, header: &Header) -> u64 {
        self.at - header.bytes().len() as u64
    }

    fn begin_payload(&mut self, header: Header) -> Result<(), End> {
        let at = self.start_of(&header);
        rules::judge(self.endpoint, self.deflates, self.open.is_some(), &header)
            .map_err(|fault| fault.at(at))?;
        let open = if header.content() == Content::Continuation {
            self.open.take()
        } else {
            None
        };
        let mut message = open.unwrap_or_else(|| Message::begun_by(&header, at));
        message.length += header.length();
        rules::judge_size(message.length, message.is_whole).map_err(|fault| fault.at(at))?;
        self.go_on(Frame {
            header,
            at,
            left: header.length(),
            message,
        })
    }

    fn take_payload<'b>(&mut self, mut frame: Frame, piece: Piece<'b>) -> Result<Piece<'b>, End> {
        let (now, others) = piece.split(frame.left);
        frame.take(now)?;
        self.at += now.length();
        self.go_on(frame)?;
        Ok(others)
    }

    /// Goes on in the payload of this frame, or behind it if the payload is complete.
    fn go_on(&mut self, frame: Frame) -> Result<(), End> {
        if frame.left > 0 {
            self.place = Place::Payload(frame);
            return Ok(());
        }
        self.place = Place::Header(Header::default());
        let message = frame.message;
        if !frame.header.is_final() {
            self.open = Some(message);
            return Ok(());
        }
        frame.end()?;
        let Message {
            opcode,
            from,
            length,
            ..
        } = message;
        self.messages.push(Delivered {
            opcode,
            length,
            from,
            to: self.at,
        });
        let code = message.code[0]
            .zip(message.code[1])
            .map(|(high, low)| u16::from_be_bytes([high, low]));
        if opcode == 8 {
            Err(End::Closed { at: frame.at, code })
        } else {
            Ok(())
        }
    }

    /// What the peer waits for at the end of the stream.
    fn end_of_stream(&self) -> End {
        match self.place {
            Place::Header(header) if header.is_empty() => End::BetweenFrames {
                open_message: self.open.map(|message| message.opcode),
            },
            Place::Header(header) => End::InHeader {
                at: self.start_of(&header),
            },
            Place::Payload(frame) => End::Waits {
                at: frame.at,
                length: frame.header.length(),
                missing: frame.left,
            },
        }
    }
}
