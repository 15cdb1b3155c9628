//! Calls that fall inside a call of another writer, as the kernel's counters show them.
#![cfg(target_os = "linux")]

use super::*;

/// One call of ten frames of ten bytes each, and another writer's frame where `at` bytes of it are in; `late` more go in
/// before that one's call is over.
fn ten_frames_torn(at: usize, late: usize) -> Finding {
    let scene = Scene::new();
    let (first, second) = (scene.writer(), scene.writer());
    let bytes = [0x82, 8, 1, 2, 3, 4, 5, 6, 7, 8].repeat(10);
    let operation = first.begin();
    let mut socket = &scene.socket;
    first.offers(&bytes, bytes.len(), || {
        socket.write_all(&bytes[..at]).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let operation = second.begin();
                second.offers(&[0x81, 2, b'h', b'i'], 4, || {
                    socket.write_all(&[0x81, 2, b'h', b'i']).unwrap();
                    socket.write_all(&bytes[at..at + late]).unwrap();
                });
                operation.end(Outcome::Returned);
            });
        });
        socket.write_all(&bytes[at + late..]).unwrap();
    });
    operation.end(Outcome::Returned);
    scene.only_finding()
}

#[test]
fn a_frame_that_goes_into_another_within_one_call_is_found_at_its_byte() {
    for at in 0..=100 {
        let finding = ten_frames_torn(at, 0);
        if at % 10 == 0 {
            assert_eq!(
                (finding.key.kind, finding.doubt),
                (Kind::Overlap, Some(Doubt::Whole)),
                "between frames: {at}"
            );
            assert!(finding.tear.is_none());
            continue;
        }
        assert_eq!(finding.key.kind, Kind::TornFrame, "at {at}");
        let (_, tear) = finding.tear.unwrap();
        assert_eq!(
            (tear.proof, tear.place, tear.before_watching),
            (Proof::Counters, Some(Cut::at(at as u64)), Some(0))
        );
        let Torn::Frame(clip) = &tear.torn else {
            panic!("a frame: {tear:?}")
        };
        assert_eq!(
            (clip.header.bytes(), clip.cut),
            (&[0x82, 8][..], Cut::at(at as u64 % 10))
        );
        let frame = [0x82, 8, 1, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(clip.before, frame[..at % 10]);
        assert!(clip.after.starts_with(&frame[at % 10..]));
        assert_eq!(
            (tear.inserted.total, &tear.inserted.head[..]),
            (4, &[0x81, 2, b'h', b'i'][..])
        );
    }
}

#[test]
fn where_the_first_moved_on_meanwhile_both_ends_of_the_place_are_told_and_a_frames_end_between_is_a_doubt()
 {
    let inside = ten_frames_torn(43, 5);
    let (_, tear) = inside.tear.unwrap();
    assert_eq!(
        (inside.key.kind, tear.place),
        (Kind::TornFrame, Some(Cut { from: 43, to: 48 }))
    );
    let Torn::Frame(clip) = &tear.torn else {
        panic!("a frame: {tear:?}")
    };
    assert_eq!(clip.cut, Cut { from: 3, to: 8 });
    for (at, late) in [(43, 7), (43, 20), (40, 5), (0, 5), (95, 5)] {
        let doubtful = ten_frames_torn(at, late);
        assert_eq!(
            (doubtful.key.kind, doubtful.doubt),
            (Kind::Overlap, Some(Doubt::FrameEndsThere)),
            "{at} + {late}"
        );
    }
}

#[test]
fn bytes_past_every_watched_writer_make_the_counters_prove_nothing_once() {
    let scene = Scene::new();
    let (first, second) = (scene.writer(), scene.writer());
    let frame = [&[0x82, 100][..], &[7; 100]].concat();
    let torn = |unwatched: &[u8]| {
        let operation = first.begin();
        first.offers(&frame, frame.len(), || {
            (&scene.socket).write_all(&frame[..50]).unwrap();
            (&scene.socket).write_all(unwatched).unwrap();
            second.sends_elsewhere(&[0x8a, 0]);
            (&scene.socket).write_all(&frame[50..]).unwrap();
        });
        operation.end(Outcome::Returned);
        scene.recorder.closed.lock().unwrap().pop().unwrap()
    };
    let doubtful = torn(b"past everybody");
    assert_eq!(
        (doubtful.key.kind, doubtful.doubt),
        (Kind::Overlap, Some(Doubt::Unwatched))
    );
    let certain = torn(b"");
    assert_eq!(certain.key.kind, Kind::TornFrame);
    let place = 104 + 50;
    let (_, tear) = certain.tear.unwrap();
    assert_eq!(
        (tear.place, tear.before_watching),
        (Some(Cut::at(place)), Some(14))
    );
}

#[test]
fn that_nothing_was_torn_is_only_said_where_the_count_comes_out_even() {
    let scene = Scene::new();
    let (first, second) = (scene.writer(), scene.writer());
    let frame = [&[0x82, 100][..], &[7; 100]].concat();
    let mut socket = &scene.socket;
    // A whole frame of a writer that is not watched: as many bytes as are still to come below.
    socket
        .write_all(&[&[0x82, 10][..], &[7; 10]].concat())
        .unwrap();
    let operation = first.begin();
    first.offers(&frame, frame.len(), || {
        socket.write_all(&frame[..90]).unwrap();
        second.sends_elsewhere(&[0x8a, 0]);
        socket.write_all(&frame[90..]).unwrap();
    });
    operation.end(Outcome::Returned);
    assert_eq!(scene.only_finding().doubt, Some(Doubt::Unwatched));
}

#[test]
fn two_frames_in_one_are_both_told_and_neither_knows_what_comes_of_it_alone() {
    let scene = Scene::new();
    let (first, second) = (scene.writer(), scene.writer());
    let frame = [&[0x82, 100][..], &[7; 100]].concat();
    let mut socket = &scene.socket;
    let operation = first.begin();
    first.offers(&frame, frame.len(), || {
        socket.write_all(&frame[..50]).unwrap();
        (0..2).for_each(|_| second.sends_elsewhere(&[0x8a, 0]));
        socket.write_all(&frame[50..]).unwrap();
    });
    operation.end(Outcome::Returned);
    let closed = scene.recorder.closed.lock().unwrap();
    assert_eq!(closed.len(), 2);
    assert!(closed.iter().all(|finding| {
        finding
            .tear
            .as_ref()
            .is_some_and(|(_, tear)| tear.is_one_of_several)
    }));
}

/// Puts bytes into the socket, as one call of a writer that may go on.
fn puts(writer: &Writer, bytes: &[u8], accepted: usize) {
    writer.offers(bytes, accepted, || {
        (&writer.socket).write_all(&bytes[..accepted]).unwrap()
    });
}

/// The tears that were found, and how many bytes each has in its gap.
fn inserted(scene: &Scene) -> Vec<u64> {
    let closed = scene.recorder.closed.lock().unwrap();
    let tears = closed.iter().filter_map(|finding| finding.tear.as_ref());
    tears.map(|(_, tear)| tear.inserted.total).collect()
}

#[test]
fn each_tear_of_one_operation_has_the_bytes_that_went_into_its_own_frame() {
    let scene = Scene::new();
    let (victim, intruder) = (scene.writer(), scene.writer());
    // A frame with five bytes of payload, two of which are out.
    victim.sends(b"\x82\x05abcde", 4);
    let operation = intruder.begin();
    puts(&intruder, b"\x8a\x00", 2);
    puts(&intruder, b"\x8a\x01x", 3);
    // The victim ends its frame, and leaves the next one open as well.
    std::thread::scope(|scope| {
        scope
            .spawn(|| victim.sends(b"cde\x82\x05abcde", 3 + 4))
            .join()
            .unwrap();
    });
    puts(&intruder, b"\x89\x00", 2);
    puts(&intruder, b"\x89\x02xy", 4);
    operation.end(Outcome::Returned);
    let mut inserted = inserted(&scene);
    inserted.sort_unstable();
    assert_eq!(inserted, [2 + 3, 2 + 4]);
}

#[test]
fn what_goes_into_a_frame_left_open_is_not_added_to_a_tear_inside_an_earlier_call() {
    let scene = Scene::new();
    let (victim, intruder) = (scene.writer(), scene.writer());
    let frame = [b"\x82\x08", &[7; 8][..]].concat();
    let send = intruder.begin();
    std::thread::scope(|scope| {
        scope
            .spawn(|| {
                let operation = victim.begin();
                // The intruder's first call falls into this one, which then leaves its frame open.
                victim.offers(&frame, 6, || {
                    (&victim.socket).write_all(&frame[..4]).unwrap();
                    puts(&intruder, b"\x81\x02hi", 4);
                    (&victim.socket).write_all(&frame[4..6]).unwrap();
                });
                operation.end(Outcome::Failed);
            })
            .join()
            .unwrap();
    });
    puts(&intruder, b"\x8a\x01", 2);
    puts(&intruder, b"x", 1);
    send.end(Outcome::Returned);
    let closed = scene.recorder.closed.lock().unwrap();
    let by_counters = closed.iter().filter_map(|finding| finding.tear.as_ref());
    let by_counters: Vec<u64> = by_counters
        .filter(|(_, tear)| tear.proof == Proof::Counters)
        .map(|(_, tear)| tear.inserted.total)
        .collect();
    assert_eq!(by_counters, [4]);
}
