//! A connection on which a program runs: it records what the program sends, and finds the report of it.

use crate::common::connection::make_room;
use crate::common::{PATIENCE, connection, start};
use crate::content::messages_of;
use crate::program::{Recording, Side, Writer};
use redhanded::report::{Bytes, Kind};
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::protocol::frame::{Frame, FrameSocket};
use redhanded::tungstenite::{Error, Message, Result, WebSocket};
use redhanded::{Settings, Stderr};
use std::io::{self, ErrorKind, Read};
use std::net::{SocketAddr, TcpStream};
use std::sync::Once;

/// The program's end of a connection, and the end that records what the program sends.
pub(crate) struct Stage {
    side: Side,
    pub(crate) socket: TcpStream,
    recorder: TcpStream,
    pub(crate) taken: Vec<u8>,
}

pub(crate) struct Objects {
    /// `None` once it is dropped.
    pub(crate) first: Option<Object>,
    pub(crate) second: Object,
}

impl Stage {
    pub(crate) fn new(side: Side) -> Self {
        static SETTLED: Once = Once::new();
        SETTLED.call_once(|| {
            let settings = Settings::default().bind(None).stderr(Stderr::Off);
            redhanded::configure(settings).expect("nothing is watched yet");
        });
        let (socket, peer) = connection();
        socket.set_write_timeout(Some(PATIENCE)).expect("a timeout");
        Stage {
            side,
            socket,
            recorder: peer.stream,
            taken: Vec::new(),
        }
    }

    /// A new watched object on the socket.
    pub(crate) fn object(&self) -> Object {
        let socket = self.socket.try_clone().expect("a clone");
        match self.side {
            Side::Server => Object::Messages(Box::new(WebSocket::from_raw_socket(
                socket,
                Role::Server,
                None,
            ))),
            Side::Client => Object::Messages(Box::new(WebSocket::from_raw_socket(
                socket,
                Role::Client,
                None,
            ))),
            Side::ClientWithMask(_) => {
                Object::Frames(Box::new(FrameSocket::new(socket)), self.side)
            }
        }
    }

    /// Sends a frame for which the socket has no room.
    #[track_caller]
    pub(crate) fn has_no_room(&self, object: &mut Object, frame: &Frame) {
        self.socket.set_nonblocking(true).expect("a socket");
        let sent = object.send(frame);
        assert!(matches!(sent, Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock));
    }

    /// Makes room for a small frame, and sends it.
    #[track_caller]
    pub(crate) fn has_room(&self, object: &mut Object, frame: &Frame) {
        make_room(&self.socket);
        object.send(frame).expect("there is room");
        self.socket.set_nonblocking(false).expect("a socket");
    }

    /// Reads this many bytes.
    pub(crate) fn takes(&mut self, count: usize) {
        let start = self.taken.len();
        self.taken.resize(start + count, 0);
        self.recorder
            .read_exact(&mut self.taken[start..])
            .expect("more bytes");
    }

    /// Sends what is left of the torn frame, and then these frames. Then the program ends.
    #[track_caller]
    pub(crate) fn end(
        self,
        objects: Objects,
        behind: &[(Writer, Frame)],
        kind: Kind,
        frames: &[(Writer, Frame)],
    ) -> Recording {
        let Stage {
            side,
            socket,
            mut recorder,
            mut taken,
        } = self;
        let recorded = start("recorder", move || {
            recorder.read_to_end(&mut taken).map(|_| taken)
        });
        let Objects {
            mut first,
            mut second,
        } = objects;
        if let Some(first) = &mut first {
            first.flush().expect("the peer reads");
        }
        for (writer, frame) in behind {
            let object = if *writer == Writer::First {
                first.as_mut().expect("it is there")
            } else {
                &mut second
            };
            object.send(frame).expect("the peer reads");
        }
        let bytes = bytes_of_report(&socket, kind);
        drop((first, second, socket));
        let stream = recorded.result().expect("the program has ended");
        let reader = if side == Side::Server {
            Role::Client
        } else {
            Role::Server
        };
        Recording {
            stream,
            reader,
            sent: messages_of(frames),
            bytes,
        }
    }
}

/// What the report of this kind says of the bytes of this connection.
fn bytes_of_report(socket: &TcpStream, kind: Kind) -> Bytes {
    let text = |address: io::Result<SocketAddr>| Some(address.expect("an address").to_string());
    // Each port alone may have belonged to an earlier connection.
    let here = (text(socket.local_addr()), text(socket.peer_addr()));
    let reports = redhanded::reports()
        .into_iter()
        .filter(|report| report.kind == kind);
    let findings = reports.flat_map(|report| {
        let samples = report
            .samples
            .into_iter()
            .map(|sample| (sample.wire, sample.bytes));
        [(report.wire, report.bytes)]
            .into_iter()
            .chain(samples)
            .collect::<Vec<_>>()
    });
    let mut findings = findings.filter(|(wire, _)| (&wire.local, &wire.peer) == (&here.0, &here.1));
    let (_, bytes) = findings
        .next()
        .unwrap_or_else(|| panic!("no {kind} is reported"));
    assert_eq!(findings.next(), None, "one {kind}");
    bytes.expect("something was torn")
}

/// A watched object that sends frames.
pub(crate) enum Object {
    Messages(Box<WebSocket<TcpStream>>),
    Frames(Box<FrameSocket<TcpStream>>, Side),
}

impl Object {
    #[track_caller]
    pub(crate) fn send(&mut self, frame: &Frame) -> Result<()> {
        match self {
            Object::Messages(object) => object.send(Message::Frame(frame.clone())),
            Object::Frames(object, side) => object.send(side.masked(frame)),
        }
    }

    #[track_caller]
    pub(crate) fn flush(&mut self) -> Result<()> {
        match self {
            Object::Messages(object) => object.flush(),
            Object::Frames(object, _) => object.flush(),
        }
    }
}
