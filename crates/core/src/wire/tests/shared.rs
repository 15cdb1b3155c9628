//! Handles whose bytes others have framed: the one that comes first finishes what another has begun.

use super::{Scene, Writer};
use redhanded_report::Kind;

const FRAME: &[u8] = &[0x82, 8, 1, 2, 3, 4, 5, 6, 7, 8];

fn two_that_share(scene: &Scene) -> [Writer; 2] {
    let writers = [scene.writer(), scene.writer()];
    writers
        .iter()
        .for_each(|writer| writer.handle.may_share_frames());
    writers
}

#[test]
fn a_frame_that_another_handle_finishes_is_not_torn_wherever_it_was_cut() {
    for cut in 1..FRAME.len() {
        let scene = Scene::new();
        let [one, other] = two_that_share(&scene);
        one.sends(FRAME, cut);
        other.sends(&FRAME[cut..], FRAME.len() - cut);
        // Both go on, and where either is in which frame is not known any more.
        one.sends(FRAME, 3);
        other.sends(&FRAME[3..], 2);
        one.sends(&FRAME[5..], 5);
        other.sends(FRAME, FRAME.len());
        assert!(!scene.has_findings(), "cut at {cut}");
    }
}

#[test]
fn the_rest_of_a_frame_that_a_dropped_handle_left_is_no_frame_of_the_one_that_sends_it() {
    // Payloads that look like frames.
    for payload in [
        [0; 8],
        *b"\x81\x02hi\x01\x02hi",
        *b"\x89\x00\x80\x00\x88\x00\x00\x00",
    ] {
        let frame = [&[0x82, 8][..], &payload].concat();
        for cut in 1..frame.len() {
            let scene = Scene::new();
            let [left, next] = two_that_share(&scene);
            left.sends(&frame, cut);
            drop(left);
            next.sends(&frame[cut..], frame.len() - cut);
            next.sends(FRAME, FRAME.len());
            assert!(!scene.has_findings(), "{payload:x?} cut at {cut}");
        }
    }
}

#[test]
fn a_frame_that_another_handle_does_not_finish_is_torn_although_they_share() {
    let scene = Scene::new();
    let [one, other] = two_that_share(&scene);
    one.sends(FRAME, 4);
    other.sends(&[0x81, 2, b'h', b'i'], 4);
    assert_eq!(scene.only_finding().key.kind, Kind::TornFrame);
}

#[test]
fn handles_of_libraries_that_frame_by_themselves_never_finish_each_others_frames() {
    let scene = Scene::new();
    let [one, other] = [scene.writer(), scene.writer()];
    // A payload that looks like a frame.
    let bytes = [0x82, 4, 0x81, 2, b'h', b'i'];
    one.sends(&bytes, 2);
    other.sends(&bytes[2..], 4);
    assert_eq!(scene.only_finding().key.kind, Kind::TornFrame);
}

#[test]
fn who_drops_a_handle_inside_a_frame_is_kept_with_the_frame() {
    let scene = Scene::new();
    let (left, next) = (scene.writer(), scene.writer());
    left.sends(FRAME, 4);
    std::thread::scope(|scope| _ = scope.spawn(move || drop(left)));
    next.sends(FRAME, FRAME.len());
    let finding = scene.only_finding();
    assert_eq!(finding.key.kind, Kind::AbandonedWrite);
    let (wrote, dropped) = (finding.first.stack.unwrap(), finding.first.dropped.unwrap());
    assert_ne!(wrote.addresses(), dropped.addresses());
    assert!(finding.second.as_ref().unwrap().dropped.is_none());
}
