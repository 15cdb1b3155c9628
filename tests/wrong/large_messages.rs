//! Two writers whose messages are larger than the socket's buffers, as the table in docs/reports.md lists them.
//!
//! Both are often inside their calls at once, and then only the kernel could tell whose bytes came first. From the first
//! overlap on, large writes are passed on in pieces. So it is known call by call what each writer has in the stream.
//!
//! The table of all rows at 256 KiB, 1 MiB and 8 MiB:
//! `REDHANDED_TABLE=1 cargo test --features detect --test wrong large_messages -- --nocapture --test-threads=1`

use crate::common::connection::make_room_beside;
use crate::common::{PATIENCE, Peer, RUNS, quiet, start, start_scoped};
use crate::writers::Site;
use redhanded::raw;
use redhanded::report::{Kind, Writer};
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::{Data as OpData, OpCode};
use redhanded::tungstenite::{Message, WebSocket};
use socket2::SockRef;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Instant;

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// Two writers that go on until each has sent so many messages: on a busy machine one may be through before the other has
/// its first turn.
#[derive(Default)]
struct Both([AtomicUsize; 2]);

impl Both {
    /// One of them has sent a message of a program with large messages of this size. Gives whether it is to go on.
    fn go_on(&self, which: usize, size: usize) -> bool {
        self.0[which].fetch_add(1, Relaxed);
        self.0.iter().any(|sent| sent.load(Relaxed) < count(size))
    }
}

/// How many messages each sends at least.
fn count(size: usize) -> usize {
    (32 * MIB / size).clamp(8, 64)
}

/// A connection with the buffers that the system gives it.
fn unread_connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let ours = TcpStream::connect(listener.local_addr().expect("an address")).expect("loopback");
    let (peer, _) = listener.accept().expect("a client connects");
    for end in [&ours, &peer] {
        end.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        end.set_write_timeout(Some(PATIENCE)).expect("a timeout");
    }
    (ours, peer)
}

/// A connection whose buffers are smaller than the smallest of the messages, and whose peer reads on command.
fn narrow_connection() -> (TcpStream, Peer<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let tighten = |socket: SockRef<'_>| {
        socket
            .set_send_buffer_size(16 * KIB)
            .expect("a smaller buffer");
        socket
            .set_recv_buffer_size(16 * KIB)
            .expect("a smaller buffer");
    };
    tighten(SockRef::from(&listener));
    let ours = TcpStream::connect(listener.local_addr().expect("an address")).expect("loopback");
    tighten(SockRef::from(&ours));
    let (peer, _) = listener.accept().expect("a client connects");
    peer.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    (ours, Peer::new(peer))
}

/// A connection whose peer reads all the time.
fn open_connection() -> TcpStream {
    let (ours, mut peer) = unread_connection();
    start("peer", move || io::copy(&mut peer, &mut io::sink()));
    ours
}

/// A masked ping of two bytes.
fn ping() -> Vec<u8> {
    let mut ping = Vec::new();
    let memory = io::Cursor::new(&mut ping);
    let mut framed = raw::tungstenite::WebSocket::from_raw_socket(memory, Role::Client, None);
    framed
        .send(Message::Ping(vec![1, 2].into()))
        .expect("memory");
    ping
}

fn object(socket: &TcpStream) -> WebSocket<TcpStream> {
    let clone = socket.try_clone().expect("a clone");
    WebSocket::from_raw_socket(clone, Role::Server, None)
}

fn large(size: usize) -> Message {
    Message::binary(vec![7; size])
}

/// Row 1: a reader that answers pings by itself, beside the writer.
fn reader_and_writer(size: usize) -> [Site; 2] {
    let (socket, mut peer) = unread_connection();
    let (mut writer, mut reader) = (object(&socket), object(&socket));
    let ping = ping();
    let pings = start("pings", move || {
        let mut buffer = vec![0; 64 * KIB];
        while peer.read(&mut buffer).is_ok_and(|count| count > 0) && peer.write_all(&ping).is_ok() {
        }
    });
    let both = Arc::new(Both::default());
    let answered = both.clone();
    let reading = start("reader", move || {
        loop {
            let (message, site) = (reader.read(), here!());
            answered.go_on(0, size);
            if !message.is_ok_and(|message| message.is_ping()) {
                return site;
            }
        }
    });
    let written = start("writer", move || {
        loop {
            let (sent, site) = (writer.send(large(size)), here!());
            sent.expect("the writer gets no error");
            if !both.go_on(1, size) {
                return site;
            }
        }
    })
    .result();
    let _ = socket.shutdown(Shutdown::Both);
    pings.result();
    [written, reading.result()]
}

fn send_all(
    shared: &Mutex<WebSocket<TcpStream>>,
    size: usize,
    (both, which): (&Both, usize),
) -> Site {
    loop {
        let (sent, site) = (shared.lock().unwrap().send(large(size)), here!());
        sent.expect("no error");
        if !both.go_on(which, size) {
            return site;
        }
    }
}

/// Two writers that begin at the same time.
fn meet() -> [Arc<Barrier>; 2] {
    let barrier = Arc::new(Barrier::new(2));
    [barrier.clone(), barrier]
}

/// Row 2: two objects, each behind a mutex of its own.
fn two_mutexes(size: usize) -> [Site; 2] {
    let socket = open_connection();
    let [one, other] = [(); 2].map(|()| Arc::new(Mutex::new(object(&socket))));
    let both = Arc::new(Both::default());
    let of_both = both.clone();
    let one = start("one", move || send_all(&one, size, (&both, 0)));
    let other = start("other", move || send_all(&other, size, (&of_both, 1)));
    [one.result(), other.result()]
}

