//! A closed client leaves no thread and no descriptor, and an idle one uses no processor time. Each
//! test runs in a process of its own.
#![cfg(target_os = "linux")]

use crate::peer::{PATIENCE, Server, connected, disconnected, quick, refused_url, rest};
use redhanded::raw::tungstenite::Message;
#[cfg(any(
    all(feature = "detect", debug_assertions),
    feature = "detect-in-release"
))]
use redhanded::raw::tungstenite::protocol::Role;
use redhanded_client::{Backoff, Client, Delivery, Options, Overflow, split};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

const CYCLES: usize = 1_000;

/// If connections are watched, one thread collects the findings, and one descriptor is that of standard error for what it
/// tells, from the first connection on.
const COLLECTORS: usize = (cfg!(feature = "detect") && cfg!(debug_assertions)
    || cfg!(feature = "detect-in-release")) as usize;

fn count(of: &str) -> usize {
    std::fs::read_dir(format!("/proc/self/{of}"))
        .unwrap()
        .count()
}

fn threads_and_descriptors() -> (usize, usize) {
    (count("task"), count("fd"))
}

/// Waits until all threads that are ending have ended.
#[track_caller]
fn assert_nothing_is_left((threads, descriptors): (usize, usize), collectors: usize) {
    let before = (threads + collectors, descriptors + collectors);
    let begun = Instant::now();
    while threads_and_descriptors() != before && begun.elapsed() < PATIENCE {
        thread::yield_now();
    }
    assert_eq!(threads_and_descriptors(), before);
}

/// Runs one of these tests in a process of its own.
fn alone(test: &str) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            &format!("resources::{test}"),
            "--exact",
            "--nocapture",
            "--test-threads=1",
        ])
        .env("REDHANDED_TEST_ALONE", "1")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn is_alone() -> bool {
    std::env::var_os("REDHANDED_TEST_ALONE").is_some()
}

/// Reads everything and answers nothing, one connection after the other.
fn serve(server: Server) {
    thread::spawn(move || {
        loop {
            rest(&mut server.accept());
        }
    });
}

fn cycle(url: &str, number: usize) {
    let client = Client::builder(url).backoff(quick()).start().unwrap();
    match number % 4 {
        0 => drop(client.close(Duration::ZERO).unwrap()),
        1 => {
            client.send("one", Delivery::Guaranteed).unwrap();
            assert_eq!(client.close(PATIENCE).unwrap(), []);
        }
        2 => {
            connected(&client);
            assert_eq!(client.close(PATIENCE).unwrap(), []);
        }
        _ => drop(client),
    }
}

fn check(url: &str) {
    let before = threads_and_descriptors();
    (0..CYCLES).for_each(|number| cycle(url, number));
    assert_nothing_is_left(before, COLLECTORS);
}

#[test]
fn a_thousand_clients_leave_no_thread_and_no_descriptor() {
    if !is_alone() {
        return alone("a_thousand_clients_leave_no_thread_and_no_descriptor");
    }
    let server = Server::new();
    let url = server.url();
    serve(server);
    check(&url);
}

#[test]
fn a_thousand_clients_without_a_server_leave_no_thread_and_no_descriptor() {
    if !is_alone() {
        return alone("a_thousand_clients_without_a_server_leave_no_thread_and_no_descriptor");
    }
    let url = refused_url();
    let before = threads_and_descriptors();
    for number in 0..CYCLES {
        let client = Client::builder(&url).backoff(quick()).start().unwrap();
        client.send("undelivered", Delivery::Guaranteed).unwrap();
        match number % 2 {
            0 => assert_eq!(
                client.close(Duration::ZERO).unwrap(),
                [Message::text("undelivered")]
            ),
            _ => drop(client),
        }
    }
    assert_nothing_is_left(before, 0);
}

#[test]
fn a_thousand_split_connections_leave_no_thread_and_no_descriptor() {
    if !is_alone() {
        return alone("a_thousand_split_connections_leave_no_thread_and_no_descriptor");
    }
    let server = Server::new();
    let before = threads_and_descriptors();
    for number in 0..CYCLES {
        let (url, address) = (server.url(), server.address());
        let peer = thread::spawn(move || {
            let socket = std::net::TcpStream::connect(address).unwrap();
            let (mut peer, _) = redhanded::raw::tungstenite::client(url, socket).unwrap();
            rest(&mut peer);
        });
        let accepted = redhanded::tungstenite::accept(server.accept_socket()).unwrap();
        let (sender, receiver) = split(accepted).unwrap();
        sender.send("hello", Delivery::Droppable).unwrap();
        match number % 2 {
            0 => drop(receiver.close(PATIENCE).unwrap()),
            _ => drop((sender, receiver)),
        }
        peer.join().unwrap();
    }
    assert_nothing_is_left(before, COLLECTORS);
}

