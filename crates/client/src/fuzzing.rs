//! The entry for the fuzzer: a connection whose peer sends any bytes. Only with `--cfg fuzzing`.

use super::delivery::Delivery;
use super::driver::FuzzedConnection;
use super::event::Event;
use super::options::Options;
use super::shared::Shared;
use super::spill::StorePath;
use super::transport::Transport;
use crate::tungstenite::WebSocket;
use crate::tungstenite::protocol::{Role, WebSocketConfig};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

/// How many guaranteed messages are sent to the peer.
const SENT: u64 = 3;

/// Gives a connection the bytes of its peer twice: in one piece, and cut into pieces. Both must
/// have the same outcome.
///
/// The first byte of the input says which side the connection is, and how many pieces there are.
/// Then comes one byte for the length of each piece. The rest is the stream.
///
/// # Panics
/// If the outcomes differ.
pub fn peer(input: &[u8]) {
    let Some((first, rest)) = input.split_first() else {
        return;
    };
    let (role, count) = (
        if first & 1 == 0 {
            Role::Client
        } else {
            Role::Server
        },
        usize::from(first >> 1),
    );
    let Some((cuts, stream)) = rest.split_at_checked(count) else {
        return;
    };
    assert_eq!(
        outcome_of(stream, &[], role),
        outcome_of(stream, cuts, role),
        "of {stream:?} cut by {cuts:?}"
    );
}

/// The messages that arrive, and how the connection ends.
fn outcome_of(stream: &[u8], cuts: &[u8], role: Role) -> (Vec<String>, String) {
    let (poll, options) = (mio::Poll::new().expect("a descriptor"), Options::default());
    let waker = Arc::new(mio::Waker::new(poll.registry(), mio::Token(0)).expect("a descriptor"));
    let (spill, _) = StorePath::default().open().expect("there is none");
    let shared = Shared::new(&options, usize::MAX, waker, spill);
    for number in 0..SENT {
        drop(
            shared
                .queue
                .send(number.to_string().into(), Delivery::Guaranteed),
        );
    }
    let scripted = ScriptedStream {
        socket: UnixStream::pair().expect("two descriptors").0,
        stream: stream.to_vec(),
        cuts: cuts.to_vec(),
        is_cut: false,
    };
    // tungstenite clears all of its buffer for every read.
    let config = WebSocketConfig::default().read_buffer_size(256);
    let why = FuzzedConnection::new(
        WebSocket::from_raw_socket(scripted, role, Some(config)),
        &options,
    )
    .run(&shared);
    assert!(shared.queue.stats().delivered <= SENT);
    shared.inbox.end();
    let messages =
        std::iter::from_fn(|| shared.inbox.take(None).ok()).filter_map(|event| match event {
            Event::Message(message) => Some(format!("{message:?}")),
            _ => None,
        });
    (messages.collect(), format!("{why:?}"))
}

/// A stream that reads the given bytes, piece by piece, and accepts everything that is written.
struct ScriptedStream {
    /// Only there because a transport has one.
    socket: UnixStream,
    stream: Vec<u8>,
    cuts: Vec<u8>,
    is_cut: bool,
}

impl Read for ScriptedStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if std::mem::take(&mut self.is_cut) {
            return Err(ErrorKind::WouldBlock.into());
        }
        let piece = self
            .cuts
            .pop()
            .map_or(usize::MAX, |cut| usize::from(cut) + 1);
        let count = piece.min(buffer.len()).min(self.stream.len());
        buffer[..count].copy_from_slice(&self.stream[..count]);
        self.stream.drain(..count);
        self.is_cut = piece != usize::MAX;
        Ok(count)
    }
}

impl Write for ScriptedStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for ScriptedStream {
    fn socket(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    fn set_nonblocking(&self, _nonblocking: bool) -> io::Result<()> {
        Ok(())
    }
}
