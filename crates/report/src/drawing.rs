//! A drawing of the wire at a tear: whose bytes are where, and at which byte they meet.

use super::{Bytes, FrameHeader, Size};

/// The wire as one line, and below it at which byte of the frame the tear is, if it is in a frame. `unsent` says what
/// becomes of the rest of the frame, if it is not on the wire.
pub(super) fn drawing(bytes: &Bytes, unsent: &str) -> Vec<String> {
    let (torn, inserted) = sides(bytes);
    let left = format!("wire ──[{}, {}]────────▶", label(torn), bytes.torn.label());
    let middle = format!("◀─[{}, {}]─▶", label(inserted), bytes.torn.other().label());
    let wire = format!("{left}┊{middle}┊{}", rest(bytes, unsent));
    let Some(at) = bytes.byte_of_frame else {
        return vec![wire];
    };
    // It ends below the tear.
    let caption = format!("byte {at} of the frame");
    let indent = (left.chars().count() + 1).saturating_sub(caption.chars().count());
    vec![wire, " ".repeat(indent) + &caption]
}

/// The header of what was torn and that of what came in, where they are known.
fn sides(bytes: &Bytes) -> (Option<&FrameHeader>, Option<&FrameHeader>) {
    // Of one header alone, the place of the tear tells whose it is.
    let has_torn = bytes.frames.len() > 1 || bytes.byte_of_frame.is_some();
    let torn = bytes
        .frames
        .iter()
        .find(|frame| frame.writer == bytes.torn && has_torn);
    let inserted = bytes
        .frames
        .last()
        .filter(|_| bytes.frames.len() > usize::from(torn.is_some()));
    (torn, inserted)
}

fn rest(bytes: &Bytes, unsent: &str) -> String {
    let Some(rest) = bytes.ranges.get(2) else {
        return "…".to_owned();
    };
    let length = rest.length.map_or("the rest".to_owned(), |length| {
        format!("the other {}", Size(length))
    });
    let fate = if rest.sent {
        String::new()
    } else {
        format!(": {unsent}")
    };
    format!("──{length} of the frame of {}{fate}──▶", bytes.torn.label())
}

fn label(frame: Option<&FrameHeader>) -> String {
    let Some(frame) = frame else {
        return "bytes".to_owned();
    };
    let fragment = if frame.fin { "" } else { " fragment" };
    let size = frame
        .length
        .map(|length| format!(" {}", Size(length)))
        .unwrap_or_default();
    format!("{}{fragment}{size}", frame.opcode)
}

#[cfg(test)]
mod tests {
    use super::super::samples;

    #[test]
    fn a_name_of_any_length_in_a_foreign_report_is_drawn() {
        let mut report = samples::torn();
        let bytes = report.bytes.as_mut().unwrap();
        bytes.frames[0].opcode = "x".repeat(70_000);
        assert!(bytes.byte_of_frame.is_some() && report.to_string().contains(" of the frame\n"));
    }
}
