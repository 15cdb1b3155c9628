//! What is answered, and with which exit code.

use super::super::fixtures::{near_misses, pair, seen, side};
use super::*;
use redhanded_report::Kind;
use redhanded_report::near_miss::NearMisses;

/// Two calls that came to one connection, 300 and 12 times.
fn together(held: [u64; 2], ordered: Option<&str>) -> NearMisses {
    let mut pair = pair([1, 2], [300, 12], held);
    (pair.nearest_us, pair.ordered) = (Some(800.0), ordered.map(str::to_owned));
    near_misses("full", vec![pair], vec![seen(1, 300, 0), seen(2, 12, 0)])
}

fn apart(first: [u64; 2], second: [u64; 2]) -> NearMisses {
    let seen = vec![seen(1, first[0], first[1]), seen(2, second[0], second[1])];
    near_misses("full", vec![pair([1, 2], [0, 0], [0, 0])], seen)
}

fn left(near: &[NearMisses], change: fn(&mut Left)) -> Left {
    let mut left = Left {
        processes: near.len().max(1) as u64,
        ..Left::default()
    };
    near.iter()
        .for_each(|near| left.pair.add(near, &[side(1), side(2)]));
    change(&mut left);
    left
}

fn answer(left: &Left, failures: u32) -> (u8, String) {
    let outcome = Outcome {
        sides: &[side(1), side(2)],
        have_overlapped: true,
        runs: 20,
        left,
        pair: left.pair.counted(),
        found: None,
        failures,
        first_failure: (failures > 0).then(|| (2, "exit status: 101".to_owned())),
    };
    let Answer { code, text } = outcome.answer();
    let first = text.lines().next().unwrap_or_default().to_owned();
    (code, first)
}

#[test]
fn the_answer_is_a_fact_and_says_when_nothing_is_known() {
    let came = "the two call sites came to one connection 312 times in 20 runs, were held";
    let same = |_: &mut Left| {};
    let not_holding = NearMisses {
        mode: "off".to_owned(),
        ..together([40, 1], None)
    };
    let mut met = together([9, 0], None);
    met.pairs[0].met = 2;
    let table: &[(Left, u32, u8, String)] = &[
        (left(&[together([40, 1], None)], same), 0, 0, format!("{came} 41 times, and never met")),
        (
            left(&[together([1, 0], Some("both held Mutex #3 made at src/chat.rs:7:9"))], same),
            0,
            0,
            format!("{came} 1 time, and never met; ordered: both held Mutex #3 made at src/chat.rs:7:9"),
        ),
        (
            left(&[together([0, 0], None)], same),
            0,
            3,
            format!("{came} 0 times, and never met; nothing more is known"),
        ),
        (
            left(&[together([40, 1], None)], same),
            3,
            3,
            format!("{came} 41 times, and never met; the command failed: nothing more is known"),
        ),
        (
            left(&[together([40, 1], None)], |left| left.unfinished = 1),
            0,
            3,
            format!("{came} 41 times, and never met; 1 process did not end in order, and may not have told all: \
                nothing more is known"),
        ),
        (
            left(&[together([40, 1], None)], |left| left.problem = Some("a disk is full".to_owned())),
            0,
            3,
            format!("{came} 41 times, and never met; a disk is full: nothing more is known"),
        ),
        (
            left(&[not_holding], same),
            0,
            3,
            format!("{came} 41 times, and never met; not every process has held writers, as REDHANDED_PROVOKE=full asks \
                for: nothing more is known"),
        ),
        (
            left(&[apart([0, 300], [0, 12])], same),
            0,
            0,
            "the two call sites came 312 times in 20 runs, always to a connection with one handle, and never met".to_owned(),
        ),
        (
            left(&[apart([0, 300], [0, 12])], |left| left.unknown = 2),
            0,
            3,
            "the two call sites came 312 times in 20 runs, always to a connection with one handle, and never met; 2 \
                connections on streams of a type that is not known: nothing more is known".to_owned(),
        ),
        (
            left(&[apart([300, 0], [0, 12])], same),
            0,
            0,
            "the two call sites came 312 times in 20 runs, were never seen on one connection at the same time, and never met".to_owned(),
        ),
        (
            left(&[apart([300, 0], [0, 0]), apart([0, 0], [0, 12])], same),
            0,
            3,
            "the two call sites came 312 times in 20 runs, were never seen on one connection at the same time, and never met; not \
                in the same process: nothing more is known".to_owned(),
        ),
        (
            left(&[together([40, 1], None)], |left| left.suppressed = 1),
            0,
            3,
            format!("{came} 41 times, and never met; 1 finding suppressed: nothing more is known"),
        ),
        (
            left(&[together([40, 1], None)], |left| left.processes = 2),
            0,
            3,
            format!(
                "{came} 41 times, and never met; not every process has held writers, as REDHANDED_PROVOKE=full asks \
                    for: nothing more is known"
            ),
        ),
        (
            left(
                &[NearMisses {
                    dropped: 1,
                    ..apart([300, 0], [0, 12])
                }],
                same,
            ),
            0,
            3,
            "the two call sites came 312 times in 20 runs, were never seen on one connection at the same time, and never met; not \
                all pairs were listed: nothing more is known"
                .to_owned(),
        ),
        (
            left(&[apart([300, 0], [0, 0])], same),
            0,
            3,
            "the second call site was never reached in 20 runs: nothing is known".to_owned(),
        ),
        (
            left(&[apart([0, 0], [0, 1])], same),
            0,
            3,
            "the first call site was never reached in 20 runs: nothing is known".to_owned(),
        ),
        (
            left(&[apart([0, 0], [0, 0])], same),
            0,
            3,
            "neither call site was reached in 20 runs: nothing is known".to_owned(),
        ),
        (
            left(&[], same),
            0,
            3,
            "no process in 20 runs has told which call sites came: nothing is known".to_owned(),
        ),
        (
            left(&[], |left| left.processes = 0),
            0,
            3,
            "no watched process in 20 runs: nothing is known".to_owned(),
        ),
        (
            left(&[met], same),
            0,
            66,
            "found again: the two call sites met in 20 runs, and no report of it could be read".to_owned(),
        ),
    ];
    for (left, failures, code, text) in table {
        assert_eq!(answer(left, *failures), (*code, text.clone()));
    }
}

