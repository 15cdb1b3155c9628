//! One tap under a lock that is taken for each write, and two framers above it.
//!
//! The lock keeps every call whole, and no frame: what the socket does not take at once, and what a framer writes in a call of
//! its own, comes in another turn.

use crate::accusation::{Meeting, Pair, addresses};
use crate::actors::Actor;
use crate::asynchronous::{in_a_task, on_many_threads, reading, ready};
use crate::common::connection::make_room;
use crate::common::peer::BIG;
use crate::common::{connection, run_often, start};
use crate::evidence::Seen;
use crate::runs::{Run, caught_in_every_run};
use crate::two_taps::{SMALL_FRAME, big_frame};
use crate::writers::Site;
use redhanded::Tap;
use redhanded::report::{Kind, Report};
use redhanded::tungstenite::protocol::Role;
use std::io::{self, ErrorKind, IoSlice, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use tokio::io::AsyncWriteExt;

type Shared = Arc<Mutex<Tap<TcpStream>>>;

/// A handshake without which a tap does not know that small frames are frames.
pub(crate) const HEAD: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

fn begin_upload(shared: &Shared) -> (Site, usize) {
    let frame = big_frame();
    let (written, site) = (shared.lock().unwrap().write(&frame), here!());
    (site, written.expect("the socket takes a part"))
}

/// Writes the rest, a turn at a time.
fn go_on(shared: &Shared, mut from: usize) {
    let frame = big_frame();
    while from < frame.len() {
        match shared.lock().unwrap().write(&frame[from..]) {
            Ok(count) => from += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::yield_now(),
            Err(error) => panic!("{error}"),
        }
    }
}

fn notify(shared: &Shared) -> Site {
    let (written, site) = (shared.lock().unwrap().write_all(&SMALL_FRAME), here!());
    written.expect("there is room");
    site
}

fn a_rest_in_another_turn(_run: &Run) -> Vec<Pair> {
    let (socket, peer) = connection();
    let (addresses, clone) = (addresses(&socket), socket.try_clone().expect("a clone"));
    socket.set_nonblocking(true).expect("a socket");
    let shared: Shared = Arc::new(Mutex::new(Tap::new(socket)));
    let (uploader, notifier) = (Actor::new("uploader"), Actor::new("notifier"));
    let taps = shared.clone();
    let (uploaded, accepted) = uploader.does(move || begin_upload(&taps));
    make_room(&clone);
    let taps = shared.clone();
    let notified = notifier.does(move || notify(&taps));
    let peer = start("peer", move || {
        let mut peer = peer;
        peer.takes(10 + BIG + SMALL_FRAME.len());
        peer.into_seen()
    });
    uploader.does(move || go_on(&shared, accepted));
    let seen = Seen {
        bytes: peer.result(),
        inserted: SMALL_FRAME.len(),
        peer: Role::Client,
        before: Some(0),
    };
    let first = uploaded.left("write Binary 2 MiB");
    let pair = Pair::in_turn(
        &[Kind::TornFrame],
        first,
        notified.did("write Text 5 B"),
        addresses,
    );
    vec![Pair {
        meeting: Meeting::OnOneObject,
        seen: Some(seen),
        ..pair
    }]
}

#[test]
fn a_frame_whose_rest_comes_in_another_turn_is_torn_and_not_abandoned() {
    caught_in_every_run(file!(), a_rest_in_another_turn);
}

mod in_tasks {
    use super::*;

    type Shared = Arc<tokio::sync::Mutex<Tap<tokio::net::TcpStream>>>;

    async fn begin_upload(shared: Shared) -> (Site, usize) {
        let frame = big_frame();
        let (written, site) = (shared.lock().await.write(&frame).await, here!());
        (site, written.expect("the socket takes a part"))
    }

    async fn go_on(shared: Shared, mut from: usize) {
        let frame = big_frame();
        while from < frame.len() {
            from += shared
                .lock()
                .await
                .write(&frame[from..])
                .await
                .expect("the peer reads");
        }
    }

    async fn notify(shared: Shared) -> Site {
        let (written, site) = (shared.lock().await.write_all(&SMALL_FRAME).await, here!());
        written.expect("there is room");
        site
    }

    fn program(_run: &Run) -> Vec<Pair> {
        let (socket, peer) = connection();
        let addresses = addresses(&socket);
        let (uploaded, notified, peer) = on_many_threads(async move {
            let tap = Tap::new(ready(&socket).await);
            let shared: Shared = Arc::new(tokio::sync::Mutex::new(tap));
            let (tell, told) = tokio::sync::oneshot::channel();
            let (go, goes) = tokio::sync::oneshot::channel::<()>();
            let taps = shared.clone();
            let uploader = tokio::spawn(async move {
                let (site, accepted) = begin_upload(taps.clone()).await;
                tell.send(site).expect("it is awaited");
                goes.await.expect("it is told");
                go_on(taps, accepted).await;
            });
            let uploaded = told.await.expect("it begins");
            make_room(&socket);
            let notified = in_a_task(notify(shared)).await;
            let peer = reading(peer);
            go.send(()).expect("it waits");
            uploader.await.expect("it comes back");
            drop(socket);
            (uploaded, notified, peer)
        });
        let seen = Seen {
            bytes: peer.result(),
            inserted: SMALL_FRAME.len(),
            peer: Role::Client,
            before: Some(0),
        };
        let first = uploaded.left("write Binary 2 MiB");
        let second = notified.did("write Text 5 B");
        let pair = Pair::in_turn(&[Kind::TornFrame], first, second, addresses);
        vec![Pair {
            meeting: Meeting::OnOneObject,
            seen: Some(seen),
            ..pair
        }]
    }

    #[test]
    fn a_frame_whose_rest_comes_in_another_turn_of_its_task_is_torn() {
        caught_in_every_run(file!(), program);
    }
}

fn header_alone(shared: &Shared) -> Site {
    let (written, site) = (shared.lock().unwrap().write_all(&[0x82, 100]), here!());
    written.expect("there is room");
    site
}

fn whole_notice(shared: &Shared) -> Site {
    let (written, site) = (shared.lock().unwrap().write_all(&SMALL_FRAME), here!());
    written.expect("there is room");
    site
}

fn header_and_payload(_run: &Run) -> Vec<Pair> {
    let (socket, mut peer) = connection();
    let addresses = addresses(&socket);
    let shared: Shared = Arc::new(Mutex::new(Tap::new(socket)));
    shared
        .lock()
        .unwrap()
        .write_all(HEAD)
        .expect("there is room");
    let (one, other) = (Actor::new("one"), Actor::new("other"));
    let taps = shared.clone();
    let first = one.does(move || header_alone(&taps));
    let taps = shared.clone();
    let second = other.does(move || whole_notice(&taps));
    one.does(move || {
        shared
            .lock()
            .unwrap()
            .write_all(&[b'a'; 100])
            .expect("there is room")
    });
    peer.takes(HEAD.len() + 2 + SMALL_FRAME.len() + 100);
    let first = first.left("write Binary 100 B");
    let pair = Pair::in_turn(
        &[Kind::TornFrame],
        first,
        second.did("write Text 5 B"),
        addresses,
    );
    vec![Pair {
        meeting: Meeting::OnOneObject,
        ..pair
    }]
}

#[test]
fn header_and_payload_as_two_locked_writes_are_caught() {
    caught_in_every_run(file!(), header_and_payload);
}

/// One writer's frame as its calls, and another's, and in which order the two have their turns.
struct Interleaving {
    name: &'static str,
    head: &'static [u8],
    calls: [Vec<Vec<u8>>; 3],
    /// Whose turn it is.
    order: &'static str,
}

fn in_calls(frame: &[u8], cuts: &[usize]) -> Vec<Vec<u8>> {
    let mut calls = Vec::new();
    let mut from = 0;
    for cut in cuts.iter().copied().chain([frame.len()]) {
        calls.push(frame[from..cut].to_vec());
        from = cut;
    }
    calls
}

fn frame(masked: bool, letter: u8, length: usize) -> Vec<u8> {
    let bit = if masked { 0x80 } else { 0 };
    let mut frame = match length {
        ..126 => vec![0x82, bit | length as u8],
        _ => [&[0x82, bit | 126][..], &(length as u16).to_be_bytes()].concat(),
    };
    let key: &[u8] = if masked { &[9, 8, 7, 6] } else { &[] };
    frame.extend(key);
    let payload = (0..length).map(|at| letter ^ key.get(at % 4).unwrap_or(&0));
    frame.extend(payload);
    frame
}

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

fn interleavings() -> Vec<Interleaving> {
    let two = |name, masked: bool, lengths: [usize; 2], cuts: [&[usize]; 2], order| Interleaving {
        name,
        head: if masked { REQUEST } else { HEAD },
        calls: [
            in_calls(&frame(masked, b'a', lengths[0]), cuts[0]),
            in_calls(&frame(masked, b'b', lengths[1]), cuts[1]),
            Vec::new(),
        ],
        order,
    };
    let every_byte: Vec<usize> = (1..10).collect();
    vec![
        two(
            "headers alone, then payloads",
            false,
            [100, 100],
            [&[2], &[2]],
            "abab",
        ),
        two(
            "the other way round",
            false,
            [100, 60],
            [&[2], &[2]],
            "abba",
        ),
        two("of a client", true, [70, 90], [&[6], &[6]], "abab"),
        two("long headers", false, [300, 400], [&[4], &[4]], "abab"),
        two("of a client, long", true, [1000, 200], [&[8], &[8]], "abba"),
        two(
            "a header that is split",
            false,
            [30, 40],
            [&[1], &[2]],
            "abba",
        ),
        two(
            "a payload in pieces",
            false,
            [50, 20],
            [&[2, 20, 30], &[]],
            "aabaa",
        ),
        two(
            "one byte a call",
            false,
            [8, 8],
            [&every_byte[..9], &every_byte[..9]],
            "aaabbbaabbaabbaabbab",
        ),
        Interleaving {
            name: "three writers",
            head: HEAD,
            calls: [b'a', b'b', b'c'].map(|letter| in_calls(&frame(false, letter, 100), &[2])),
            order: "abcabc",
        },
    ]
}

/// What was found of these threads. A watch also sees what other tests do without one.
fn of_threads(watch: &redhanded::Watch, names: &[&str]) -> Vec<Report> {
    let is_of = |report: &Report| {
        let mut threads = report
            .writers
            .iter()
            .filter_map(|it| it.thread.name.as_deref());
        threads.any(|name| names.contains(&name))
    };
    watch.findings().into_iter().filter(is_of).collect()
}

/// A stream that counts nothing, so that nothing is known but the calls.
fn tears(interleaving: &Interleaving, vectored: bool) {
    let watch = redhanded::watch();
    let mut tap = Tap::new(io::sink());
    tap.write_all(interleaving.head).expect("a sink");
    let shared = Arc::new(Mutex::new(tap));
    let actors = ["a", "b", "c"].map(Actor::new);
    let mut calls = interleaving.calls.clone().map(Vec::into_iter);
    for turn in interleaving.order.bytes() {
        let index = usize::from(turn - b'a');
        let (shared, call) = (shared.clone(), calls[index].next().expect("a call"));
        actors[index].does(move || {
            let (one, other) = call.split_at(call.len() / 2);
            let mut tap = shared.lock().unwrap();
            if vectored {
                let pieces = [IoSlice::new(one), IoSlice::new(other)];
                let written = tap.write_vectored(&pieces);
                assert_eq!(written.expect("a sink"), call.len());
            } else {
                tap.write_all(&call).expect("a sink");
            }
        });
    }
    drop(shared);
    let reports = of_threads(&watch, &["a", "b", "c"]);
    let name = interleaving.name;
    let [report] = &reports[..] else {
        panic!("{name}: one report: {reports:#?}")
    };
    assert_eq!(report.kind, Kind::TornFrame, "{name}: {report}");
    let names: Vec<_> = report
        .writers
        .iter()
        .map(|it| it.thread.name.clone())
        .collect();
    assert!(
        names.len() == 2 && names[0] != names[1] && names.iter().all(Option::is_some),
        "{name}: {report}"
    );
    assert!(
        report
            .writers
            .iter()
            .all(|it| it.call_site.as_ref().is_some_and(|at| at.file == file!())),
        "{name}: {report}"
    );
}

#[test]
fn frames_of_writers_that_take_turns_by_write_are_torn_however_they_are_cut() {
    run_often(|run| {
        for interleaving in interleavings() {
            tears(&interleaving, run % 2 == 1);
        }
    });
}

/// Without a handshake, a tap becomes certain by a frame whose length has 16 or 64 bits that these are frames, and then watches.
/// Short frames alone are not enough to tell two writers of one tap: a protocol of types and lengths has the same bytes.
#[test]
fn a_tap_that_has_seen_no_handshake_becomes_certain_and_catches() {
    run_often(|_| {
        for lengths in [&[200][..], &[70_000], &[5, 9, 30, 7, 200], &[20, 20, 300]] {
            let watch = redhanded::watch();
            let mut tap = Tap::new(io::sink());
            for length in lengths {
                let payload = vec![7; *length];
                let header = match length {
                    ..126 => vec![0x82, *length as u8],
                    ..65_536 => [&[0x82, 126][..], &(*length as u16).to_be_bytes()].concat(),
                    _ => [&[0x82, 127][..], &(*length as u64).to_be_bytes()].concat(),
                };
                tap.write_all(&[header, payload].concat()).expect("a sink");
            }
            let shared = Arc::new(Mutex::new(tap));
            let (one, other) = (Actor::new("sure"), Actor::new("unsure"));
            let write = |actor: &Actor, bytes: &'static [u8]| {
                let shared = shared.clone();
                actor.does(move || shared.lock().unwrap().write_all(bytes).expect("a sink"));
            };
            write(&one, &[0x82, 5]);
            write(&other, &SMALL_FRAME);
            write(&one, b"aaaaa");
            drop(shared);
            let reports = of_threads(&watch, &["sure", "unsure"]);
            let kinds: Vec<Kind> = reports.iter().map(|report| report.kind).collect();
            assert_eq!(kinds, [Kind::TornFrame], "{lengths:?}");
        }
    });
}
