//! Torn programs: two watched objects on one connection, what they put on the wire, and what the report says of it.
//!
//! As many bytes as were inserted are left over at the end of the torn frame, and the peer reads them as the next
//! header. They are the frame's last bytes: the same in every run, wherever the system stops the first writer.

use crate::common::connection::make_room;
use crate::common::start;
use crate::content::Content;
use crate::stage::{Objects, Stage};
use redhanded::report::{Bytes, Kind};
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::{Data, OpCode};

/// The payload of a frame that no socket here takes at once.
pub(crate) const BIG: usize = 2 << 20;

/// Which side the program is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Server,
    /// tungstenite makes a random mask for every frame.
    Client,
    /// Every frame has this mask.
    ClientWithMask([u8; 4]),
}

/// Which of the two writers sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writer {
    First,
    Second,
}

/// A program in which the second writer writes into a frame of the first.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) side: Side,
    /// What the first writer sends before the torn frame.
    pub(crate) before: Vec<Frame>,
    pub(crate) torn: Frame,
    pub(crate) inserted: Frame,
    /// What is sent after the torn frame.
    pub(crate) behind: Vec<(Writer, Frame)>,
}

/// The results of a program.
#[derive(Debug)]
pub(crate) struct Recording {
    /// The bytes that it put on the wire.
    pub(crate) stream: Vec<u8>,
    /// Who reads that stream: a client or a server.
    pub(crate) reader: Role,
    /// The data messages that it wanted to send.
    pub(crate) sent: Vec<Content>,
    /// What the report says of the bytes.
    pub(crate) bytes: Bytes,
}

pub(crate) fn text(payload: impl Into<Vec<u8>>) -> Frame {
    fragment(Data::Text, true, payload)
}

pub(crate) fn binary(payload: impl Into<Vec<u8>>) -> Frame {
    fragment(Data::Binary, true, payload)
}

/// A part of a message.
pub(crate) fn fragment(data: Data, is_final: bool, payload: impl Into<Vec<u8>>) -> Frame {
    Frame::message(payload.into(), OpCode::Data(data), is_final)
}

/// A payload that no socket here takes at once: this byte again and again, and these bytes at the end.
pub(crate) fn big(byte: u8, end: &[u8]) -> Vec<u8> {
    let mut payload = vec![byte; BIG];
    payload[BIG - end.len()..].copy_from_slice(end);
    payload
}

/// The same, for a frame with this mask: these bytes are the last ones on the wire.
pub(crate) fn big_under(mask: [u8; 4], byte: u8, wire: &[u8]) -> Vec<u8> {
    let from = BIG - wire.len();
    let end: Vec<u8> = wire
        .iter()
        .enumerate()
        .map(|(index, byte)| byte ^ mask[(from + index) % 4])
        .collect();
    big(byte, &end)
}

/// The second writer's message comes between two fragments of the first one's.
#[track_caller]
pub(crate) fn message_inside_fragments(side: Side) -> Recording {
    let [begin, end] = [(Data::Binary, false), (Data::Continue, true)]
        .map(|(data, is_final)| (Writer::First, fragment(data, is_final, [7; 3])));
    in_turn(side, &[begin, (Writer::Second, text("hello")), end])
}

/// The second writer ends a message that the first has ended.
#[track_caller]
pub(crate) fn continuation_of_nothing(side: Side) -> Recording {
    let end = fragment(Data::Continue, true, [7; 3]);
    let begin = (Writer::First, fragment(Data::Binary, false, [7; 3]));
    in_turn(
        side,
        &[begin, (Writer::First, end.clone()), (Writer::Second, end)],
    )
}

/// Sends frames one after the other. One frame of the second writer tears a message of the first.
#[track_caller]
fn in_turn(side: Side, frames: &[(Writer, Frame)]) -> Recording {
    let stage = Stage::new(side);
    let objects = Objects {
        first: Some(stage.object()),
        second: stage.object(),
    };
    stage.end(objects, frames, Kind::TornMessage, frames)
}

