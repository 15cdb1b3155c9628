//! What watching costs in instructions: how many more a call has than the same call without the crate. Timings are noisy on a
//! machine that is shared; these counts are the same in every run, so that each has a limit.
//!
//! ```text
//! cargo bench --bench instructions
//! ```
//!
//! It needs `valgrind`, which counts. The kernel's instructions are not counted, so nothing here is sent anywhere. Words on
//! the command line choose rows, as in the other benches. The limits are for x86-64 and hold with optimization only: in a
//! debug build the counts are printed and not compared.
//!
//! Stamps come from the system's clock, which has some 80 instructions more, until the detector's thread has compared the
//! processor's counter with it. `valgrind` runs one thread at a time. So the process waits for that comparison before anything is counted.

#[path = "compare/chosen.rs"]
mod chosen;
mod null;

use chosen::is_chosen;
use futures_util::SinkExt;
use null::Null;
use redhanded::raw::tungstenite::protocol::Role;
use redhanded::{raw, watched};
use std::future::Future;
use std::hint::black_box;
use std::path::Path;
use std::pin::pin;
use std::process::{Command, ExitCode};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use std::{env, fs, thread};
use tokio::io::AsyncWriteExt;

type Sender = Box<dyn FnMut()>;

/// The argument of the process that is counted.
const COUNTED: &str = "--counted";

/// The function whose instructions are counted, with all that it calls.
const COUNTED_FUNCTION: &str = "instructions::counted_calls";

/// How many calls are counted at once.
const CALLS: u64 = 1_000;

/// How often everything is counted; the least counts: the first calls of a process do more.
const TIMES: usize = 3;

/// The detector's thread compares the two clocks at its second tick, a tenth of a second after its first.
const UNTIL_STAMPS_COME_FROM_THE_COUNTER: Duration = Duration::from_secs(1);

/// One comparison, and how many instructions watching may add to a call.
struct Row {
    what: &'static str,
    limit: u64,
    make: fn() -> [Sender; 2],
}

const fn row(what: &'static str, limit: u64, make: fn() -> [Sender; 2]) -> Row {
    Row { what, limit, make }
}

const ROWS: [Row; 12] = [
    row("a client's send of 64 B", 300, clients),
    row("a server's send of 64 B", 300, servers),
    row(
        "tokio-tungstenite: a server's send of 64 B",
        460,
        async_servers,
    ),
    row("a tap: a frame of 64 B", 340, taps),
    row("a tap that has seen no handshake", 490, guessing_taps),
    row("sync::Mutex", 62, mutexes),
    row("sync::Exclusive, over std's mutex", 36, exclusives),
    row("sync::RwLock, read", 170, readers),
    row("sync::RwLock, write", 112, writers),
    row("sync::parking_lot::Mutex", 45, parking_lot_mutexes),
    row("sync::parking_lot::RwLock, read", 175, parking_lot_readers),
    row("sync::parking_lot::RwLock, write", 43, parking_lot_writers),
];

fn chosen() -> impl Iterator<Item = &'static Row> {
    ROWS.iter().filter(|row| is_chosen(row.what))
}

fn main() -> ExitCode {
    if env::args().any(|argument| argument == COUNTED) {
        run_everything();
        return ExitCode::SUCCESS;
    }
    let folder = tempfile::tempdir().expect("a folder");
    count(folder.path());
    let counts = counts(folder.path());
    let in_each = chosen().count() * 2;
    assert_eq!(counts.len(), in_each * TIMES, "each call is counted");
    let least = |at: usize| (0..TIMES).map(|time| counts[time * in_each + at]).min();
    let mut is_within = true;
    println!("instructions a call: raw, watched, and what watching adds");
    for (at, row) in chosen().enumerate() {
        let [raw, watched] = [0, 1].map(|one| least(2 * at + one).unwrap_or(0) / CALLS);
        let added = watched.saturating_sub(raw);
        let is_over = added > row.limit && !cfg!(debug_assertions);
        is_within &= !is_over;
        let remark = if is_over { ": OVER ITS LIMIT of " } else { "" };
        let limit = if is_over {
            row.limit.to_string()
        } else {
            String::new()
        };
        println!(
            "{:44} {raw:6} {watched:6} {added:+6}{remark}{limit}",
            row.what
        );
    }
    ExitCode::from(u8::from(!is_within))
}

/// Runs this program again, under a tool that writes a file for every call of [`counted_calls`].
fn count(folder: &Path) {
    let this = env::current_exe().expect("a running program has a path");
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--toggle-collect={COUNTED_FUNCTION}"))
        .arg(format!("--dump-after={COUNTED_FUNCTION}"))
        .arg(format!("--callgrind-out-file={}/counts", folder.display()))
        .arg(this)
        .args(env::args().skip(1))
        .arg(COUNTED)
        .env("REDHANDED_BIND", "off")
        .env("REDHANDED_STDERR", "off")
        .status();
    assert!(status.expect("valgrind is installed").success());
}

/// The instructions of each call of [`counted_calls`], in their order.
fn counts(folder: &Path) -> Vec<u64> {
    let files = fs::read_dir(folder).expect("a folder");
    let mut parts: Vec<(u64, u64)> = files
        .filter_map(|file| {
            let text = fs::read_to_string(file.expect("a file").path()).expect("a text");
            let value = |key: &str| {
                let value = text.lines().find_map(|line| line.strip_prefix(key));
                value.and_then(|value| value.trim().parse().ok())
            };
            Some((value("part:")?, value("totals:")?))
        })
        .filter(|(_, instructions)| *instructions > 0)
        .collect();
    parts.sort_unstable();
    parts
        .into_iter()
        .map(|(_, instructions)| instructions)
        .collect()
}