#[test]
fn what_is_found_again_is_named_with_its_run_and_its_file() {
    let left = left(&[], |left| left.others = 2);
    let found = Found {
        kind: Kind::TornFrame,
        summary: "one wrote into\na frame of the other".to_owned(),
        file: "reports/a.json".into(),
    };
    let outcome = Outcome {
        sides: &[side(1), side(2)],
        have_overlapped: true,
        runs: 2,
        left: &left,
        pair: left.pair.counted(),
        found: Some(&found),
        failures: 1,
        first_failure: Some((2, "exit status: 101".to_owned())),
    };
    let expected = "found again in run 2: torn-frame, one wrote into\\na frame of the other (reports/a.json)\n  the command \
        failed in run 2 (exit status: 101)\n  2 reports of other faults\n";
    assert_eq!(
        outcome.answer(),
        Answer {
            code: 66,
            text: expected.to_owned()
        }
    );
}

#[test]
fn both_calls_are_named_with_where_they_are_now() {
    let left = left(&[together([1, 0], None)], |_| {});
    let mut outcome = Outcome {
        sides: &[side(1), side(2)],
        have_overlapped: true,
        runs: 1,
        left: &left,
        pair: left.pair.counted(),
        found: None,
        failures: 0,
        first_failure: None,
    };
    outcome.pair.sides[1].lines = [("src/chat.rs".to_owned(), 5)].into();
    let text = outcome.answer().text;
    let lines: Vec<_> = text.lines().skip(1).collect();
    assert_eq!(
        lines,
        [
            "  first: send Text at src/chat.rs:1:9, came 300 times",
            "  second: send Text at src/chat.rs:2:9 (now at src/chat.rs:5), came 12 times",
        ]
    );
}

#[test]
fn of_two_that_wrote_in_turn_a_hold_says_nothing() {
    let left = left(&[together([40, 1], Some("both held Mutex #3"))], |_| {});
    let outcome = Outcome {
        sides: &[side(1), side(2)],
        have_overlapped: false,
        runs: 1,
        left: &left,
        pair: left.pair.counted(),
        found: None,
        failures: 0,
        first_failure: None,
    };
    let Answer { code, text } = outcome.answer();
    let words =
        "; in the report they wrote in turn, which no hold brings about: nothing more is known\n";
    assert!(code == 3 && text.contains(words), "{code} {text}");
}
