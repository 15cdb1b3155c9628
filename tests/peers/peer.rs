//! The peers, and what each of them makes of a stream that it reads after a real handshake.

mod installed;
mod tungstenite;

use crate::common::{PATIENCE, start};
use crate::content::Content;
use crate::program::Recording;
use crate::replay::replay;
use redhanded::raw::tungstenite::protocol::Role;
use redhanded::raw::tungstenite::{accept, client};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// tungstenite, in this process.
    Tungstenite,
    /// ws, in Node.
    Ws,
    /// websockets, in Python.
    Websockets,
}

/// What a peer makes of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    /// The data messages that its application was given.
    pub(crate) messages: Vec<Content>,
    /// The error in the peer's own words. The end of the stream is no error.
    pub(crate) error: Option<String>,
    /// The code of the close frame that it sent, or 1005 if the frame has none.
    pub(crate) close_code: Option<u16>,
}

impl Peer {
    pub(crate) const ALL: [Peer; 3] = [Peer::Tungstenite, Peer::Ws, Peer::Websockets];

    /// Lets the peer read a stream. If the peer is expected to send a close frame, the stream does not end before that.
    #[track_caller]
    pub(crate) fn reads(self, recording: &Recording, is_to_close: bool) -> Said {
        let (peer, socket) = if recording.reader == Role::Client {
            self.connects()
        } else {
            self.accepts()
        };
        let close_code = replay(socket, recording, is_to_close);
        peer.says(close_code)
    }

    #[track_caller]
    fn connects(self) -> (Running, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let peer = self.runs(&[
            "client",
            &url(listener.local_addr().expect("an address").port()),
        ]);
        let handshake = start("handshake", move || {
            let (socket, _) = listener.accept().expect("the peer connects");
            accept(patient(socket))
                .expect("the peer shakes hands")
                .into_inner()
        });
        (peer, handshake.result())
    }

    #[track_caller]
    fn accepts(self) -> (Running, TcpStream) {
        let peer = self.runs(&["server"]);
        let port = peer
            .next()
            .as_ref()
            .and_then(|said| said["port"].as_u64())
            .expect("a server says its port");
        let port = u16::try_from(port).expect("a port");
        let socket = patient(TcpStream::connect(("127.0.0.1", port)).expect("the peer listens"));
        let (connected, _response) = client(url(port), socket).expect("the peer shakes hands");
        (peer, connected.into_inner())
    }

    #[track_caller]
    fn runs(self, arguments: &[&str]) -> Running {
        match self {
            Peer::Tungstenite => tungstenite::runs(arguments),
            Peer::Ws => Running::of(installed::ws().args(arguments)),
            Peer::Websockets => Running::of(installed::websockets().args(arguments)),
        }
    }
}

/// A peer that reads one connection, and reports in lines of JSON what it makes of it.
struct Running {
    lines: Receiver<Value>,
    process: Option<Child>,
}

impl Running {
    fn of(program: &mut Command) -> Running {
        let mut process = program
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it is installed");
        let stdout = BufReader::new(process.stdout.take().expect("it is piped"));
        let (says, lines) = channel();
        thread::spawn(move || {
            stdout
                .lines()
                .try_for_each(|line| receives(&says, &line.expect("the peer says text")))
        });
        Running {
            lines,
            process: Some(process),
        }
    }

    /// Its next line. `None` when it is done.
    #[track_caller]
    fn next(&self) -> Option<Value> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                panic!("the peer has neither said anything nor ended after {PATIENCE:?}")
            }
        }
    }

    /// All of its lines until it is done.
    #[track_caller]
    fn says(self, close_code: Option<u16>) -> Said {
        let mut said = Said {
            messages: Vec::new(),
            error: None,
            close_code,
        };
        while let Some(line) = self.next() {
            if let Some(kind) = line["message"].as_str() {
                let (length, sha1) = (line["length"].as_u64(), line["sha1"].as_str());
                said.messages.push(Content {
                    is_text: kind == "text",
                    length: length.expect("a length"),
                    sha1: sha1.expect("a digest").to_owned(),
                });
            } else {
                let words = line["error"]
                    .as_str()
                    .unwrap_or_else(|| panic!("neither message nor error: {line}"));
                assert_eq!(said.error.replace(words.to_owned()), None, "one error");
            }
        }
        said
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            // The program has ended already, unless the test fails.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// If the test has failed already, the receiver is dropped.
fn receives(says: &Sender<Value>, line: &str) -> Option<()> {
    says.send(serde_json::from_str(line).expect("the peer says JSON"))
        .ok()
}

fn url(port: u16) -> String {
    format!("ws://127.0.0.1:{port}/")
}

/// Sets timeouts, so that every wait on this socket ends.
fn patient(socket: TcpStream) -> TcpStream {
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    socket.set_write_timeout(Some(PATIENCE)).expect("a timeout");
    socket
}
