//! What a scope sees, and what a race finds. The tests of this file run side by side, and each has a scope.
#![cfg(any(debug_assertions, feature = "detect-in-release"))]

mod ended;
mod ends;
mod locks;
mod nested;
mod open;
mod pair;
mod parallel;
mod races;
mod runtimes;
mod unscoped;

use redhanded::report::Report;
use redhanded::{Settings, Stderr, Watch};
use std::io::{copy, sink};
use std::net::{TcpListener, TcpStream};
use std::sync::{Once, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread;
use std::time::Duration;

/// A wait that is longer than this is a stall here.
const STALL: Duration = Duration::from_millis(60);

/// The time after which a test that hangs fails. No test waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// All scopes see connections without a scope. So tests that make such connections do not run beside the others.
static BESIDE: RwLock<()> = RwLock::new(());

/// To be called first by tests whose connections belong to their scopes.
fn beside() -> RwLockReadGuard<'static, ()> {
    settle();
    BESIDE.read().unwrap_or_else(PoisonError::into_inner)
}

/// To be called first by tests with connections that belong to no scope.
fn alone() -> RwLockWriteGuard<'static, ()> {
    settle();
    BESIDE.write().unwrap_or_else(PoisonError::into_inner)
}

/// Settings of this process.
fn settle() {
    static SETTLED: Once = Once::new();
    SETTLED.call_once(|| {
        let settings = Settings::default()
            .bind(None)
            .stderr(Stderr::Off)
            .stall(STALL);
        redhanded::configure(settings).expect("nothing is watched yet");
    });
}

/// A connection: a program's end, and its peer's.
fn tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let near = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
    let (far, _) = listener.accept().expect("just connected");
    (near, far)
}

/// A program's end of a connection whose peer reads all that comes.
fn drained() -> TcpStream {
    let (near, mut far) = tcp();
    thread::spawn(move || copy(&mut far, &mut sink()));
    near
}

fn address(stream: &TcpStream) -> String {
    stream.local_addr().expect("connected").to_string()
}

/// What a scope has found: how many findings, and on which wires.
fn found(watch: &Watch) -> (u64, Vec<String>) {
    let findings = watch.findings();
    let of_report = |report: &Report| {
        let samples = report
            .samples
            .iter()
            .map(|sample| sample.wire.local.clone());
        samples
            .chain([report.wire.local.clone()])
            .flatten()
            .collect::<Vec<_>>()
    };
    let mut wires: Vec<String> = findings.iter().flat_map(of_report).collect();
    wires.sort();
    wires.dedup();
    (findings.iter().map(|report| report.count).sum(), wires)
}

/// Runs the body on a thread that is in no scope.
fn elsewhere<T: Send>(body: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(body).join().expect("no panic"))
}