/// The detector knows the socket below the streams of the crate: no connection is on a stream of an unknown type.
#[cfg(any(
    all(feature = "detect", debug_assertions),
    feature = "detect-in-release"
))]
#[test]
fn the_socket_of_a_client_and_of_a_limited_split_is_known() {
    if !is_alone() {
        return alone("the_socket_of_a_client_and_of_a_limited_split_is_known");
    }
    let directory = std::env::temp_dir().join(format!("redhanded-known-{}", std::process::id()));
    let settings = redhanded::Settings::default().report_dir(&directory);
    redhanded::configure(settings).unwrap();
    let server = Server::new();
    let client = server.client();
    let peer = server.accept();
    connected(&client);
    let near = std::net::TcpStream::connect(server.address()).unwrap();
    let split_peer = server.accept_socket();
    let limited = redhanded_client::Limited::new(near);
    let limited = redhanded::tungstenite::WebSocket::from_raw_socket(limited, Role::Client, None);
    let halves = split(limited).unwrap();
    let record = loop {
        let watched = |record: &serde_json::Value| {
            let connections = record["connections"].as_array().unwrap();
            let counts = connections
                .iter()
                .map(|library| library["count"].as_u64().unwrap());
            counts.sum::<u64>()
        };
        if let Some(record) = record_in(&directory).filter(|record| watched(record) >= 2) {
            break record;
        }
        thread::yield_now();
    };
    assert_eq!(record["unknown_streams"], serde_json::json!([]));
    drop((client, peer, halves, split_peer));
    std::fs::remove_dir_all(&directory).unwrap();
}

/// The record of this process, once it is there.
#[cfg(any(
    all(feature = "detect", debug_assertions),
    feature = "detect-in-release"
))]
fn record_in(directory: &std::path::Path) -> Option<serde_json::Value> {
    let mut files = std::fs::read_dir(directory.join("processes")).ok()?;
    let text = std::fs::read_to_string(files.next()?.ok()?.path()).ok()?;
    serde_json::from_str(&text).ok()
}

/// The processor time that this process has used.
fn used() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let behind_name = stat.rsplit(')').next().unwrap();
    let fields: Vec<&str> = behind_name.split_whitespace().collect();
    // User and system time are the 14th and the 15th field. On every Linux, they are in hundredths
    // of a second.
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

#[test]
fn every_wait_uses_no_processor_time() {
    if !is_alone() {
        return alone("every_wait_uses_no_processor_time");
    }
    let server = Server::new();
    let idle = server.client();
    let _idle_peer = server.accept();
    connected(&idle);

    let stuck = server.client();
    let _stuck_peer = server.accept();
    (0..15).for_each(|_| drop(stuck.send(vec![7; 1 << 20], Delivery::Guaranteed).unwrap()));
    stuck.send("expires", Delivery::Droppable).unwrap();
    connected(&stuck);

    let held_back = server
        .builder()
        .options(
            Options::default()
                .overflow(Overflow::Wait)
                .inbox_messages(1),
        )
        .start()
        .unwrap();
    let mut talking_peer = server.accept();
    (0..100).for_each(|_| talking_peer.send(Message::text("not taken")).unwrap());

    let patient = Backoff::default().first(PATIENCE).limit(PATIENCE);
    let disconnected_client = Client::builder(refused_url())
        .backoff(patient)
        .start()
        .unwrap();
    disconnected(&disconnected_client);
    disconnected_client
        .send("kept", Delivery::Guaranteed)
        .unwrap();

    let silent = server.builder().connect_timeout(PATIENCE).start().unwrap();
    let _silent_peer = server.accept_socket();

    // In the first seconds, work from above may still be finishing. A thread that spins never
    // stops.
    let begun = Instant::now();
    loop {
        let before = used();
        assert!(
            idle.recv_timeout(Duration::from_secs(1)).is_err(),
            "nothing happens"
        );
        let used = used() - before;
        if used < Duration::from_millis(100) {
            break;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "{used:?} of the processor in each second without anything to do"
        );
    }
    drop((stuck, held_back, silent));
}

#[test]
fn the_threads_of_a_client_block_signals() {
    if !is_alone() {
        return alone("the_threads_of_a_client_block_signals");
    }
    let server = Server::new();
    let client = server.client();
    let _peer = server.accept();
    connected(&client);
    let bits = |signals: &[i32]| {
        signals
            .iter()
            .map(|signal| 1_u64 << (signal - 1))
            .sum::<u64>()
    };
    let application = bits(&[libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGCHLD]);
    let faults = bits(&[libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGABRT]);
    let mut ours = 0;
    for task in std::fs::read_dir("/proc/self/task").unwrap() {
        let status = std::fs::read_to_string(task.unwrap().path().join("status")).unwrap();
        let field = |name: &str| {
            status
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .unwrap()
        };
        if field("Name:").trim().starts_with("redhanded") {
            let mask = u64::from_str_radix(field("SigBlk:").trim(), 16).unwrap();
            assert_eq!(
                (mask & application, mask & faults),
                (application, 0),
                "{status}"
            );
            ours += 1;
        }
    }
    assert!(ours > 0, "the client has a thread");
}