fn send_through(socket: &TcpStream, size: usize, both: &Both, which: usize) -> Site {
    let mut writer = WebSocket::from_raw_socket(socket, Role::Server, None);
    loop {
        let (sent, site) = (writer.send(large(size)), here!());
        sent.expect("no error");
        if !both.go_on(which, size) {
            return site;
        }
    }
}

/// Row 3: two objects over one `&TcpStream`.
fn shared_reference(size: usize) -> [Site; 2] {
    let (socket, both) = (open_connection(), Both::default());
    thread::scope(|scope| {
        let (socket, both) = (&socket, &both);
        let writer = |which| move || send_through(socket, size, both, which);
        let one = start_scoped(scope, "one", writer(0));
        let other = start_scoped(scope, "other", writer(1));
        [one.result(), other.result()]
    })
}

/// Row 4: a supervisor closes on its own clone while a send is stuck.
fn close_during_send(size: usize) -> [Site; 2] {
    let (socket, mut peer) = narrow_connection();
    let (mut writer, mut emergency) = (object(&socket), object(&socket));
    let stuck = start("uploader", move || {
        let (sent, site) = (writer.send(large(size)), here!());
        sent.expect("no error");
        site
    });
    make_room_beside(&stuck, &socket, &mut peer);
    let (closed, site) = (emergency.close(None), here!());
    closed.expect("no error");
    let rest = start("peer", move || io::copy(&mut peer.stream, &mut io::sink()));
    let sites = [stuck.result(), site];
    let _ = socket.shutdown(Shutdown::Both);
    let _ = rest.result();
    sites
}

fn send_fragments(shared: &Mutex<WebSocket<TcpStream>>, size: usize, meeting: &Barrier) -> Site {
    let mut last = None;
    let opcodes = [
        OpData::Binary,
        OpData::Continue,
        OpData::Continue,
        OpData::Continue,
    ];
    for message in 0..count(size) {
        for (index, opcode) in opcodes.into_iter().enumerate() {
            let fragment = Frame::message(vec![7; size / 4], OpCode::Data(opcode), index == 3);
            let fragment = Message::Frame(fragment);
            let (sent, site) = (shared.lock().unwrap().send(fragment), here!());
            sent.expect("no error");
            last = Some(site);
            if (message, index) == (0, 0) {
                meeting.wait();
            }
        }
    }
    last.expect("a fragment")
}

/// Row 5: the lock of one object, taken for each fragment.
fn lock_per_fragment(size: usize) -> [Site; 2] {
    let socket = open_connection();
    let shared = Arc::new(Mutex::new(object(&socket)));
    let [here, there] = meet();
    let other = shared.clone();
    let one = start("one", move || send_fragments(&shared, size, &here));
    let other = start("other", move || send_fragments(&other, size, &there));
    [one.result(), other.result()]
}

type Program = fn(usize) -> [Site; 2];

const ROWS: [(&str, Program, Kind); 5] = [
    (
        "a reader answers pings beside the writer",
        reader_and_writer,
        Kind::TornFrame,
    ),
    (
        "two objects, each behind a mutex of its own",
        two_mutexes,
        Kind::TornFrame,
    ),
    (
        "two objects over one &TcpStream",
        shared_reference,
        Kind::TornFrame,
    ),
    (
        "a supervisor closes while a send is stuck",
        close_during_send,
        Kind::TornFrame,
    ),
    (
        "a mutex taken for each fragment",
        lock_per_fragment,
        Kind::TornMessage,
    ),
];

/// Whether a run has brought exactly one report, of this kind, with both lines.
fn is_caught(program: Program, size: usize, kind: Kind) -> bool {
    let watch = redhanded::watch();
    let mut wanted = program(size).map(|site| site.line);
    wanted.sort_unstable();
    // A watch also sees what is found where other programs of this process have no scope.
    let is_here = |writer: &Writer| {
        writer
            .call_site
            .as_ref()
            .is_some_and(|site| site.file == file!())
    };
    let mut reports = watch.findings();
    reports.retain(|report| report.writers.iter().any(is_here));
    let [report] = &reports[..] else {
        println!("{} reports", reports.len());
        return false;
    };
    let site = |writer: &Writer| writer.call_site.as_ref().map(|site| site.line);
    let mut lines: Vec<_> = report.writers.iter().filter_map(site).collect();
    lines.sort_unstable();
    let is_caught = report.kind == kind && lines == wanted;
    if !is_caught {
        println!("{report}");
    }
    is_caught
}

fn check(sizes: &[usize]) {
    quiet();
    let mut missed = Vec::new();
    for &size in sizes {
        for (row, program, kind) in ROWS {
            let began = Instant::now();
            let caught = (0..RUNS).filter(|_| is_caught(program, size, kind)).count();
            let took = began.elapsed();
            println!(
                "{:>5} KiB  {row:<44}  {kind} in {caught} of {RUNS}  {took:.1?}",
                size / KIB
            );
            if caught < RUNS {
                missed.push((size, row, caught));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:?}");
}

#[test]
fn two_writers_of_large_messages_are_caught_in_every_run() {
    let all = [256 * KIB, MIB, 8 * MIB];
    // The largest take minutes.
    let is_table = std::env::var_os("REDHANDED_TABLE").is_some();
    check(if is_table { &all } else { &all[..2] });
}
