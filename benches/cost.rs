//! What watching costs: raw, watched, and watched with eager capture, as ratios in one binary.
//!
//! ```text
//! cargo bench --bench cost
//! ```
//!
//! Machines are shared and noisy, so that only ratios mean something. Raw and watched are timed in turn, in many short
//! rounds. The median of the rounds' ratios is printed, with the quartiles.

#![allow(unsafe_code)] // `know` is unsafe.

mod compare;
mod null;

use compare::chosen::is_chosen;
use compare::{ROUNDS, Sender, compare, print, quartiles, time};
use null::Null;
use raw::tungstenite::Message;
use redhanded::{raw, watched};
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Set in the process that measures eager capture: settings are per process.
const EAGER: &str = "REDHANDED_CAPTURE";

fn main() {
    if std::env::var(EAGER).as_deref() == Ok("always") {
        return sends("watched, eager capture");
    }
    sends("watched");
    for (what, measure) in [
        ("claim", claim_and_release as fn()),
        ("findings", new_findings),
    ] {
        if is_chosen(what) {
            measure();
        }
    }
    if !is_chosen("eager capture") {
        return;
    }
    let this = std::env::current_exe().expect("a running program has a path");
    let eager = Command::new(this)
        .arg("--bench")
        .env(EAGER, "always")
        .env("REDHANDED_BIND", "off")
        .status();
    assert!(eager.expect("the same program starts again").success());
}

fn sends(what: &str) {
    // The largest shows that looking at frames costs nothing per byte: payloads are skipped by their length.
    for size in [64, 64 << 10, 16 << 20] {
        let sends = 4 + 20_000 / (1 + size / 1024);
        compare(
            &format!("{what} / raw, {size} B into a null stream"),
            sends,
            || null_senders(size),
        );
        compare(
            &format!("{what} / raw, {size} B into a null stream, broadcast"),
            sends,
            || null_broadcasters(size),
        );
    }
    for size in [64, 64 << 10] {
        compare(
            &format!("{what} / raw, {size} B over loopback TCP"),
            400 / (1 + size / (16 << 10)),
            || tcp_senders(size),
        );
    }
}

/// A program that makes a message and sends it.
macro_rules! sender {
    ($($library:ident)::+, $stream:expr, $size:expr) => {{
        use $($library)::+::protocol::{Role, WebSocket};
        let mut websocket = WebSocket::from_raw_socket($stream, Role::Client, None);
        let payload = vec![7; $size];
        Box::new(move || {
            let message = Message::binary(black_box(&payload[..]).to_vec());
            websocket.send(message).expect("the stream takes it");
        }) as Sender
    }};
}

/// A server that sends one message to all clients: no masking and no copy of the payload, so the cheapest send there is.
macro_rules! broadcaster {
    ($($library:ident)::+, $stream:expr, $size:expr) => {{
        use $($library)::+::protocol::{Role, WebSocket};
        let mut websocket = WebSocket::from_raw_socket($stream, Role::Server, None);
        let message = Message::binary(vec![7; $size]);
        Box::new(move || websocket.send(message.clone()).expect("the stream takes it")) as Sender
    }};
}

fn null_broadcasters(size: usize) -> [Sender; 2] {
    [
        broadcaster!(raw::tungstenite, Null, size),
        broadcaster!(watched::tungstenite, Null, size),
    ]
}

fn null_senders(size: usize) -> [Sender; 2] {
    [
        sender!(raw::tungstenite, Null, size),
        sender!(watched::tungstenite, Null, size),
    ]
}

fn tcp_senders(size: usize) -> [Sender; 2] {
    [
        sender!(raw::tungstenite, drained(), size),
        sender!(watched::tungstenite, drained(), size),
    ]
}

/// A connection whose far end reads everything.
fn drained() -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let near = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
    near.set_nodelay(true).expect("a TCP socket");
    let (mut far, _) = listener.accept().expect("just connected");
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 20];
        while far.read(&mut buffer).is_ok_and(|count| count > 0) {}
    });
    near
}

/// Claim and release cannot be timed alone. So this times an empty send into a null stream, minus the same unwatched.
fn claim_and_release() {
    let mutex = Mutex::new(());
    let lock = move || drop(black_box(mutex.lock()));
    let [mut plain, mut watched] = null_broadcasters(0);
    let mut lock: Sender = Box::new(lock);
    let mut ratios = Vec::new();
    let mut costs = Vec::new();
    for _ in 0..ROUNDS {
        let [plain, watched, lock] = [
            time(&mut plain, 5_000),
            time(&mut watched, 5_000),
            time(&mut lock, 5_000),
        ];
        ratios.push((watched - plain) / lock);
        costs.push((watched - plain) * 1e9 / 5_000.0);
    }
    let [low, median, high] = quartiles(&mut costs);
    println!("claim, description and release: {median:.1} ns a send ({low:.1} .. {high:.1})");
    print("the same / an uncontended std::sync::Mutex", &mut ratios);
}

