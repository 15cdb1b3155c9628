//! How many overlapping calls are seen, compared with oracles that do not use the detector.
//!
//! ```text
//! cargo test --test recall -- --nocapture
//! ```
//!
//! There are two oracles. The inner one is in the stream: a writer that is there certainly has the wire, and every
//! overlap that it counts must be seen. The outer one is around the call. Between the two, it cannot know whether a
//! writer has the wire already, or still. So it leaves out the calls that the system stopped there, which took much
//! longer than others. The peer discards everything, because what arrives is torn.

#![allow(unsafe_code)] // `know` is unsafe.

use redhanded::tungstenite::protocol::{Role, WebSocket};
use redhanded::tungstenite::{Bytes, Message};
use redhanded::{Settings, Statistics, Stderr};
use std::cell::Cell;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

/// How much of what the outer oracle counts must be seen, in percent, in half of the races. It is not all, because a virtual
/// machine as a whole may be stopped while others run on the same processor.
const LEAST: f64 = 99.0;

/// This many races, with this many overlaps in them, are enough for the comparison.
const RACES: usize = 9;
const ENOUGH: u64 = 1000;

/// The inner oracle.
#[derive(Default)]
struct Inside {
    inside: AtomicU32,
    overlapped: [AtomicBool; 8],
    overlapping_calls: AtomicU64,
}

impl Inside {
    fn watch<T>(&self, me: usize, call: impl FnOnce() -> T) -> T {
        let others = self.inside.fetch_or(1 << me, SeqCst);
        for other in (0..8).filter(|other| others & (1 << other) != 0) {
            self.overlapped[other].store(true, SeqCst);
            self.overlapped[me].store(true, SeqCst);
        }
        let result = call();
        self.inside.fetch_and(!(1 << me), SeqCst);
        result
    }

    /// A large message goes to the stream in pieces once writers have overlapped. It is one overlapping call all the same.
    fn end_message(&self, me: usize) {
        if self.overlapped[me].swap(false, SeqCst) {
            self.overlapping_calls.fetch_add(1, SeqCst);
        }
    }
}

/// One call, as the outer oracle sees it.
#[derive(Clone, Copy)]
struct Call {
    /// The positions of its beginning and its end in the order of all calls.
    begin: u64,
    end: u64,
    /// How long it took from the call into the stream, and from the stream back out.
    on_the_way: Duration,
}

/// A call that takes this many times the median way is left out.
const STOPPED: u32 = 4;

/// What the outer oracle counts.
fn overlapping(mut calls: Vec<Call>) -> u64 {
    calls.sort_by_key(|call| call.on_the_way);
    let usual = calls[calls.len() / 2].on_the_way;
    calls.retain(|call| call.on_the_way <= STOPPED * usual);
    calls.sort_by_key(|call| call.begin);
    let mut is_overlapping = vec![false; calls.len()];
    for (index, call) in calls.iter().enumerate() {
        let during = calls[index + 1..]
            .iter()
            .take_while(|later| later.begin < call.end)
            .count();
        is_overlapping[index] |= during > 0;
        is_overlapping[index + 1..=index + during].fill(true);
    }
    is_overlapping.into_iter().filter(|is| *is).count() as u64
}

thread_local! {
    /// When the calling thread last entered its stream, and when it left it.
    static IN_STREAM: Cell<[Option<Instant>; 2]> = const { Cell::new([None; 2]) };
}

/// A stream with the inner oracle.
struct Watched {
    socket: TcpStream,
    me: usize,
    oracle: Arc<Inside>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.read(buffer)
    }
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let [entered, _] = IN_STREAM.get();
        let entered = entered.unwrap_or_else(Instant::now);
        let result = self.oracle.watch(self.me, || self.socket.write(bytes));
        IN_STREAM.set([Some(entered), Some(Instant::now())]);
        result
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

/// How many calls overlapped another one, counted by the outer oracle, the inner oracle, and the crate.
#[derive(Default, Clone, Copy)]
struct Counted {
    outside: u64,
    inside: u64,
    seen: u64,
}

