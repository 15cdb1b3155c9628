//! What a conforming peer makes of a stream of bytes, of which parts may be unknown (RFC 6455).
//!
//! Errors are in the words of tungstenite, which is the peer of many and whose words its users know. It and this reader
//! agree on what is an error, on which frame and, where a frame is wrong in several ways, on the words. They differ in
//! when, and in the code of the close frame that follows:
//!
//! - A wrong header is an error as soon as it is complete, and a text that is no UTF-8 as soon as the wrong byte is
//!   there (sections 5 and 8.1). tungstenite waits for the frame's payload first, unless the opcode or the length is
//!   what is wrong. If the payload never comes, it says that the connection was reset.
//! - tungstenite sends no close frame of its own. The code here is the one that section 7.4.1 has for the error.
//!
//! Both are laxer than the standard in three things:
//!
//! - A length need not be in its shortest form (section 5.2).
//! - A length with its highest bit set is one that is too long, and no breach of the protocol (section 5.2).
//! - A close frame may have a code that must not be sent, such as 1005 (section 7.4). tungstenite shows it as 1002.
//!
//! Unknown bytes have the benefit of the doubt: an error is one whatever they are, and where there is none, what they
//! are part of is delivered.

mod rules;
#[cfg(test)]
mod tests;
mod text;

use crate::wire::{Content, Header};
use rules::Fault;
use text::Text;

/// Which end reads. A server expects masked frames, a client unmasked ones (RFC 6455, section 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reads {
    Server,
    Client,
}

/// A part of the stream, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'b> {
    Known(&'b [u8]),
    /// So many bytes.
    Unknown(u64),
}

/// What the peer has made of the stream. All places in it are counted in bytes from its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) messages: Vec<Delivered>,
    pub(crate) end: End,
}

/// A message or a control frame that the application gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Delivered {
    /// Of the message's first frame.
    pub(crate) opcode: u8,
    /// Of the payloads of all frames; of those that are in the stream, if the message was open at its beginning.
    pub(crate) length: u64,
    /// Where the header of its first frame begins; zero if the message was open at the beginning of the stream.
    pub(crate) from: u64,
    /// Where its last frame ends.
    pub(crate) to: u64,
}

/// How the stream ends for the peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// The peer fails the connection.
    Error {
        /// As tungstenite says it. Cut off before what depends on bytes that are not known.
        words: String,
        close_code: u16,
        /// Where the header of the frame at fault begins. Unknown bytes before it may make an earlier frame of a text
        /// the one at fault.
        at: u64,
    },
    /// The peer waits for so many more bytes of a frame.
    Waits {
        /// Where the frame's header begins.
        at: u64,
        /// How many bytes of payload the header promises.
        length: u64,
        missing: u64,
    },
    /// The stream ends with an incomplete header, which is not judged.
    InHeader { at: u64 },
    /// The stream ends where a frame does.
    BetweenFrames {
        /// The opcode of the fragmented message of which the peer waits for more frames.
        open_message: Option<u8>,
    },
    /// What comes next depends on bytes that are not known: they are in the header that begins here, or are all of it.
    Unknown { at: u64 },
    /// The frame that begins here closes the connection. The peer reads nothing after it (RFC 6455, section 5.5.1).
    Closed {
        at: u64,
        /// The code that it gives (RFC 6455, section 5.5.1), if it gives one and its bytes are known.
        code: Option<u16>,
    },
}

/// Reads a stream from the beginning of a frame, in a message whose first frame had the opcode `open_message`, if there
/// is one.
pub(crate) fn read<'b>(
    reads: Reads,
    open_message: Option<u8>,
    pieces: impl IntoIterator<Item = Piece<'b>>,
) -> Reading {
    let open = open_message.map(Message::open_at_the_beginning);
    let mut reader = Reader {
        reads,
        at: 0,
        place: Place::Header(Header::default()),
        open,
        messages: Vec::new(),
    };
    let end = pieces
        .into_iter()
        .try_for_each(|piece| reader.take(piece))
        .err();
    let end = end.unwrap_or_else(|| reader.waits());
    Reading {
        messages: reader.messages,
        end,
    }
}

impl<'b> Piece<'b> {
    fn length(self) -> u64 {
        match self {
            Piece::Known(bytes) => bytes.len() as u64,
            Piece::Unknown(count) => count,
        }
    }

    /// Its first `count` bytes, or all, and the others.
    fn split(self, count: u64) -> (Piece<'b>, Piece<'b>) {
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

struct Reader {
    reads: Reads,
    /// How many bytes have been read.
    at: u64,
    place: Place,
    /// The fragmented message between whose frames the reader is.
    open: Option<Message>,
    messages: Vec<Delivered>,
}

#[derive(Clone, Copy)]
enum Place {
    /// In a header; between frames while none of it has come.
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
    /// Of its frames so far, the one that is being read included.
    length: u64,
    /// Whether the stream has its beginning.
    is_whole: bool,
    /// The check of what has to be UTF-8.
    text: Option<Text>,
    /// The first two bytes of a close frame's payload, as far as they are known.
    code: [Option<u8>; 2],
}

impl Message {
    fn begun_by(header: &Header, from: u64) -> Message {
        let text = match header.opcode() {
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
    /// Takes the payload's next bytes.
    fn take(&mut self, piece: Piece<'_>) -> Result<(), End> {
        let offset = self.header.length() - self.left;
        self.left -= piece.length();
        self.note_code(piece, offset);
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

    fn note_code(&mut self, piece: Piece<'_>, offset: u64) {
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

    /// Takes the end of the message.
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

    /// Where a header begins that has been read as far as this, and nothing after it.
    fn start_of(&self, header: &Header) -> u64 {
        self.at - header.bytes().len() as u64
    }

    fn begin_payload(&mut self, header: Header) -> Result<(), End> {
        let at = self.start_of(&header);
        rules::judge(self.reads, self.open.is_some(), &header).map_err(|fault| fault.at(at))?;
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

    /// Goes on in the payload of a frame, or after it.
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
    fn waits(&self) -> End {
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
