//! One handle that several threads use in turn, a call each.

use super::{Scene, Writer};
use crate::wire::finding::Finding;
use redhanded_report::Kind;

const UPLOAD: &[u8] = &[
    0x82, 16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
];
const NOTICE: &[u8] = &[0x81, 2, b'h', b'i'];

fn shared(scene: &Scene) -> Writer {
    let writer = scene.writer();
    writer.handle.may_share_frames();
    writer
}

fn closed(scene: &Scene) -> Vec<Finding> {
    scene.recorder.closed.lock().unwrap().clone()
}

#[test]
fn a_rest_that_comes_back_makes_a_torn_frame_of_the_two_and_nothing_else() {
    for cut in 1..10 {
        let scene = Scene::new();
        let writer = shared(&scene);
        writer.sends(UPLOAD, cut);
        writer.sends_elsewhere(NOTICE);
        // It is open until it is known whether the first one comes back.
        assert!(!scene.has_findings(), "cut at {cut}");
        writer.sends(&UPLOAD[cut..], UPLOAD.len() - cut);
        let finding = scene.only_finding();
        assert_eq!(finding.key.kind, Kind::TornFrame, "cut at {cut}");
        assert_ne!(finding.first.thread, finding.second.unwrap().thread);
        // And all are between frames.
        for _ in 0..2 {
            writer.sends(UPLOAD, UPLOAD.len());
            writer.sends_elsewhere(NOTICE);
        }
        assert_eq!(closed(&scene).len(), 1, "cut at {cut}");
    }
}

#[test]
fn a_writer_that_goes_on_with_something_else_has_abandoned_its_frame() {
    let scene = Scene::new();
    let writer = shared(&scene);
    writer.sends(UPLOAD, 9);
    writer.sends_elsewhere(NOTICE);
    assert!(!scene.has_findings());
    writer.sends(NOTICE, NOTICE.len());
    assert_eq!(scene.only_finding().key.kind, Kind::AbandonedWrite);
}

#[test]
fn a_frame_whose_handle_goes_was_abandoned() {
    let scene = Scene::new();
    let writer = shared(&scene);
    writer.sends(UPLOAD, 9);
    writer.sends_elsewhere(NOTICE);
    drop(writer);
    assert_eq!(scene.only_finding().key.kind, Kind::AbandonedWrite);
}

#[test]
fn two_frames_that_are_cut_into_each_other_are_one_finding() {
    let scene = Scene::new();
    let writer = shared(&scene);
    let other: Vec<u8> = [0x82, 20].into_iter().chain(101..=120).collect();
    writer.sends(UPLOAD, 6);
    std::thread::scope(|scope| _ = scope.spawn(|| writer.sends(&other, 8)));
    writer.sends(&UPLOAD[6..], 5);
    writer.sends_elsewhere(&other[8..]);
    writer.sends(&UPLOAD[11..], UPLOAD.len() - 11);
    writer.sends_elsewhere(NOTICE);
    assert_eq!(scene.only_finding().key.kind, Kind::TornFrame);
}

#[test]
fn a_whole_header_in_a_frame_is_a_tear_once_what_follows_is_no_frame() {
    let scene = Scene::new();
    let writer = shared(&scene);
    writer.sends(&UPLOAD[..2], 2);
    writer.sends_elsewhere(NOTICE);
    assert!(!scene.has_findings());
    // Read as one stream, the frame ends four bytes before its payload does.
    writer.sends(&UPLOAD[2..], UPLOAD.len() - 2);
    let finding = scene.only_finding();
    assert_eq!(finding.key.kind, Kind::TornFrame);
    assert_ne!(finding.first.thread, finding.second.unwrap().thread);
}

#[test]
fn a_payload_that_looks_like_a_frame_is_none() {
    let scene = Scene::new();
    let writer = shared(&scene);
    for _ in 0..3 {
        writer.sends(&[0x82, 4], 2);
        writer.sends_elsewhere(NOTICE);
    }
    drop(writer);
    assert!(!scene.has_findings());
}
