//! What a storm needs: a stream with the identity of a socket, the process's memory, and the page as a browser sees it.

use redhanded::Socket;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

/// Debug information takes tens of MiB. When it is released, the growth falls below this at once.
const RESTED: u64 = 4 << 20;

/// A stream with the identity of a socket that discards everything: the overlaps are in the calls. It is a Unix socket:
/// where the kernel counts, a writer whose bytes never come to the socket is not accused.
#[derive(Clone)]
pub(crate) struct Null {
    ends: Arc<(UnixStream, UnixStream)>,
    writing: Arc<AtomicU64>,
    overlaps: Arc<AtomicU64>,
}

impl Null {
    /// A clone is another object on the same socket.
    pub(crate) fn new() -> Self {
        // SAFETY: Null has no lifetime parameters.
        unsafe { redhanded::know::<Null>(|stream| Socket::of_descriptor(&stream.ends.0)) };
        Null {
            ends: Arc::new(UnixStream::pair().expect("a pair")),
            writing: Arc::default(),
            overlaps: Arc::default(),
        }
    }

    /// How many overlaps the stream itself has seen.
    pub(crate) fn overlaps(&self) -> u64 {
        self.overlaps.load(SeqCst)
    }
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

pub(crate) fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has this file");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .expect("the file has this line");
    line.split_whitespace()
        .nth(1)
        .expect("a number")
        .parse::<u64>()
        .expect("of KiB")
        << 10
}

/// How much more memory is in use than before, after the debug information that named the frames is released.
/// That happens two seconds after the last finding.
pub(crate) fn memory_growth_at_rest(before: u64) -> u64 {
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
pub(crate) fn reports_on_the_page(address: SocketAddr) -> usize {
    let mut page = TcpStream::connect(address).expect("it listens");
    write!(page, "GET /api/reports HTTP/1.1\r\nHost: {address}\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    page.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    answer.matches("\"fingerprint\"").count()
}

/// Four threads write until this many findings are made. Meanwhile, the page answers.
pub(crate) fn storm<W: FnMut() + Send + 'static>(
    until: u64,
    page: SocketAddr,
    writer: impl Fn() -> W,
) {
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let mut write = writer();
            thread::spawn(move || {
                while redhanded::statistics().findings < until {
                    (0..1000).for_each(|_| write());
                }
            })
        })
        .collect();
    while !threads.iter().all(thread::JoinHandle::is_finished) {
        assert!(reports_on_the_page(page) <= 4);
        thread::yield_now();
    }
    threads
        .into_iter()
        .for_each(|thread| thread.join().expect("no writer panics"));
}
