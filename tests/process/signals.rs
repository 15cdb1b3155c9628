//! Threads of ours take no signal that is for the application.
//!
//! This needs `unsafe`, because the standard library sets no masks. `sigemptyset`, `sigaddset`, `pthread_sigmask` and `sigwait`
//! are the system's, and each set is on the stack of its caller.
#![allow(unsafe_code)]

use crate::OWN_CODE;
use crate::launch::Launch;
use crate::link::Link;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::mem::MaybeUninit;
use std::net::TcpStream;
use std::process::{self, Command};
use std::ptr;
use std::time::{Duration, Instant};

/// A program that connects, and only then blocks SIGTERM in its thread and waits for it.
pub fn shuts_down_gracefully() {
    let mut link = Link::open();
    // A line on standard error, and a page with a subscriber: every thread there is.
    link.refuse(1);
    let mut subscriber = subscriber();
    let mut head = [0; 12];
    subscriber.read_exact(&mut head).expect("an answer");
    assert_eq!(&head, b"HTTP/1.1 200");
    let terms = terms();
    // SAFETY: the set is initialized. Without a place for the old mask none is written.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &terms, ptr::null_mut()) };
    assert_all_of_ours_block_signals();
    let sent = Command::new("kill")
        .args(["-TERM", &process::id().to_string()])
        .status();
    assert!(sent.expect("it is there").success());
    let mut signal = 0;
    // SAFETY: both are valid for the call.
    let waited = unsafe { libc::sigwait(&terms, &mut signal) };
    assert_eq!((waited, signal), (0, libc::SIGTERM));
}

fn terms() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: `sigemptyset` initializes the set.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGTERM);
        set.assume_init()
    }
}

fn subscriber() -> TcpStream {
    let url = redhanded::url().expect("there is a page");
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(address).expect("the page answers");
    let request = format!("GET /api/feed HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it listens");
    stream
}

/// The names of the threads of this process that are ours, each with the signals that it blocks: signal n is bit n - 1.
fn masks_of_ours() -> BTreeMap<String, Vec<u64>> {
    let mut masks = BTreeMap::<String, Vec<u64>>::new();
    for task in fs::read_dir("/proc/self/task").expect("a list") {
        let status = task.expect("an entry").path().join("status");
        // A thread may have ended meanwhile.
        let Ok(status) = fs::read_to_string(status) else {
            continue;
        };
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
        let name = field("Name:").expect("it has one").trim().to_owned();
        let mask = field("SigBlk:").expect("it has one").trim();
        if name.starts_with("redhanded") {
            let mask = u64::from_str_radix(mask, 16).expect("a number");
            masks.entry(name).or_default().push(mask);
        }
    }
    masks
}

fn assert_all_of_ours_block_signals() {
    let deadline = Instant::now() + Duration::from_secs(20);
    // The system cuts a name after 15 bytes.
    let expected = ["redhanded", "redhanded page", "redhanded-lines"];
    let masks = loop {
        let masks = masks_of_ours();
        if expected.iter().all(|name| masks.contains_key(*name)) {
            break masks;
        }
        assert!(Instant::now() < deadline, "not all are there: {masks:?}");
        std::thread::yield_now();
    };
    let bit = |signal: libc::c_int| 1_u64 << (signal - 1);
    for (name, mask) in masks
        .iter()
        .flat_map(|(name, masks)| masks.iter().map(move |it| (name, it)))
    {
        for signal in 1..=31 {
            let is_fault = [
                libc::SIGABRT,
                libc::SIGBUS,
                libc::SIGFPE,
                libc::SIGILL,
                libc::SIGSEGV,
                libc::SIGSYS,
                libc::SIGTRAP,
            ]
            .contains(&signal);
            // No thread can block these two.
            let is_never_blocked = [libc::SIGKILL, libc::SIGSTOP].contains(&signal);
            let is_blocked = mask & bit(signal) != 0;
            assert_eq!(
                is_blocked,
                !is_fault && !is_never_blocked,
                "{name}, signal {signal}: {mask:x}"
            );
        }
    }
}

pub fn a_program_that_waits_for_a_signal_gets_it() {
    let ended = Launch::of(shuts_down_gracefully)
        .with(("REDHANDED_BIND", "127.0.0.1:0"))
        .with(("REDHANDED_POLICY", "error"))
        .run();
    ended.with_code(OWN_CODE.into());
}
