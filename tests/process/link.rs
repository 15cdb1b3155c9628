//! The program's side: a connection whose peer reads only on command, so that overlaps are certain.
//!
//! A message that is larger than all buffers keeps its writer inside the call until the peer reads. Meanwhile, every
//! write of a second writer is an overlap, on any machine and under any load. It is never anything else: a Unix socket
//! has no counters of its bytes, so no overlap is by chance proved to be a tear.

use redhanded::raw::tungstenite as library;
use redhanded::report::Report;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, Result, WebSocket};
use socket2::SockRef;
use std::io::Read;
use std::mem::MaybeUninit;
use std::os::unix::net::UnixStream;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// More than a connection buffers while its peer does not read.
pub const LARGE: usize = 16 << 20;

/// The time after which a program that hangs fails.
const PATIENCE: Duration = Duration::from_secs(20);

pub type Object = WebSocket<UnixStream>;

/// Two ends of one connection.
pub struct Link {
    pub socket: UnixStream,
    pub peer: UnixStream,
}

impl Link {
    pub fn open() -> Self {
        let (socket, peer) = UnixStream::pair().expect("a pair");
        peer.set_read_timeout(Some(PATIENCE))
            .expect("a socket takes a timeout");
        Link { socket, peer }
    }

    /// One more watched object on the same socket. It is a server, which does not mask, so that bytes can be compared.
    pub fn object(&self) -> Object {
        Object::from_raw_socket(
            self.socket.try_clone().expect("a descriptor"),
            Role::Server,
            None,
        )
    }

    /// An unwatched object at the other end.
    pub fn plain_peer(&self) -> library::WebSocket<UnixStream> {
        let socket = self.peer.try_clone().expect("a descriptor");
        library::WebSocket::from_raw_socket(socket, Role::Client, None)
    }

    /// Runs `write` in a thread called `first`, and returns when the thread is in the middle of it. It stays there until
    /// the peer reads.
    pub fn occupy<T: Send + 'static>(
        &self,
        write: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        let first = in_thread("first", write);
        self.await_first_byte();
        first
    }

    pub fn await_first_byte(&self) {
        SockRef::from(&self.peer)
            .peek(&mut [MaybeUninit::uninit()])
            .expect("bytes come before the deadline");
    }

    /// The peer reads this many bytes.
    pub fn drain(&mut self, bytes: usize) -> Vec<u8> {
        let mut read = vec![0; bytes];
        self.peer
            .read_exact(&mut read)
            .expect("bytes come before the deadline");
        read
    }

    /// One overlap of two sends that both succeed: a large message, and what `second` sends, in a frame of `length`
    /// bytes. Returns when both sends have returned. The finding has been seen as an open one before.
    pub fn overlap(
        &mut self,
        names: [&str; 2],
        second: impl FnOnce(&mut Object) -> Result<()> + Send + 'static,
        length: usize,
    ) {
        let (mut one, mut other) = (self.object(), self.object());
        let first = in_thread(names[0], move || one.send(large()));
        self.await_first_byte();
        let second = in_thread(names[1], move || second(&mut other));
        await_open();
        self.drain(frame(LARGE) + length);
        let both = (first.join(), second.join());
        assert!(matches!(both, (Ok(Ok(())), Ok(Ok(())))), "{both:?}");
    }

    /// Under the policy `error`: a second writer is refused `times` times in one place, while the first is inside.
    pub fn refuse(&mut self, times: u64) {
        let (mut one, mut other) = (self.object(), self.object());
        let first = self.occupy(move || one.send(large()));
        for _ in 0..times {
            other
                .send("refused".into())
                .expect_err("the first has the connection");
        }
        self.drain(frame(LARGE));
        first
            .join()
            .expect("no panic")
            .expect("the peer has read everything");
    }
}

pub fn in_thread<T: Send + 'static>(
    name: &str,
    run: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .expect("a thread")
}

pub fn large() -> Message {
    Message::binary(vec![7; LARGE])
}

/// How many bytes a server's frame has with a payload of this length.
pub fn frame(payload: usize) -> usize {
    payload + if payload < 126 { 2 } else { 10 }
}

/// Waits for an open finding.
pub fn await_open() -> Report {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(open) = redhanded::reports().into_iter().find(|report| report.open) {
            return open;
        }
        assert!(
            Instant::now() < deadline,
            "no open finding: {:?}",
            redhanded::reports()
        );
        thread::yield_now();
    }
}

/// The only report there is.
pub fn only_report() -> Report {
    let reports = redhanded::reports();
    let [report] = &reports[..] else {
        panic!("{} reports: {reports:?}", reports.len())
    };
    report.clone()
}