fn run_everything() {
    let websocket = watched::tungstenite::WebSocket::from_raw_socket(Null, Role::Client, None);
    thread::sleep(UNTIL_STAMPS_COME_FROM_THE_COUNTER);
    drop(websocket);
    for _ in 0..TIMES {
        for row in chosen() {
            for mut send in (row.make)() {
                // What is made at the first call is not counted, and a tap is certain after some frames.
                (0..CALLS).for_each(|_| send());
                counted_calls(&mut send);
            }
        }
    }
}

#[inline(never)]
fn counted_calls(send: &mut Sender) {
    for _ in 0..CALLS {
        send();
    }
}

/// A program that makes a message and sends it, as `$role`.
macro_rules! blocking {
    ($half:ident, $role:ident, $message:ident => $make:expr) => {{
        use $half::tungstenite::protocol::{Role, WebSocket};
        let mut websocket = WebSocket::from_raw_socket(Null, Role::$role, None);
        let $message = raw::tungstenite::Message::binary(vec![7; 64]);
        Box::new(move || websocket.send($make).expect("the stream takes it")) as Sender
    }};
}

fn clients() -> [Sender; 2] {
    [
        blocking!(raw, Client, message => message.clone()),
        blocking!(watched, Client, message => message.clone()),
    ]
}

fn servers() -> [Sender; 2] {
    [
        blocking!(raw, Server, message => message.clone()),
        blocking!(watched, Server, message => message.clone()),
    ]
}

macro_rules! asynchronous {
    ($half:ident) => {{
        use $half::tokio_tungstenite::{WebSocketStream, tungstenite::protocol::Role};
        let made = WebSocketStream::from_raw_socket(Null, Role::Server, None);
        let mut websocket = at_once(made);
        let message = raw::tungstenite::Message::binary(vec![7; 64]);
        Box::new(move || at_once(websocket.send(message.clone())).expect("the stream takes it"))
            as Sender
    }};
}

fn async_servers() -> [Sender; 2] {
    [asynchronous!(raw), asynchronous!(watched)]
}

/// Sends this frame first, and then frames of 64 B without end.
fn tapped(mut stream: impl tokio::io::AsyncWrite + Unpin + 'static, first: &[u8]) -> Sender {
    let frame = [&[0x82, 64][..], &[7; 64]].concat();
    at_once(stream.write_all(first)).expect("the stream takes it");
    Box::new(move || at_once(stream.write_all(&frame)).expect("the stream takes it"))
}

fn taps() -> [Sender; 2] {
    // Where no handshake has gone by, frames that are all short leave it open whether they are frames.
    let long = [&[0x82, 126, 1, 0][..], &[7; 256]].concat();
    [tapped(Null, &long), tapped(watched::Tap::new(Null), &long)]
}

fn guessing_taps() -> [Sender; 2] {
    let short = [0x82, 0];
    [
        tapped(Null, &short),
        tapped(watched::Tap::new(Null), &short),
    ]
}

/// The output of a future that never waits. No runtime is counted.
fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("the stream takes everything"),
    }
}

/// A lock, taken and let go.
macro_rules! lock {
    ($new:path, $lock:ident => $take:expr) => {{
        let made = Box::new($new(0u64));
        Box::new(move || {
            let $lock = black_box(&made);
            *$take += black_box(1);
        }) as Sender
    }};
    // A guard that only reads.
    ($new:path, $lock:ident => read $take:expr) => {{
        let made = Box::new($new(0u64));
        Box::new(move || {
            let $lock = black_box(&made);
            black_box(*$take);
        }) as Sender
    }};
}

fn mutexes() -> [Sender; 2] {
    [
        lock!(std::sync::Mutex::new, it => it.lock().expect("not poisoned")),
        lock!(watched::sync::Mutex::new, it => it.lock().expect("not poisoned")),
    ]
}

fn exclusives() -> [Sender; 2] {
    [
        lock!(std::sync::Mutex::new, it => it.lock().expect("not poisoned")),
        lock!(watched::sync::Exclusive::new, it => it.enter().expect("one user at a time")),
    ]
}

fn readers() -> [Sender; 2] {
    [
        lock!(std::sync::RwLock::new, it => read it.read().expect("not poisoned")),
        lock!(watched::sync::RwLock::new, it => read it.read().expect("not poisoned")),
    ]
}

fn writers() -> [Sender; 2] {
    [
        lock!(std::sync::RwLock::new, it => it.write().expect("not poisoned")),
        lock!(watched::sync::RwLock::new, it => it.write().expect("not poisoned")),
    ]
}

fn parking_lot_mutexes() -> [Sender; 2] {
    [
        lock!(parking_lot::Mutex::new, it => it.lock()),
        lock!(watched::sync::parking_lot::Mutex::new, it => it.lock()),
    ]
}

fn parking_lot_readers() -> [Sender; 2] {
    [
        lock!(parking_lot::RwLock::new, it => read it.read()),
        lock!(watched::sync::parking_lot::RwLock::new, it => read it.read()),
    ]
}

fn parking_lot_writers() -> [Sender; 2] {
    [
        lock!(parking_lot::RwLock::new, it => it.write()),
        lock!(watched::sync::parking_lot::RwLock::new, it => it.write()),
    ]
}
