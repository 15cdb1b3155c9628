//! Connections that belong to no scope belong to all, unless their other end belongs to one.

use crate::pair::{Pair, overlap, writer};
use crate::{address, drained, elsewhere, found, tcp};
use redhanded::Watch;
use redhanded::report::Report;
use std::net::TcpStream;
use std::thread;

/// How many findings a scope sees on this wire. Tests that run beside this one may add findings without a scope.
fn found_on(watch: &Watch, stream: &TcpStream) -> usize {
    let is_on = |report: &&Report| {
        let samples = report.samples.iter().map(|sample| &sample.wire);
        samples
            .chain([&report.wire])
            .any(|wire| wire.local.as_ref() == Some(&address(stream)))
    };
    watch.findings().iter().filter(is_on).count()
}

/// A scope of another thread, which is there while the body runs.
fn beside<T>(body: impl FnOnce(&Watch) -> T) -> T {
    let watch = elsewhere(redhanded::watch);
    body(&watch)
}

#[test]
fn what_was_made_before_the_first_scope_is_seen_by_every_scope() {
    let _alone = crate::alone();
    let stream = drained();
    let pair = elsewhere(|| Pair::on(&stream));
    let watch = redhanded::watch();
    beside(|other| {
        pair.overlap();
        assert_eq!(
            (found_on(&watch, &stream), found_on(other, &stream)),
            (1, 1)
        );
    });
}

#[test]
fn what_was_made_before_belongs_to_the_scope_that_makes_a_further_object_on_it() {
    let _alone = crate::alone();
    let stream = drained();
    let pair = elsewhere(|| Pair::on(&stream));
    let watch = redhanded::watch();
    beside(|other| {
        let kept = writer(&stream);
        pair.overlap();
        assert_eq!(
            (found_on(&watch, &stream), found_on(other, &stream)),
            (1, 0)
        );
        drop(kept);
    });
}

#[test]
fn what_a_thread_in_no_scope_makes_is_seen_by_every_scope() {
    let _alone = crate::alone();
    let stream = drained();
    let watch = redhanded::watch();
    beside(|other| {
        elsewhere(|| overlap(&stream));
        assert_eq!(
            (found_on(&watch, &stream), found_on(other, &stream)),
            (1, 1)
        );
    });
}

#[test]
fn a_thread_that_has_entered_is_in_the_scope_until_it_leaves() {
    let _alone = crate::alone();
    let (inside, outside) = (drained(), drained());
    let watch = redhanded::watch();
    let scope = watch.scope();
    beside(|other| {
        elsewhere(|| {
            let entered = scope.clone().enter();
            overlap(&inside);
            drop(entered);
            overlap(&outside);
        });
        assert_eq!(
            (found(&watch).0, found(other)),
            (2, (1, vec![address(&outside)]))
        );
    });
}

/// A server of a thread in no scope, and its client of one in a scope; which of them comes first.
fn ends(server_is_first: bool) {
    let (near, far) = tcp();
    let watch = redhanded::watch();
    beside(|other| {
        let early = (!server_is_first).then(|| writer(&near));
        let pair = elsewhere(|| Pair::on(&far));
        let late = server_is_first.then(|| writer(&near));
        pair.overlap();
        assert_eq!(
            (found_on(&watch, &far), found_on(other, &far)),
            (1, 0),
            "server is first: {server_is_first}"
        );
        drop((early, late));
    });
}

#[test]
fn the_other_end_of_a_connection_of_a_scope_belongs_to_it_whichever_is_first() {
    let _alone = crate::alone();
    (0..3).for_each(|_| [true, false].into_iter().for_each(ends));
}

#[test]
fn both_ends_of_many_connections_find_each_other() {
    let _alone = crate::alone();
    let scopes = [(); 3].map(|()| thread::spawn(redhanded::watch).join().expect("no panic"));
    let connections: Vec<_> = (0..30).map(|_| tcp()).collect();
    let mut kept = Vec::new();
    for (index, (near, _)) in connections.iter().enumerate() {
        let scope = scopes[index % 3].scope();
        kept.push(elsewhere(|| {
            let _entered = scope.enter();
            writer(near)
        }));
    }
    elsewhere(|| connections.iter().for_each(|(_, far)| overlap(far)));
    let counts = scopes.each_ref().map(|watch| found(watch).0);
    assert_eq!(counts, [10; 3]);
}
