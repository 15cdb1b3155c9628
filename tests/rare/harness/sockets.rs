//! Connections, peers and times of the programs.

use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, WebSocket};
use std::hash::{BuildHasher, RandomState};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// A connection, and its peer.
pub(crate) fn tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let ours = TcpStream::connect(listener.local_addr().expect("an address")).expect("it listens");
    let (theirs, _) = listener.accept().expect("the program connects");
    for socket in [&ours, &theirs] {
        socket.set_nodelay(true).expect("a socket");
    }
    (ours, theirs)
}

/// Has the peer take what comes, until the connection ends.
pub(crate) fn drain(mut theirs: impl Read + Send + 'static) {
    thread::spawn(move || {
        let mut buffer = [0; 65536];
        while theirs.read(&mut buffer).is_ok_and(|size| size > 0) {}
    });
}

/// A watched object. A server's, which masks nothing.
pub(crate) fn open<S: Read + Write>(stream: S) -> WebSocket<S> {
    WebSocket::from_raw_socket(stream, Role::Server, None)
}

/// Has the peer read messages, and calls this for each.
pub(crate) fn reading_messages<S: Read + Write + Send + 'static>(
    theirs: S,
    mut answer: impl FnMut(&mut redhanded::raw::tungstenite::WebSocket<S>, Message) + Send + 'static,
) {
    thread::spawn(move || {
        let mut peer =
            redhanded::raw::tungstenite::WebSocket::from_raw_socket(theirs, Role::Client, None);
        while let Ok(message) = peer.read() {
            answer(&mut peer, message);
        }
    });
}

/// A small message.
pub(crate) fn message() -> Message {
    Message::binary(vec![7; 64])
}

pub(crate) const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Another time in each call and each process, within these milliseconds.
pub(crate) fn between(from: u64, to: u64) -> Duration {
    static SEED: LazyLock<AtomicU64> =
        LazyLock::new(|| AtomicU64::new(RandomState::new().hash_one(0)));
    let number = RandomState::new().hash_one(SEED.fetch_add(1, Relaxed));
    Duration::from_micros(from * 1000 + number % ((to - from) * 1000))
}

/// How long a wrong program runs.
pub(crate) fn time_of_a_run() -> Duration {
    ms(1000)
}

/// Waits for a part of an interval. Two threads that begin at the same time would be in step otherwise.
pub(crate) fn random_start(interval: u64) {
    thread::sleep(between(0, interval));
}

/// Does this again and again, with a pause of so many milliseconds before each, until a run is over.
pub(crate) fn every(from: u64, to: u64, mut step: impl FnMut()) {
    let until = Instant::now() + time_of_a_run();
    while Instant::now() < until {
        thread::sleep(between(from, to));
        step();
    }
}