/// Sends one message. It is never inlined: without debug information, an inlined function has no frame.
#[inline(never)]
fn call(websocket: &mut WebSocket<Watched>, next: &AtomicU64, payload: Bytes) -> Call {
    IN_STREAM.set([None; 2]);
    let (begin, began) = (next.fetch_add(1, SeqCst), Instant::now());
    websocket
        .send(Message::Binary(payload))
        .expect("the peer drains");
    let (ended, end) = (Instant::now(), next.fetch_add(1, SeqCst));
    let stream = websocket.get_ref();
    stream.oracle.end_message(stream.me);
    let [entered, left] = IN_STREAM
        .get()
        .map(|moment| moment.expect("it has written"));
    Call {
        begin,
        end,
        on_the_way: (entered - began) + (ended - left),
    }
}

/// Lets this many writers send this many messages each.
fn race(writers: usize, size: usize, sends: usize) -> Counted {
    let before = redhanded::statistics();
    let (socket, inside, next) = (
        drained(),
        Arc::new(Inside::default()),
        Arc::new(AtomicU64::new(0)),
    );
    let start = Arc::new(Barrier::new(writers));
    let threads: Vec<_> = (0..writers)
        .map(|me| {
            let socket = socket.try_clone().expect("a descriptor");
            let stream = Watched {
                socket,
                me,
                oracle: inside.clone(),
            };
            let mut websocket = WebSocket::from_raw_socket(stream, Role::Client, None);
            let (next, start) = (next.clone(), start.clone());
            let payload = Bytes::from(vec![7; size]);
            thread::spawn(move || {
                let mut calls = Vec::with_capacity(sends);
                start.wait();
                for _ in 0..sends {
                    calls.push(call(&mut websocket, &next, payload.clone()));
                }
                calls
            })
        })
        .collect();
    let calls = threads
        .into_iter()
        .flat_map(|thread| thread.join().expect("no writer panics"))
        .collect();
    let Statistics {
        overlapping_calls, ..
    } = redhanded::statistics();
    Counted {
        outside: overlapping(calls),
        inside: inside.overlapping_calls.load(SeqCst),
        seen: overlapping_calls - before.overlapping_calls,
    }
}

#[test]
fn every_overlapping_call_is_seen_and_every_report_has_both_backtraces() {
    // SAFETY: Watched has no lifetime parameters.
    unsafe { redhanded::know::<Watched>(|stream| redhanded::Socket::of_tcp(&stream.socket)) };
    redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off))
        .expect("nothing is watched yet");
    for writers in [2, 4, 8] {
        for (size, sends) in [(64, 4000), (64 << 10, 600)] {
            let (mut recalls, mut overlaps, mut counted, mut races) = (Vec::new(), 0, 0, 0);
            while overlaps < ENOUGH || recalls.len() < RACES {
                races += 1;
                assert!(
                    races <= 200,
                    "{writers} writers of {size} B overlapped {overlaps} times only"
                );
                let Counted {
                    outside,
                    inside,
                    seen,
                } = race(writers, size, sends);
                assert!(
                    seen >= inside,
                    "{writers} writers of {size} B: {seen} of {inside}"
                );
                overlaps += inside;
                counted += outside;
                // On a busy machine, one writer may be done before another one runs.
                recalls.extend((outside > 0).then(|| (seen as f64 / outside as f64).min(1.0)));
            }
            recalls.sort_by(f64::total_cmp);
            let [worst, median] = [0, recalls.len() / 2].map(|index| recalls[index] * 100.0);
            println!(
                "{writers} writers, {size} B: all of {overlaps} overlapping calls inside seen, and of {counted} outside \
                 {median:.2} % in the median of {races} races ({worst:.2} % in the worst)"
            );
            assert!(
                median >= LEAST,
                "{writers} writers of {size} B: {recalls:?}"
            );
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
