//! What the far end makes of a torn stream.
//!
//! The bytes round the tear are put in the order in which they went over the wire. A strict reader of RFC 6455 reads
//! them. It does not know the bytes that were not kept, and says nothing that depends on them.

mod close_code;
mod reader;

use crate::wire::{Clip, Content, Header, Inserted, Proof, Tear, Torn};
use reader::{Delivered, End, Endpoint, Piece, Reading, read_as};
use redhanded_report::{FarEnd, Kind, Size};

/// More bytes than any frame has.
const ENDLESS: u64 = u64::MAX / 4;

/// What a strict reader at the other end makes of a tear. `deflates` says that the handshake accepted `permessage-deflate`
/// (RFC 7692): then the first frame of a message may have RSV1, and its payload is compressed.
pub(crate) fn predict(tear: &Tear, deflates: bool) -> FarEnd {
    match &tear.torn {
        Torn::Frame(clip) => predict_frame(tear, clip, deflates),
        Torn::Message(header) => predict_message(tear, Some(header), deflates),
        Torn::Nothing => predict_message(tear, None, deflates),
        Torn::Handshake(_) => {
            let sees = "reads bytes of a frame where the head of the handshake belongs, and does not open the connection";
            uncertain(vec![sees.to_owned()])
        }
    }
}

fn predict_frame(tear: &Tear, clip: &Clip, deflates: bool) -> FarEnd {
    if tear.is_encrypted {
        let why = "one of the writers writes above encryption: its TLS decides whether the peer gets a frame at all";
        return uncertain(vec![why.to_owned()]);
    }
    let is_abandoned = tear.kind == Kind::AbandonedWrite;
    let mut sees = Vec::new();
    if tear.inserted.total > 0 {
        sees.push(swallowed(clip, &tear.inserted));
    }
    if tear.is_one_of_several {
        // Only the kernel's counters tell that there are several. Between calls, the writer of the frame has gone on meanwhile.
        let why = if tear.proof == Proof::Counters {
            "finds foreign bytes at several places of the same frame: the outcome depends on all of them"
        } else {
            "finds them at a place of the frame that is not certain: the outcome depends on it"
        };
        sees.push(why.to_owned());
        return uncertain(sees);
    }
    let reading = read_frame(tear, clip, is_abandoned, deflates);
    if !is_abandoned && tear.proof != Proof::Counters {
        sees.push("waits for the rest of the torn frame; if it comes next:".to_owned());
    }
    let delivered = reading
        .messages
        .iter()
        .find(|message| message.from == 0 && matches!(message.opcode, 0..=2));
    let may_be_compressed = deflates && (clip.header.opcode() == 0 || clip.header.is_compressed());
    if delivered.is_some() && may_be_compressed && tear.inserted.total > 0 {
        return fails_to_inflate(clip, sees);
    }
    sees.extend(delivered.map(|message| corrupted(message, clip, &tear.inserted)));
    let (error, close_code) = conclude(&reading, &mut sees);
    // A peer that waits takes the next bytes on the wire for the payload that it waits for.
    let will_be =
        is_abandoned && matches!(reading.end, End::Waits { at: 0, .. }) && opcode(clip) == Some(2);
    let is_data = clip.header.is_empty() || clip.header.content() != Content::Control;
    let is_corrupted = match reading.end {
        _ if tear.inserted.total == 0 || !is_data => Some(false),
        _ if delivered.is_some() || will_be => Some(true),
        End::Error { .. } => Some(false),
        _ => None,
    };
    FarEnd {
        sees,
        corrupted: is_corrupted,
        error,
        close_code,
    }
}

/// What the peer sees, where nothing is certain of what comes of it.
fn uncertain(sees: Vec<String>) -> FarEnd {
    FarEnd {
        sees,
        corrupted: None,
        error: None,
        close_code: None,
    }
}

/// The peer inflates a message with foreign bytes in it. A continuation does not tell whether its message is compressed.
fn fails_to_inflate(clip: &Clip, mut sees: Vec<String>) -> FarEnd {
    let is_certain = clip.header.opcode() != 0;
    let condition = if is_certain {
        ""
    } else {
        "if that message is compressed, "
    };
    sees.push(format!(
        "{condition}inflates a payload that no writer compressed: its first error is that of the inflater. Where the inflater \
         does not fail, the application gets data that no writer sent"
    ));
    FarEnd {
        sees,
        corrupted: is_certain.then_some(true),
        error: is_certain.then(|| "corrupt deflate stream".to_owned()),
        // RFC 7692 leaves the code open. Peers say 1002 or 1007.
        close_code: None,
    }
}

