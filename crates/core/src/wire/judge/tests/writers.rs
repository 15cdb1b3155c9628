//! Other writers that are on the wire at the same time.

use super::*;
use Doubt::{BothInside, FrameEndsThere, SeveralInside, Unwatched, Whole};

const ONE: Inside = other_inside(100);

const fn doubt(doubt: Doubt) -> Option<InsideOther> {
    Some(InsideOther::Doubt(doubt))
}

const fn at(from: u64, to: u64) -> Option<InsideOther> {
    Some(InsideOther::Intruded {
        into: Caller {
            handle: OTHER,
            state: 7,
            offered: 100,
        },
        cut: Cut { from, to },
        place: Cut {
            from: OUT + from,
            to: OUT + to,
        },
    })
}

/// The rule, the program that shows it, the readings, whether a frame was open, and what is known. The call has two bytes.
type InsideRow = (
    &'static str,
    &'static str,
    (Reading, Reading),
    bool,
    Option<InsideOther>,
);

const INSIDE: &[InsideRow] = &[
    (
        "the call fell inside one call of another writer, which can tell where",
        "wrong/two_mutexes",
        (reading(4, 54, ONE), reading(6, 56, ONE)),
        false,
        at(50, 50),
    ),
    (
        "so it did where the other's call went on meanwhile: both ends of the place are known",
        "wire::tests::intrusions::where_the_first_moved_on_meanwhile_both_ends_of_the_place_are_told_and_a_frames_end_between_is_a_doubt",
        (reading(4, 54, ONE), reading(6, 61, ONE)),
        false,
        at(50, 55),
    ),
    (
        "more went out before than the other has offered",
        "wire::tests::intrusions::bytes_past_every_watched_writer_make_the_counters_prove_nothing_once",
        (reading(4, 204, ONE), reading(6, 206, ONE)),
        false,
        doubt(Doubt::Unwatched),
    ),
    (
        "the socket has no counters",
        "wrong/duplicated_unix_socket",
        (
            without_counters(reading(4, 0, ONE)),
            without_counters(reading(6, 0, ONE)),
        ),
        false,
        doubt(Doubt::NoCounters),
    ),
    (
        "the other's call ended during this one",
        "wrong/pieces",
        (reading(4, 54, ONE), reading(106, 106, Inside::None)),
        false,
        doubt(Doubt::BothInside),
    ),
    (
        "three writers were inside",
        "wrong/three_writers",
        (
            reading(4, 54, Inside::Several),
            reading(6, 56, Inside::Several),
        ),
        false,
        doubt(Doubt::SeveralInside),
    ),
    (
        "no other call was under way, and no frame open",
        "wrong/close_during_send",
        (reading(4, 4, Inside::None), reading(6, 6, Inside::None)),
        false,
        doubt(Doubt::Whole),
    ),
    (
        "it went into a frame that was torn before",
        "wrong/pieces",
        (reading(4, 4, Inside::None), reading(6, 6, Inside::None)),
        true,
        doubt(Doubt::TornBefore),
    ),
];

#[test]
fn a_call_while_other_writers_are_on_the_wire() {
    for (rule, shown_by, (before, after), was_open, expected) in INSIDE {
        let scene = Scene {
            before: *before,
            after: *after,
            was_open: *was_open,
            ..Scene::new(PING).with(|it| (it.is_contested, it.open.is_told) = (true, true))
        };
        assert_eq!(
            scene.judge(Vec::new()).inside,
            *expected,
            "{rule} ({shown_by})"
        );
    }
}

/// An intrusion into a call of ten frames of ten bytes.
fn intrusion(from: u64, to: u64) -> Intrusion {
    let pieces = [IoSlice::new(TEXT)];
    let header = crate::wire::bytes::Header::read([TEXT]);
    Intrusion {
        by: 9,
        cut: Cut { from, to },
        place: Cut { from, to },
        before_watching: None,
        inserted: Inserted::new(header, &Offered::new(&pieces), 0..4),
    }
}

/// The rule, the program that shows it, where in the call the other's bytes are, what is changed of the plain scene, and
/// the verdict.
type IntrusionsRow = (
    &'static str,
    &'static str,
    (u64, u64),
    fn(&mut Scene),
    Result<(), Doubt>,
);

