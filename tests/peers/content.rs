//! The content of data messages: what a program wanted to send, and what a peer's application was given.

use crate::program::Writer;
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::{Data, OpCode};
use sha1::{Digest, Sha1};

/// A data message, short enough to be printed in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) is_text: bool,
    pub(crate) length: u64,
    /// The payload or its digest, in hexadecimal.
    pub(crate) sha1: String,
}

impl Content {
    pub(crate) fn new(is_text: bool, payload: &[u8]) -> Self {
        let sha1 = Sha1::digest(payload)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Content {
            is_text,
            length: payload.len() as u64,
            sha1,
        }
    }
}

/// The data messages that the two writers have sent in these frames.
pub(crate) fn messages_of(frames: &[(Writer, Frame)]) -> Vec<Content> {
    [Writer::First, Writer::Second]
        .into_iter()
        .flat_map(|writer| messages_of_one(writer, frames))
        .collect()
}

fn messages_of_one(writer: Writer, frames: &[(Writer, Frame)]) -> Vec<Content> {
    let mut messages = Vec::new();
    let mut open: Option<(bool, Vec<u8>)> = None;
    for (_, frame) in frames.iter().filter(|(by, _)| *by == writer) {
        match frame.header().opcode {
            OpCode::Data(Data::Continue) => {
                // A continuation without a beginning is no message.
                let Some((_, payload)) = &mut open else {
                    continue;
                };
                payload.extend_from_slice(frame.payload());
            }
            OpCode::Data(data) => open = Some((data == Data::Text, frame.payload().to_vec())),
            OpCode::Control(_) => continue,
        }
        if let Some((is_text, payload)) = open.take_if(|_| frame.header().is_final) {
            messages.push(Content::new(is_text, &payload));
        }
    }
    messages
}
