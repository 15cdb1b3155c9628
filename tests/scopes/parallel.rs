//! Scopes side by side, with findings at the same lines: each scope sees its own.

use crate::pair::{Pair, overlap};
use crate::{address, alone, beside, drained, found};
use std::net::TcpStream;
use std::sync::Barrier;
use std::thread;

const SCOPES: usize = 4;

/// Each has findings on two wires of its own, as many as `count` says, all at the same time.
#[track_caller]
fn each_sees_its_own(overlap: fn(&TcpStream)) {
    let _beside = beside();
    let together = Barrier::new(SCOPES);
    let count = |scope: usize, round: usize| (scope + round) % SCOPES + 2;
    thread::scope(|threads| {
        for scope in 0..SCOPES {
            let together = &together;
            threads.spawn(move || {
                for round in 0..5 {
                    let watch = redhanded::watch();
                    together.wait();
                    let streams = [drained(), drained()];
                    (0..count(scope, round)).for_each(|turn| overlap(&streams[turn % 2]));
                    let seen = found(&watch);
                    // Assertions come after the barriers, so that a failure leaves no thread waiting.
                    together.wait();
                    let (findings, wires_seen) = found(&watch);
                    together.wait();
                    let wires = streams.each_ref().map(address);
                    assert_eq!(
                        (seen.0, findings),
                        (count(scope, round) as u64, seen.0),
                        "round {round}"
                    );
                    assert!(
                        !wires_seen.is_empty()
                            && wires_seen.iter().all(|wire| wires.contains(wire)),
                        "{wires_seen:?} {wires:?}"
                    );
                    assert_eq!(wires_seen, seen.1);
                }
            });
        }
    });
}

#[test]
fn each_of_parallel_scopes_sees_exactly_its_own_of_the_same_lines() {
    each_sees_its_own(overlap);
}

#[test]
fn each_of_parallel_scopes_sees_exactly_its_own_where_only_backtraces_show_the_lines() {
    each_sees_its_own(|socket| Pair::of_taps(socket).overlap_by_trait());
}

#[test]
fn a_connection_on_which_two_scopes_make_objects_is_seen_by_both() {
    let _alone = alone();
    let stream = drained();
    let watch = redhanded::watch();
    let first = crate::pair::writer(&stream);
    let (of_other, unrelated) = thread::scope(|threads| {
        let other = threads.spawn(|| {
            let watch = redhanded::watch();
            overlap(&stream);
            found(&watch)
        });
        let of_other = other.join().expect("no panic");
        let unrelated = threads.spawn(|| found(&redhanded::watch()));
        (of_other, unrelated.join().expect("no panic"))
    });
    drop(first);
    let seen = (1, vec![address(&stream)]);
    assert_eq!((found(&watch), of_other), (seen.clone(), seen));
    assert_eq!(unrelated.0, 0, "it came later");
}