const INTRUSIONS: &[IntrusionsRow] = &[
    (
        "inside a frame, it is torn",
        "wrong/two_mutexes",
        (43, 43),
        |_| (),
        Ok(()),
    ),
    (
        "inside a frame wherever it is, it is torn",
        "wire::tests::intrusions::a_frame_that_goes_into_another_within_one_call_is_found_at_its_byte",
        (43, 48),
        |_| (),
        Ok(()),
    ),
    (
        "between two frames, nothing is torn",
        "wire::tests::intrusions::a_frame_that_goes_into_another_within_one_call_is_found_at_its_byte",
        (40, 40),
        |_| (),
        Err(Whole),
    ),
    (
        "where a frame's end is among the places, it is not certain",
        "wire::tests::intrusions::where_the_first_moved_on_meanwhile_both_ends_of_the_place_are_told_and_a_frames_end_between_is_a_doubt",
        (43, 50),
        |_| (),
        Err(FrameEndsThere),
    ),
    (
        "more went out than watched handles have sent",
        "wire::tests::intrusions::that_nothing_was_torn_is_only_said_where_the_count_comes_out_even",
        (43, 43),
        |it| it.after.taken = it.after.taken.map(|taken| taken + 1),
        Err(Unwatched),
    ),
    (
        "the socket does not tell how much went out",
        "right/reconnects",
        (43, 43),
        |it| it.after.taken = None,
        Err(BothInside),
    ),
    (
        "several calls are under way, so that the count cannot come out even",
        "wrong/three_writers",
        (43, 43),
        |it| it.after.snapshot.inside = Inside::Several,
        Err(SeveralInside),
    ),
    (
        "one call is under way, and no byte of it is in",
        "wrong/large_messages",
        (43, 43),
        |it| it.after.snapshot.inside = other_inside(9),
        Ok(()),
    ),
    (
        "one call is under way, and what is in of it leaves every place inside the frame",
        "wrong/large_messages",
        (43, 43),
        |it| {
            it.after.snapshot.inside = other_inside(9);
            it.after.taken = it.after.taken.map(|taken| taken + 2);
        },
        Ok(()),
    ),
    (
        "one call is under way, and the bytes in may be of no watched handle, sent before the frame",
        "wrong/large_messages",
        (43, 43),
        |it| {
            it.after.snapshot.inside = other_inside(9);
            it.after.taken = it.after.taken.map(|taken| taken + 3);
        },
        Err(FrameEndsThere),
    ),
    (
        "more went out than the call under way has offered",
        "wire::tests::intrusions::that_nothing_was_torn_is_only_said_where_the_count_comes_out_even",
        (43, 43),
        |it| {
            it.after.snapshot.inside = other_inside(9);
            it.after.taken = it.after.taken.map(|taken| taken + 10);
        },
        Err(Unwatched),
    ),
];

#[test]
fn calls_of_others_that_fell_into_this_one() {
    let ten_frames = [0x82, 8, 1, 2, 3, 4, 5, 6, 7, 8].repeat(10);
    for (rule, shown_by, (from, to), change, expected) in INTRUSIONS {
        let scene = Scene::new(&ten_frames)
            .with(|it| (it.was_open, it.is_contested) = (false, true))
            .with(*change);
        let verdict = scene.judge(vec![intrusion(*from, *to)]);
        let [(by, verdict)] = &verdict.intrusions[..] else {
            panic!("one verdict for {rule}")
        };
        assert_eq!(*by, 9);
        assert_eq!(
            verdict.as_ref().map(|_| ()).map_err(|doubt| *doubt),
            *expected,
            "{rule} ({shown_by})"
        );
    }
}

#[test]
fn two_intrusions_into_one_frame_are_told_as_of_several() {
    // wire::tests::intrusions::two_frames_in_one_are_both_told_and_neither_knows_what_comes_of_it_alone
    let ten_frames = [0x82, 8, 1, 2, 3, 4, 5, 6, 7, 8].repeat(10);
    let scene = Scene::new(&ten_frames).with(|it| it.was_open = false);
    for (cuts, is_one_of_several) in [([43, 45], true), ([43, 55], false)] {
        let verdict = scene.judge(cuts.map(|at| intrusion(at, at)).to_vec());
        assert!(verdict.intrusions.iter().all(|(_, verdict)| {
            verdict.as_ref().unwrap().is_one_of_several == is_one_of_several
        }));
    }
}

#[test]
fn a_count_that_does_not_come_out_even_is_told_once() {
    // wire::tests::intrusions::bytes_past_every_watched_writer_make_the_counters_prove_nothing_once
    let scene = Scene::new(PING).with(|it| it.after.taken = it.after.taken.map(|taken| taken + 14));
    assert_eq!(scene.judge(vec![intrusion(1, 1)]).unwatched, Some(14));
    assert_eq!(scene.judge(Vec::new()).unwatched, None);
}