/// What is certain of how the peer reads the stream from the first byte of the torn frame on.
fn read_frame(tear: &Tear, clip: &Clip, is_abandoned: bool, deflates: bool) -> Reading {
    let mut pieces = before(clip);
    pieces.extend(inserted(clip, &tear.inserted));
    if !is_abandoned {
        pieces.extend(after(clip));
    }
    // Unknown bytes of a text count as right. Nothing behind them is certain then, except an error of this frame.
    let is_text =
        opcode(clip).is_none_or(|opcode| opcode == 1) && !(deflates && clip.header.is_compressed());
    let is_text_in_part = is_text && pieces.iter().any(is_unknown_in_frame);
    // If the type of the message is not known, it counts as binary: nothing but that it is open is certain.
    let open_message = (clip.header.opcode() == 0).then(|| clip.message.unwrap_or(2));
    let reading = read_as(
        endpoint(&clip.header, &tear.inserted.header),
        deflates,
        open_message,
        pieces,
    );
    match reading.end {
        End::Error { at: 0, .. } | End::Waits { at: 0, .. } => reading,
        _ if is_text_in_part => Reading {
            messages: Vec::new(),
            end: End::Unknown { at: 0 },
        },
        _ => reading,
    }
}

/// The opcode of the message that the frame belongs to. Of a control frame, its own.
fn opcode(clip: &Clip) -> Option<u8> {
    if clip.header.opcode() == 0 {
        clip.message
    } else {
        Some(clip.header.opcode())
    }
}

fn predict_message(tear: &Tear, open: Option<&Header>, deflates: bool) -> FarEnd {
    let endpoint = endpoint(&tear.inserted.header, &tear.inserted.header);
    let known = Piece::Known(&tear.inserted.head);
    let unknown = Piece::Unknown(behind_head(&tear.inserted));
    let reading = read_as(
        endpoint,
        deflates,
        open.map(Header::opcode),
        [known, unknown],
    );
    let mut sees = vec![match open {
        Some(open) => format!(
            "is inside a fragmented {} message, and reads a new data frame",
            open.opcode_name()
        ),
        None => "has no message open, and reads a continuation".to_owned(),
    }];
    let (error, close_code) = conclude(&reading, &mut sees);
    FarEnd {
        sees,
        corrupted: Some(false),
        error,
        close_code,
    }
}

/// Which endpoint reads. Masked frames come from a client, so a server reads them (RFC 6455, section 5.1).
fn endpoint(torn: &Header, inserted: &Header) -> Endpoint {
    match torn.masked().or(inserted.masked()) {
        Some(true) => Endpoint::Server,
        _ => Endpoint::Client,
    }
}

/// The torn frame up to the tear.
fn before(clip: &Clip) -> Vec<Piece<'_>> {
    let until = clip.cut.from;
    let header = clip.header.bytes();
    let header = &header[..header.len().min(until as usize)];
    let start = until.saturating_sub(clip.before.len() as u64);
    let unknown = start.saturating_sub(header.len() as u64);
    let again = (header.len() as u64).saturating_sub(start) as usize;
    vec![
        Piece::Known(header),
        Piece::Unknown(unknown),
        Piece::Known(&clip.before[again..]),
    ]
}

/// What the other writer put there. If the place is not exact, all bytes between its bounds are unknown.
fn inserted<'b>(clip: &Clip, inserted: &'b Inserted) -> Vec<Piece<'b>> {
    if !clip.cut.is_exact() {
        return vec![Piece::Unknown(inserted.total + clip.cut.to - clip.cut.from)];
    }
    vec![
        Piece::Known(&inserted.head),
        Piece::Unknown(behind_head(inserted)),
    ]
}

/// How many of the other writer's bytes were not kept.
fn behind_head(inserted: &Inserted) -> u64 {
    inserted.total.saturating_sub(inserted.head.len() as u64)
}

