//! Connections that come and go: nothing of them stays, and no writer in turn is accused.
//!
//! The default is two thousand cycles. For two hundred thousand:
//!
//! ```text
//! REDHANDED_TEST_CYCLES=200000 cargo test --test cycles -- --nocapture
//! ```
#![cfg(target_os = "linux")] // Threads, descriptors and memory are counted in /proc.
#![cfg(any(debug_assertions, feature = "detect-in-release"))]
#![allow(unsafe_code)] // A part of the support calls `know`.

#[path = "storm/support.rs"]
#[allow(dead_code)] // Only the memory is asked for here.
mod support;

use redhanded::raw::tungstenite::WebSocket as PlainWebSocket;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, WebSocket};
use redhanded::{Settings, Stderr};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

/// What the allocator and the debug information may take beside, however many cycles there are.
const MOST_GROWTH: u64 = 4 << 20;

fn count(of: &str) -> usize {
    std::fs::read_dir(format!("/proc/self/{of}"))
        .expect("Linux has it")
        .count()
}

/// One connection with two objects that write in turn, each from a thread of its own, and with a handshake at times.
fn cycle(listener: &TcpListener, number: usize) {
    let near = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
    let far = listener.accept().expect("it connects").0;
    // Reset at the end, so that no port stays behind.
    for end in [&near, &far] {
        socket2::SockRef::from(end)
            .set_linger(Some(Duration::ZERO))
            .expect("a socket");
    }
    let object = |socket: &TcpStream| {
        let socket = socket.try_clone().expect("a descriptor");
        WebSocket::from_raw_socket(socket, Role::Server, None)
    };
    let (mut one, mut other) = (object(&near), object(&near));
    let mut peer = PlainWebSocket::from_raw_socket(far, Role::Client, None);
    one.send(Message::text("one")).expect("a connection");
    if number.is_multiple_of(16) {
        std::thread::scope(|scope| {
            scope.spawn(|| other.send(Message::text("other")).expect("a connection"));
        });
    } else {
        other.send(Message::text("other")).expect("a connection");
    }
    assert_eq!(peer.read().expect("a message"), Message::text("one"));
    assert_eq!(peer.read().expect("a message"), Message::text("other"));
    if number.is_multiple_of(4) {
        one.close(None).expect("a connection");
    }
}

#[test]
fn connections_that_come_and_go_leave_nothing_behind_and_are_not_accused() {
    redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off))
        .expect("nothing is watched yet");
    let cycles: usize = std::env::var("REDHANDED_TEST_CYCLES")
        .map_or(2_000, |count| count.parse().expect("a number"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let watch = redhanded::watch();
    // The first ones start what there is one of.
    (0..1_000).for_each(|number| cycle(&listener, number));
    let (threads, descriptors) = (count("task"), count("fd"));
    let memory = support::memory();
    (0..cycles).for_each(|number| cycle(&listener, number));
    assert_eq!(count("fd"), descriptors, "descriptors");
    // A thread that was joined is in the list for a moment more.
    let begun = Instant::now();
    while count("task") > threads {
        assert!(begun.elapsed() < Duration::from_secs(60), "threads");
        std::thread::yield_now();
    }
    let growth = support::memory().saturating_sub(memory);
    assert!(
        growth < MOST_GROWTH,
        "{growth} B more after {cycles} cycles"
    );
    watch.assert_clean();
    println!("{cycles} cycles: {growth} B more, no finding");
}