/// What each writer pays for a finding that is kept: the second writer from its call to its return, without what the socket takes, the
/// first one from its last byte to its return. Every line is a call site, and so a new fingerprint.
fn new_findings() {
    // SAFETY: Gated has no lifetime parameters.
    unsafe { watched::know::<Gated>(|stream| watched::Socket::of_tcp(&stream.socket)) };
    let socket = drained();
    let [mut first, second] = [Gated::new(&socket), Gated::new(&socket)];
    let (go, gate, inside) = (first.go.take(), first.gate.clone(), first.inside.take());
    second.open();
    let spent = second.spent.clone();
    let (go, inside) = (
        go.expect("the first's own"),
        inside.expect("the first's own"),
    );
    let left = first.left.clone();
    let mut first = websocket(first);
    let mut second = websocket(second);
    let first = thread::spawn(move || {
        (0..SITES * 4)
            .map(|_| {
                let _ = first.send(Message::text("first"));
                let left = left.lock().unwrap().take().expect("it has written");
                left.elapsed().as_secs_f64() * 1e6
            })
            .collect::<Vec<f64>>()
    });
    let mut paid_by_second = Vec::new();
    let mut once = |send: Send| {
        for _ in 0..4 {
            inside.recv().expect("the first is inside");
            let start = Instant::now();
            send(&mut second);
            let paid = start.elapsed().saturating_sub(*spent.lock().unwrap());
            paid_by_second.push(paid.as_secs_f64() * 1e6);
            go.send(()).expect("the first waits");
        }
    };
    // Written out, because all that a macro expands to has one call site.
    let sites: [Send; SITES] = [
        |second| second.send(Message::text("a")).unwrap(),
        |second| second.send(Message::text("b")).unwrap(),
        |second| second.send(Message::text("c")).unwrap(),
        |second| second.send(Message::text("d")).unwrap(),
        |second| second.send(Message::text("e")).unwrap(),
        |second| second.send(Message::text("f")).unwrap(),
        |second| second.send(Message::text("g")).unwrap(),
        |second| second.send(Message::text("h")).unwrap(),
    ];
    sites.into_iter().for_each(&mut once);
    drop(gate);
    let paid_by_first = first.join().expect("it does not panic");
    assert_every_site_is_a_report();
    for (who, paid) in [("first", &paid_by_first), ("second", &paid_by_second)] {
        print_paid(who, paid);
    }
}

/// Three of four findings are kept, and the fourth is only counted.
fn print_paid(who: &str, paid: &[f64]) {
    let (kept, counted): (Vec<_>, Vec<_>) = paid.iter().enumerate().partition(|(n, _)| n % 4 < 3);
    let micros = |of: Vec<(usize, &f64)>| of.into_iter().map(|(_, micros)| *micros).collect();
    let [mut kept, mut counted]: [Vec<f64>; 2] = [micros(kept), micros(counted)];
    let ([_, kept, high], [_, counted, _]) = (quartiles(&mut kept), quartiles(&mut counted));
    println!(
        "the {who} writer pays {kept:.1} us for a new finding (.. {high:.1}), {counted:.1} us for one only counted"
    );
}

fn assert_every_site_is_a_report() {
    let reports = watched::reports();
    let kept = reports
        .iter()
        .flat_map(|report| &report.writers)
        .filter(|writer| !writer.backtrace.is_empty())
        .count();
    assert_eq!(
        (reports.len(), kept),
        (SITES, 2 * SITES),
        "every site is a report with both backtraces"
    );
}

const SITES: usize = 8;

type Send = fn(&mut watched::tungstenite::WebSocket<Gated>);

fn websocket(stream: Gated) -> watched::tungstenite::WebSocket<Gated> {
    watched::tungstenite::WebSocket::from_raw_socket(
        stream,
        watched::tungstenite::protocol::Role::Server,
        None,
    )
}

/// A stream that stays inside `write` until the bench lets it return. What is handed to it is on the socket then: one whose bytes never
/// come there has not written.
struct Gated {
    socket: TcpStream,
    gate: Arc<Mutex<Option<Receiver<()>>>>,
    go: Option<SyncSender<()>>,
    inside: Option<Receiver<()>>,
    entered: SyncSender<()>,
    left: Arc<Mutex<Option<Instant>>>,
    /// How long the socket took for the latest write.
    spent: Arc<Mutex<Duration>>,
}

impl Gated {
    fn new(socket: &TcpStream) -> Self {
        let (go, gate) = sync_channel(1);
        let (entered, inside) = sync_channel(1);
        Gated {
            socket: socket.try_clone().expect("a descriptor"),
            gate: Arc::new(Mutex::new(Some(gate))),
            go: Some(go),
            inside: Some(inside),
            entered,
            left: Arc::default(),
            spent: Arc::default(),
        }
    }

    /// From now on `write` returns at once.
    fn open(&self) {
        self.gate.lock().unwrap().take();
    }
}

impl Read for Gated {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}

impl Write for Gated {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let start = Instant::now();
        self.socket.write_all(bytes)?;
        *self.spent.lock().unwrap() = start.elapsed();
        if let Some(gate) = &*self.gate.lock().unwrap() {
            self.entered.send(()).expect("the second writer waits");
            gate.recv().expect("the second writer opens it");
        }
        *self.left.lock().unwrap() = Some(Instant::now());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