/// The rest of the torn frame, and what its writer sent after the frame.
fn after(clip: &Clip) -> Vec<Piece<'_>> {
    let until = clip.cut.to + clip.after.len() as u64;
    if clip.tail.is_empty() {
        return vec![Piece::Known(&clip.after), Piece::Unknown(ENDLESS)];
    }
    let gap = clip.tail_at.saturating_sub(until);
    let again = until
        .saturating_sub(clip.tail_at)
        .min(clip.tail.len() as u64) as usize;
    vec![
        Piece::Known(&clip.after),
        Piece::Unknown(gap),
        Piece::Known(&clip.tail[again..]),
        Piece::Unknown(ENDLESS),
    ]
}

/// Whether the piece is unknown bytes inside the frame, and not the endless rest of the stream.
fn is_unknown_in_frame(piece: &Piece<'_>) -> bool {
    matches!(piece, Piece::Unknown(1..ENDLESS))
}

fn swallowed(clip: &Clip, inserted: &Inserted) -> String {
    let size = clip.header.bytes().len() as u64;
    let part = if !clip.header.is_complete() || clip.cut.from < size {
        "header"
    } else {
        "payload"
    };
    let frame = clip.header.opcode_name();
    format!(
        "takes {} of the other writer for {part} of the {frame} frame",
        Size(inserted.total)
    )
}

fn corrupted(message: &Delivered, clip: &Clip, inserted: &Inserted) -> String {
    let lost = Size(inserted.total.min(clip.header.length()));
    let kind = if message.opcode == 1 {
        "text"
    } else {
        "binary"
    };
    let (whole, part) = if clip.header.opcode() == message.opcode && clip.header.is_final() {
        (format!(" of {}", Size(message.length)), "it")
    } else {
        (String::new(), "one of its frames")
    };
    format!(
        "gives the application a {kind} message{whole} that no writer sent: foreign bytes in {part}, and the last {lost} cut off"
    )
}

/// Adds how the reading ends. Gives the error and the close code, if there are any.
fn conclude(reading: &Reading, sees: &mut Vec<String>) -> (Option<String>, Option<u16>) {
    let (step, verdict) = match &reading.end {
        End::Error {
            words, close_code, ..
        } => (
            format!("fails with \"{words}\", and closes with {close_code}"),
            (Some(words.clone()), Some(*close_code)),
        ),
        End::Waits { at: 0, missing, .. } => (
            format!(
                "waits for {} more of that frame, and takes the next bytes on the wire for them",
                Size(*missing)
            ),
            (None, None),
        ),
        End::Waits {
            length, missing, ..
        } => {
            let (length, missing) = (Size(*length), Size(*missing));
            (
                format!(
                    "takes payload for a header that promises {length}, and waits for {missing} more"
                ),
                (None, None),
            )
        }
        End::Closed {
            code: Some(code), ..
        } if !close_code::may_be_sent(*code) => {
            let step = format!(
                "takes payload for a close frame with the code {code}, which must not be sent, and closes with 1002"
            );
            (step, (None, Some(close_code::PROTOCOL_ERROR)))
        }
        End::Closed { .. } => (
            "takes payload for a close frame, and closes".to_owned(),
            (None, None),
        ),
        End::Unknown { .. } | End::BetweenFrames { .. } | End::InHeader { .. } => (
            "goes on with bytes that this report does not have".to_owned(),
            (None, None),
        ),
    };
    sees.push(step);
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Cut;

    fn far_end_of_several(proof: Proof) -> Vec<String> {
        let clip = Clip {
            header: Header::read([&[0x82, 100][..]]),
            message: None,
            cut: Cut { from: 50, to: 80 },
            before: vec![7; 48],
            after: Vec::new(),
            tail: Vec::new(),
            tail_at: 0,
        };
        let inserted = Inserted {
            header: Header::read([&[0x8a, 0][..]]),
            total: 2,
            head: vec![0x8a, 0],
        };
        let tear = Tear {
            kind: Kind::TornFrame,
            proof,
            place: None,
            before_watching: None,
            torn: Torn::Frame(clip),
            inserted,
            is_one_of_several: true,
            is_encrypted: false,
            gap: None,
        };
        predict(&tear, false).sees
    }

    #[test]
    fn several_places_are_only_told_where_the_counters_show_them() {
        let takes = "takes 2 B of the other writer for payload of the binary frame";
        let several = "finds foreign bytes at several places of the same frame: the outcome depends on all of them";
        let uncertain =
            "finds them at a place of the frame that is not certain: the outcome depends on it";
        assert_eq!(far_end_of_several(Proof::Counters), [takes, several]);
        assert_eq!(far_end_of_several(Proof::Calls), [takes, uncertain]);
    }
}
