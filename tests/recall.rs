//! How many overlapping calls are seen, against an oracle that knows nothing of how they are found.
//!
//! ```text
//! cargo test --test recall -- --nocapture
//! ```
//!
//! The oracle counts who was inside at the same time: one bit a writer, set when it enters and cleared when it leaves.
//! There are two. One stands inside the calls, in the stream: whoever is there has the wire for certain. One stands
//! outside: a writer that the system stops before it has the wire, or after it gave it back, counts there with every
//! call that others make meanwhile, so that what it says depends on what else the machine does. The peer throws
//! everything away, since what arrives is torn.

#![allow(unsafe_code)] // `know` is unsafe.

use redhanded::tungstenite::protocol::{Role, WebSocket};
use redhanded::tungstenite::{Bytes, Message};
use redhanded::{Settings, Statistics, Stderr};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::thread;

/// Of what the oracle outside counts, how much must be seen, in percent: in the race with which the machine interfered
/// least.
const LEAST: f64 = 99.0;

/// So many races, and so many overlaps in them, are enough to say so.
const RACES: usize = 9;
const ENOUGH: u64 = 1000;

/// With so many races there is one with which the machine did not interfere.
const MOST_RACES: usize = 60;

#[derive(Default)]
struct Oracle {
    inside: AtomicU32,
    overlapped: [AtomicBool; 8],
    overlapping_calls: AtomicU64,
}

impl Oracle {
    fn watch<T>(&self, me: usize, call: impl FnOnce() -> T) -> T {
        let others = self.inside.fetch_or(1 << me, SeqCst);
        for other in (0..8).filter(|other| others & (1 << other) != 0) {
            self.overlapped[other].store(true, SeqCst);
            self.overlapped[me].store(true, SeqCst);
        }
        let result = call();
        self.inside.fetch_and(!(1 << me), SeqCst);
        if self.overlapped[me].swap(false, SeqCst) {
            self.overlapping_calls.fetch_add(1, SeqCst);
        }
        result
    }
}

/// A stream with an oracle in it.
struct Watched {
    socket: TcpStream,
    me: usize,
    oracle: Arc<Oracle>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.read(buffer)
    }
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.oracle.watch(self.me, || self.socket.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn drained() -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let near = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
    let (mut far, _) = listener.accept().expect("just connected");
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 20];
        while far.read(&mut buffer).is_ok_and(|count| count > 0) {}
    });
    near
}

/// How many calls overlapped another: as the oracles outside and inside say, and as the crate does.
#[derive(Default, Clone, Copy)]
struct Counted {
    outside: u64,
    inside: u64,
    seen: u64,
}

/// Has so many writers send so many messages each.
fn race(writers: usize, size: usize, sends: usize) -> Counted {
    let before = redhanded::statistics();
    let (socket, outside, inside) = (drained(), Arc::new(Oracle::default()), Arc::new(Oracle::default()));
    let start = Arc::new(Barrier::new(writers));
    let threads: Vec<_> = (0..writers)
        .map(|me| {
            let socket = socket.try_clone().expect("a descriptor");
            let stream = Watched { socket, me, oracle: inside.clone() };
            let mut websocket = WebSocket::from_raw_socket(stream, Role::Client, None);
            let (outside, start) = (outside.clone(), start.clone());
            let payload = Bytes::from(vec![7; size]);
            thread::spawn(move || {
                start.wait();
                for _ in 0..sends {
                    let message = Message::Binary(payload.clone());
                    outside.watch(me, || websocket.send(message).expect("the peer drains"));
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().expect("no writer panics"));
    let Statistics { overlapping_calls, .. } = redhanded::statistics();
    Counted {
        outside: outside.overlapping_calls.load(SeqCst),
        inside: inside.overlapping_calls.load(SeqCst),
        seen: overlapping_calls - before.overlapping_calls,
    }
}

#[test]
fn every_overlapping_call_is_seen_and_every_report_has_both_backtraces() {
    // SAFETY: Watched has no lifetime parameters.
    unsafe { redhanded::know::<Watched>(|stream| redhanded::Socket::of_tcp(&stream.socket)) };
    redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off)).expect("nothing is watched yet");
    for writers in [2, 4, 8] {
        for (size, sends) in [(64, 4000), (64 << 10, 600)] {
            let (mut recalls, mut overlaps, mut races) = (Vec::new(), 0, 0);
            let is_disturbed =
                |recalls: &[f64]| recalls.len() < MOST_RACES && !recalls.iter().any(|recall| *recall * 100.0 >= LEAST);
            while overlaps < ENOUGH || recalls.len() < RACES || is_disturbed(&recalls) {
                races += 1;
                assert!(races <= 200, "{writers} writers of {size} B overlapped {overlaps} times only");
                let Counted { outside, inside, seen } = race(writers, size, sends);
                assert!(seen >= inside, "{writers} writers of {size} B: {seen} of {inside}");
                overlaps += inside;
                // On a busy machine one writer may be through before another is let run.
                recalls.extend((outside > 0).then(|| seen as f64 / outside as f64));
            }
            recalls.sort_by(f64::total_cmp);
            let (median, best) = (recalls[recalls.len() / 2] * 100.0, recalls[recalls.len() - 1] * 100.0);
            println!(
                "{writers} writers, {size} B: {best:.2} % of overlapping calls seen, median of {races}: {median:.2} %"
            );
            assert!(best >= LEAST, "{writers} writers of {size} B: {recalls:?}");
        }
    }
    let reports = redhanded::reports();
    assert!(!reports.is_empty());
    for report in reports {
        let samples = report.samples.iter().flat_map(|sample| &sample.writers);
        for writer in report.writers.iter().chain(samples) {
            assert!(writer.top_application_frame().is_some(), "{writer}");
        }
    }
}
