//! A stream that accepts bytes and sends none, such as the half of a connection that only reads.
#![cfg(target_os = "linux")]

use super::*;

const FRAME: &[u8] = &[0x82, 8, 1, 2, 3, 4, 5, 6, 7, 8];
const PONG: &[u8] = &[0x8a, 0];

/// A writer that is inside its call while something happens, with `at` bytes of its frame out.
fn inside(scene: &Scene, writer: &Writer, at: usize, happens: impl FnOnce()) {
    let operation = writer.begin();
    writer.offers(FRAME, FRAME.len(), || {
        (&scene.socket).write_all(&FRAME[..at]).unwrap();
        happens();
        (&scene.socket).write_all(&FRAME[at..]).unwrap();
    });
    operation.end(Outcome::Returned);
}

/// An operation in a thread of its own, whose call does something with its bytes and accepts them all.
fn meanwhile(writer: &Writer, bytes: &[u8], sends: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let operation = writer.begin();
            writer.offers(bytes, bytes.len(), sends);
            operation.end(Outcome::Returned);
        });
    });
}

#[test]
fn a_writer_of_which_no_byte_comes_to_the_socket_is_not_accused_and_the_next_one_that_tears_is() {
    let scene = Scene::new();
    let (first, muted, third) = (scene.writer(), scene.writer(), scene.writer());
    for at in 0..=FRAME.len() {
        inside(&scene, &first, at, || meanwhile(&muted, PONG, || {}));
        assert!(!scene.has_findings(), "at {at}");
    }
    // The sums still come out even.
    inside(&scene, &first, 5, || {
        meanwhile(&third, PONG, || (&scene.socket).write_all(PONG).unwrap());
    });
    let finding = scene.only_finding();
    assert_eq!(finding.key.kind, Kind::TornFrame);
    let (_, tear) = finding.tear.unwrap();
    let before = (FRAME.len() * (FRAME.len() + 1)) as u64;
    // The bytes that were swallowed are not on the wire.
    let (place, before_watching) = (tear.place.unwrap(), tear.before_watching.unwrap());
    assert_eq!(place.from.wrapping_add(before_watching), before + 5);
    assert_eq!(place.from, place.to);
}

#[test]
fn a_writer_of_which_a_byte_may_have_come_to_the_socket_is_accused() {
    let scene = Scene::new();
    let (first, second) = (scene.writer(), scene.writer());
    // One byte of the first moves on while the second swallows its own: the kernel cannot say whose it is.
    inside(&scene, &first, 0, || {
        meanwhile(&second, PONG, || {
            (&scene.socket).write_all(&FRAME[..1]).unwrap()
        });
    });
    assert_eq!(scene.only_finding().key.kind, Kind::Overlap);
}

#[test]
fn a_frame_that_was_left_open_is_not_torn_by_bytes_that_were_swallowed() {
    let scene = Scene::new();
    let (first, muted, third) = (scene.writer(), scene.writer(), scene.writer());
    first.sends(FRAME, 4);
    meanwhile(&muted, PONG, || {});
    meanwhile(&muted, &PONG[..1], || {});
    assert!(!scene.has_findings());
    third.sends(PONG, 2);
    assert_eq!(scene.only_finding().key.kind, Kind::TornFrame);
}

#[test]
fn an_operation_that_writes_after_it_has_swallowed_is_accused() {
    let scene = Scene::new();
    let (first, second) = (scene.writer(), scene.writer());
    inside(&scene, &first, 5, || {
        std::thread::scope(|threads| {
            threads.spawn(|| {
                let operation = second.begin();
                second.offers(PONG, 2, || {});
                second.offers(PONG, 2, || (&scene.socket).write_all(PONG).unwrap());
                operation.end(Outcome::Returned);
            });
        });
    });
    assert_eq!(scene.only_finding().key.kind, Kind::TornFrame);
}
