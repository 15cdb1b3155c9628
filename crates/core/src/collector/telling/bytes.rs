//! From the evidence of a tear to what a report shows of it.

use crate::far_end;
use crate::settings::Payload;
use crate::wire::{Clip, Cut, Header, Inserted, Proof, Tear, Torn};
use redhanded_report::{Bytes, FrameHeader, Range, Role, Span};

/// How many bytes are shown from before the tear, from what was inserted, and from after the tear: 256 together.
const SHOWN: [usize; 3] = [96, 64, 96];

/// What a report shows of the bytes of a tear.
pub(crate) fn bytes(torn: Role, tear: &Tear, deflates: bool, payload: Payload) -> Bytes {
    let other = torn.other();
    let place = tear.place.map(|place| shifted(place, tear.before_watching));
    let counted_since = if tear.before_watching.is_some() {
        "connection"
    } else {
        "watch"
    };
    let torn_header = match &tear.torn {
        Torn::Frame(clip) => Some(&clip.header),
        Torn::Message(header) => Some(header),
        Torn::Nothing | Torn::Handshake(_) => None,
    };
    let headers = [(torn, torn_header), (other, Some(&tear.inserted.header))];
    let present = headers
        .into_iter()
        .filter_map(|(writer, header)| Some((writer, header.filter(|it| !it.is_empty())?)));
    let shows = payload == Payload::Show;
    Bytes {
        torn,
        offset: place,
        counted_since: counted_since.to_owned(),
        byte_of_frame: match &tear.torn {
            Torn::Frame(clip) => Some(span(clip.cut)),
            _ => None,
        },
        proof: proof(tear).to_owned(),
        frames: present
            .map(|(writer, header)| frame(writer, header))
            .collect(),
        ranges: ranges(torn, other, tear, shows),
        far_end: far_end::predict(tear, deflates),
    }
}

fn proof(tear: &Tear) -> &'static str {
    match tear.proof {
        Proof::Calls if matches!(tear.torn, Torn::Handshake(_)) => {
            "the other writer's bytes were accepted before the handshake's last call to the stream began"
        }
        Proof::Calls => {
            "the other writer's bytes were accepted between two calls of this frame's or message's writer"
        }
        Proof::Stream => {
            "the other writer's bytes came between two calls inside this frame, and what follows where the frame would end \
             begins no frame"
        }
        Proof::Counters => {
            "the kernel counts the bytes that the socket has taken (TCP_INFO and SIOCOUTQ), read before and after the other \
             writer's call"
        }
    }
}

fn span(cut: Cut) -> Span {
    Span {
        from: cut.from,
        to: cut.to,
    }
}

fn shifted(cut: Cut, by: Option<u64>) -> Span {
    // What was carried before may lie below 0.
    let by = by.unwrap_or(0);
    Span {
        from: cut.from.wrapping_add(by),
        to: cut.to.wrapping_add(by),
    }
}

fn frame(writer: Role, header: &Header) -> FrameHeader {
    FrameHeader {
        writer,
        fin: header.is_final(),
        reserved: header.reserved_bits(),
        opcode: header.opcode_name().to_owned(),
        masked: header.masked(),
        length: header.is_complete().then(|| header.length()),
        bytes: hexadecimal(header.bytes(), |_| true),
    }
}

fn ranges(torn: Role, other: Role, tear: &Tear, shows: bool) -> Vec<Range> {
    let inserted = inserted_range(other, &tear.inserted, shows);
    match &tear.torn {
        Torn::Frame(clip) => {
            let is_resumed = tear.proof == Proof::Counters;
            vec![
                before_range(torn, clip, shows),
                inserted,
                after_range(torn, clip, shows, is_resumed),
            ]
        }
        Torn::Message(_) | Torn::Nothing | Torn::Handshake(_) => vec![inserted],
    }
}

fn before_range(writer: Role, clip: &Clip, shows: bool) -> Range {
    let skipped = clip.before.len().saturating_sub(SHOWN[0]);
    let shown = &clip.before[skipped..];
    let shown_from = clip.cut.from - shown.len() as u64;
    let is_header = |index: usize| shown_from + (index as u64) < clip.header.bytes().len() as u64;
    Range {
        writer,
        length: Some(clip.cut.from),
        shown_from,
        shown: hexadecimal(shown, |index| shows || is_header(index)),
        sent: true,
    }
}

fn inserted_range(writer: Role, inserted: &Inserted, shows: bool) -> Range {
    let shown = &inserted.head[..inserted.head.len().min(SHOWN[1])];
    Range {
        writer,
        length: Some(inserted.total),
        shown_from: 0,
        shown: hexadecimal(shown, |index| {
            shows || index < inserted.header.bytes().len()
        }),
        sent: inserted.total > 0,
    }
}

fn after_range(writer: Role, clip: &Clip, shows: bool, sent: bool) -> Range {
    let rest = clip
        .header
        .is_complete()
        .then(|| clip.header.frame_size() - clip.cut.to);
    let in_frame = rest.unwrap_or(u64::MAX).min(SHOWN[2] as u64) as usize;
    let shown = &clip.after[..clip.after.len().min(in_frame)];
    let is_header = |index: usize| clip.cut.to + (index as u64) < clip.header.bytes().len() as u64;
    Range {
        writer,
        length: rest,
        shown_from: 0,
        shown: hexadecimal(shown, |index| shows || is_header(index)),
        sent,
    }
}

/// Bytes in hexadecimal. Those that may not be shown are masked.
fn hexadecimal(bytes: &[u8], is_seen: impl Fn(usize) -> bool) -> String {
    let shown = |(index, byte): (usize, &u8)| {
        if is_seen(index) {
            format!("{byte:02x}")
        } else {
            "••".to_owned()
        }
    };
    bytes
        .iter()
        .enumerate()
        .map(shown)
        .collect::<Vec<_>>()
        .join(" ")
}
