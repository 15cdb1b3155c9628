//! Storms: many findings of one pair, of which one is kept in full and all are counted.

use super::{Scene, Writer};
use crate::wire::claim::steps;
use crate::wire::test_recorder::{TestRecorder, here};
use crate::wire::{Outcome, Unsettled};
use crate::witness::{Act, Operation};
use redhanded_report::Kind;
use std::sync::Barrier;

const FRAME: &[u8] = &[0x82, 3, 1, 2, 3];
const PING: &[u8] = &[0x8a, 0];

/// An operation of another thread, always from the same line.
fn sends_elsewhere(writer: &Writer) {
    std::thread::scope(|scope| _ = scope.spawn(|| sends(writer)));
}

fn sends(writer: &Writer) {
    let operation = writer
        .handle
        .begin(Operation::new(Act::SendPing, 0), here())
        .unwrap();
    writer.offers(PING, PING.len(), || {
        std::io::Write::write_all(&mut &writer.socket, PING).unwrap()
    });
    operation.end(Outcome::Returned);
}

#[test]
fn all_are_counted_and_one_is_kept() {
    let scene = Scene::recorded_by(TestRecorder::keeping_one());
    let (long, short) = (scene.writer(), scene.writer());
    let operation = long.begin();
    long.offers(FRAME, FRAME.len(), || {
        (0..100).for_each(|_| sends_elsewhere(&short));
        std::io::Write::write_all(&mut &long.socket, FRAME).unwrap();
    });
    // Those that are only counted do not wait for the long one.
    assert!(scene.recorder.count() >= 99);
    operation.end(Outcome::Returned);
    assert_eq!(scene.recorder.count(), 100);
    assert_eq!(scene.recorder.overlapped(), 101);
    assert_eq!(scene.only_finding().key.kind, Kind::Overlap);
}

#[test]
fn a_writer_looks_at_no_more_of_the_wire_when_thousands_of_findings_are_open() {
    // Each of them is kept in full, and open until the long writer comes back.
    let scene = Scene::new();
    let (long, short) = (scene.writer(), scene.writer());
    let operation = long.begin();
    let mut steps = Vec::new();
    long.offers(FRAME, FRAME.len(), || {
        std::thread::scope(|scope| {
            let short = &short;
            let hundreds =
                move || (0..24).map(move |_| steps_of(|| (0..100).for_each(|_| sends(short))));
            steps = scope.spawn(move || hundreds().collect()).join().unwrap();
        });
        std::io::Write::write_all(&mut &long.socket, FRAME).unwrap();
    });
    assert!(steps[23] <= 2 * steps[0], "{steps:?}");

    let opened = std::mem::take(&mut *scene.recorder.opened.lock().unwrap());
    assert_eq!(opened.len(), 2_400);
    let asked = steps_of(|| {
        let claims: &dyn Unsettled = &*scene.wire.claims;
        assert!(opened.iter().all(|id| claims.is_open(*id)));
    });
    assert!(asked <= 5 * opened.len(), "{asked}");

    let left = steps_of(|| operation.end(Outcome::Returned));
    assert!(left <= 50 * opened.len(), "{left}");
    assert_eq!(scene.recorder.closed.lock().unwrap().len(), 2_400);
}

/// How many entries and pairs of the contest are looked at meanwhile.
fn steps_of(run: impl FnOnce()) -> usize {
    let before = steps::so_far();
    run();
    steps::so_far() - before
}

#[test]
fn those_that_meet_a_writer_that_has_not_written_are_owed_until_it_has() {
    for writes in [true, false] {
        let scene = Scene::recorded_by(TestRecorder::keeping_none());
        let (late, short) = (scene.writer(), scene.writer());
        let operation = late.begin();
        (0..10).for_each(|_| sends_elsewhere(&short));
        assert_eq!(scene.recorder.count(), 0, "nothing has happened yet");
        if writes {
            late.offers(PING, PING.len(), || {
                std::io::Write::write_all(&mut &late.socket, PING).unwrap();
            });
        }
        operation.end(Outcome::Returned);
        assert_eq!(scene.recorder.count(), if writes { 10 } else { 0 });
        assert!(!scene.has_findings());
    }
}

#[test]
fn a_tear_in_a_storm_is_kept_although_no_overlap_is() {
    let scene = Scene::recorded_by(TestRecorder::keeping_one());
    let (left, other) = (scene.writer(), scene.writer());
    for _ in 0..5 {
        left.sends(&[0x82, 5, 1, 2, 3, 4, 5], 4);
        sends(&other);
        left.sends(&[3, 4, 5], 3);
    }
    assert_eq!(scene.recorder.count(), 5);
    assert_eq!(scene.only_finding().key.kind, Kind::TornFrame);
}

#[test]
fn four_threads_at_once_lose_no_count() {
    const CALLS: usize = 500;
    let scene = Scene::recorded_by(TestRecorder::keeping_one());
    let together = Barrier::new(4);
    let writers: Vec<Writer> = (0..4).map(|_| scene.writer()).collect();
    std::thread::scope(|scope| {
        for writer in &writers {
            let together = &together;
            scope.spawn(move || {
                together.wait();
                (0..CALLS).for_each(|_| sends(writer));
            });
        }
    });
    // How many overlap is up to the scheduler. Each call overlaps as a first or as a second, and pairs are no more than
    // calls can make.
    let (count, overlapped) = (scene.recorder.count(), scene.recorder.overlapped());
    assert!(overlapped <= 4 * CALLS as u64);
    assert!(
        count >= overlapped / 2,
        "{count} pairs of {overlapped} calls"
    );
    let (opened, closed) = (
        scene.recorder.opened.lock().unwrap().len(),
        scene.recorder.closed.lock().unwrap().len()
            + scene.recorder.dismissed.lock().unwrap().len(),
    );
    assert!(closed >= opened && !scene.wire.claims.is_contested());
}
