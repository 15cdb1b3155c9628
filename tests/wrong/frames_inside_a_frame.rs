//! One tap under a lock that is taken for each write, and several frames of others inside a frame.
//!
//! The first writer is who has begun the frame that is torn, not who wrote last before the second.

use crate::actors::Actor;
use crate::common::run_often;
use redhanded::Tap;
use redhanded::report::{Kind, Report};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

const HEAD: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Who calls, and with what.
type Calls = Vec<(&'static str, Vec<u8>)>;

fn padded(start: &[u8], length: usize) -> Vec<u8> {
    let mut bytes = start.to_vec();
    bytes.resize(length, b'p');
    bytes
}

/// Makes the calls, and gives the names of the two threads of every torn frame.
fn torn_by(calls: &Calls) -> Vec<[String; 2]> {
    // A watch also sees what the threads of other tests do. Those of other tests here have the same names.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let watch = redhanded::watch();
    let mut tap = Tap::new(io::sink());
    tap.write_all(HEAD).expect("a sink");
    let shared = Arc::new(Mutex::new(tap));
    let actors = ["owner", "whole", "late"].map(|name| (name, Actor::new(name)));
    for (name, bytes) in calls.clone() {
        let (_, actor) = actors
            .iter()
            .find(|(it, _)| *it == name)
            .expect("an actor of that name");
        let shared = shared.clone();
        actor.does(move || shared.lock().unwrap().write_all(&bytes).expect("a sink"));
    }
    drop(shared);
    let names = |report: &Report| {
        let [first, second] = &report.writers[..] else {
            panic!("two writers in {report}")
        };
        [first, second].map(|it| it.thread.name.clone().unwrap_or_default())
    };
    let is_ours = |report: &Report| {
        names(report)
            .iter()
            .any(|name| actors.iter().any(|(it, _)| it == name))
    };
    let findings = watch.findings();
    let ours = findings.iter().filter(|report| is_ours(report));
    ours.map(|report| {
        assert_eq!(report.kind, Kind::TornFrame, "{report}");
        names(report)
    })
    .collect()
}

fn check(calls: &Calls, first: &str, second: &str) {
    let calls = calls.clone();
    let expected = [first.to_owned(), second.to_owned()];
    run_often(move |_| assert_eq!(torn_by(&calls), std::slice::from_ref(&expected)));
}

#[test]
fn the_owner_of_the_frame_is_named_and_not_who_sent_a_whole_one_into_it() {
    let calls = vec![
        ("owner", vec![0x82, 126, 0x0b, 0xb8]),
        ("whole", vec![0x82, 0]),
        ("late", vec![0x82, 0]),
        ("late", vec![0x82, 1, b'x']),
        ("owner", padded(&[], 3000)),
        ("owner", padded(&[0x82, 126, 0, 126], 130)),
    ];
    check(&calls, "owner", "late");
}

#[test]
fn who_has_sent_all_of_a_frame_by_then_is_not_said_to_be_torn() {
    let calls = vec![
        ("owner", vec![0x82, 126, 0x0b, 0xb8]),
        ("whole", vec![0x82, 100]),
        ("whole", padded(&[], 100)),
        ("late", vec![0x82, 126, 0x0b, 0xb8]),
        ("owner", padded(&[], 3000)),
        ("owner", padded(&[0x82, 126, 0, 126], 130)),
    ];
    check(&calls, "owner", "late");
}

#[test]
fn an_owner_that_comes_back_with_payload_like_a_frame_is_the_first_writer() {
    let calls = vec![
        ("owner", vec![0x82, 100]),
        ("whole", vec![0x82, 0]),
        ("owner", padded(&[0x82, 5], 100)),
        ("owner", padded(&[0x82, 20], 22)),
    ];
    check(&calls, "owner", "whole");
}