impl Program {
    pub(crate) fn new(side: Side, torn: Frame, inserted: Frame) -> Self {
        Program {
            side,
            before: Vec::new(),
            torn,
            inserted,
            behind: Vec::new(),
        }
    }

    /// A full socket stops the first writer in its frame. The second one writes, and then the first goes on.
    #[track_caller]
    pub(crate) fn stopped_by_a_full_socket(self) -> Recording {
        let stage = Stage::new(self.side);
        let (mut first, mut second) = (stage.object(), stage.object());
        for frame in &self.before {
            first.send(frame).expect("there is room");
        }
        stage.has_no_room(&mut first, &self.torn);
        stage.has_room(&mut second, &self.inserted);
        let objects = Objects {
            first: Some(first),
            second,
        };
        stage.end(objects, &self.behind, Kind::TornFrame, &self.frames())
    }

    /// The second writer writes while the first one is inside its only call to the system. Other systems than Linux do
    /// not tell that it is stuck there, nor where.
    #[cfg(target_os = "linux")]
    pub(crate) fn inside_one_call(self) -> Recording {
        let mut stage = Stage::new(self.side);
        let (mut first, mut second) = (stage.object(), stage.object());
        let (torn, inserted) = (self.torn.clone(), self.inserted.clone());
        let stuck = start("first", move || first.send(&torn).map(|()| first));
        // Reading more would make room for the first writer.
        stage.takes(1);
        crate::common::connection::is_full(&stage.socket);
        stuck.sleeps();
        make_room(&stage.socket);
        let second = start("second", move || second.send(&inserted).map(|()| second)).result();
        stage.takes(self.torn.len());
        let first = stuck.result().expect("the peer reads");
        let objects = Objects {
            first: Some(first),
            second: second.expect("there is room"),
        };
        stage.end(objects, &self.behind, Kind::TornFrame, &self.frames())
    }

    /// A full socket stops the first writer, which is dropped. The second writer goes on. Its second message has zeros,
    /// and ends where the torn frame would have ended.
    #[track_caller]
    pub(crate) fn abandoned(mut self) -> Recording {
        let mut stage = Stage::new(self.side);
        let mut first = stage.object();
        stage.has_no_room(&mut first, &self.torn);
        drop(first);
        let mut second = stage.object();
        stage.has_room(&mut second, &self.inserted);
        let inserted = self.side.bytes(&self.inserted);
        while !stage.taken.ends_with(&inserted) {
            stage.takes(1);
        }
        let missing = self.side.bytes(&self.torn).len() - stage.taken.len();
        let header = self.side.bytes(&binary(vec![0; missing])).len() - missing;
        self.behind
            .insert(0, (Writer::Second, binary(vec![0; missing - header])));
        let objects = Objects {
            first: None,
            second,
        };
        stage.end(objects, &self.behind, Kind::AbandonedWrite, &self.frames())
    }

    fn frames(&self) -> Vec<(Writer, Frame)> {
        let of_first = self
            .before
            .iter()
            .chain([&self.torn])
            .map(|frame| (Writer::First, frame.clone()));
        of_first
            .chain([(Writer::Second, self.inserted.clone())])
            .chain(self.behind.iter().cloned())
            .collect()
    }
}

impl Side {
    pub(crate) fn masked(self, frame: &Frame) -> Frame {
        let mut frame = frame.clone();
        if let Side::ClientWithMask(mask) = self {
            frame.header_mut().mask = Some(mask);
        }
        frame
    }

    /// A frame as it goes over the wire. Not for a side with random masks.
    fn bytes(self, frame: &Frame) -> Vec<u8> {
        assert_ne!(self, Side::Client, "its masks are random");
        let mut bytes = Vec::new();
        self.masked(frame)
            .format(&mut bytes)
            .expect("memory takes everything");
        bytes
    }
}
