//! A storm: millions of overlapping writes cost a counter each.
//!
//! A million by default; for ten million, in an optimised build:
//!
//! ```text
//! REDHANDED_TEST_STORM=10000000 cargo test --release --features detect-in-release --test storm -- --nocapture
//! ```
#![cfg(target_os = "linux")] // Memory is read from /proc.
#![allow(unsafe_code)] // `know` is unsafe.

use redhanded::tungstenite::Message;
use redhanded::tungstenite::protocol::{Role, WebSocket};
use redhanded::{Settings, Socket, Stderr};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

const MOST_GROWTH: u64 = 16 << 20;

/// Debug information takes tens of MiB; when it is given back, growth falls below this at once.
const RESTED: u64 = 4 << 20;

/// A stream that is a socket by name, and throws everything away: what is to be found is in the calls.
struct Null {
    socket: Arc<TcpStream>,
    writing: Arc<AtomicU64>,
    overlaps: Arc<AtomicU64>,
}

impl Read for Null {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}

impl Write for Null {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let others = self.writing.fetch_add(1, SeqCst);
        self.overlaps.fetch_add(others, SeqCst);
        self.writing.fetch_sub(1, SeqCst);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("it tells this too");
    line.split_whitespace().nth(1).expect("a number").parse::<u64>().expect("of KiB") << 10
}

/// How much more memory there is in use than before, once the debug information that named the frames is given back:
/// that happens two seconds after the last finding.
fn memory_growth_at_rest(before: u64) -> u64 {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let grown = memory().saturating_sub(before);
        if grown <= RESTED || Instant::now() > deadline {
            return grown;
        }
        thread::yield_now();
    }
}

/// How many reports the page lists, asked as a browser would.
fn reports_on_the_page(address: SocketAddr) -> usize {
    let mut page = TcpStream::connect(address).expect("it listens");
    write!(page, "GET /api/reports HTTP/1.1\r\nHost: {address}\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    page.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    answer.matches("\"fingerprint\"").count()
}

#[test]
fn a_storm_of_overlaps_costs_no_memory_and_the_page_answers_during_it() {
    redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off)).expect("nothing is watched yet");
    // SAFETY: Null has no lifetime parameters.
    unsafe { redhanded::know::<Null>(|stream| Socket::of_tcp(&stream.socket)) };
    let wanted: u64 = std::env::var("REDHANDED_TEST_STORM").map_or(1_000_000, |count| count.parse().expect("a number"));
    let page = redhanded::dashboard::serve("127.0.0.1:0").expect("a free port");
    let page = page.address().expect("the page is compiled in");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let socket = Arc::new(TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens"));
    let (writing, overlaps) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let storm = |until: u64| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (socket, writing, overlaps) = (socket.clone(), writing.clone(), overlaps.clone());
                let null = Null { socket, writing, overlaps };
                let mut websocket = WebSocket::from_raw_socket(null, Role::Server, None);
                thread::spawn(move || {
                    let message = Message::text("storm");
                    while redhanded::statistics().findings < until {
                        for _ in 0..1000 {
                            websocket.send(message.clone()).expect("the stream takes it");
                        }
                    }
                })
            })
            .collect();
        while !threads.iter().all(thread::JoinHandle::is_finished) {
            assert!(reports_on_the_page(page) <= 4);
            thread::yield_now();
        }
        threads.into_iter().for_each(|thread| thread.join().expect("no writer panics"));
    };

    let before = memory();
    storm(wanted);

    let reports = redhanded::reports();
    let grown = memory_growth_at_rest(before);
    let found: u64 = redhanded::reports().iter().map(|report| report.count).sum();
    println!("{found} findings in {} report(s), memory grew by {} KiB", reports.len(), grown >> 10);
    assert!(found >= wanted);
    assert_eq!(found, redhanded::statistics().findings, "every finding belongs to a report");
    assert!(found >= overlaps.load(SeqCst), "what the stream itself saw overlap is among them");
    assert!(reports.len() <= 4, "a handful of reports: {}", reports.len());
    assert!(grown <= MOST_GROWTH, "{grown} bytes");
}
