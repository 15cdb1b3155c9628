//! Writers that take turns through the peer: the second one writes because the message of the first was answered.

use super::{Scene, Writer};
use crate::settings::Policy;
use crate::wire::Outcome;
use crate::wire::test_recorder::TestRecorder;
use redhanded_report::Kind;
use std::io::{Read, Write};

const FRAME: &[u8] = &[0x82, 5, 1, 2, 3, 4, 5];
const PING: &[u8] = &[0x8a, 0];

/// A step of the first writer's operation, before the second one comes or after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// So many bytes of the frame that its call offers go out.
    Out(usize),
    /// The peer answers what has come, and the answer is read.
    Answer,
    /// The other writer sends a message of its own.
    Other,
    /// The call comes back.
    End,
    /// Another call, with a whole frame.
    Another,
}
use Step::{Another, Answer, End, Other, Out};

impl Scene {
    fn put(&self, bytes: &[u8]) {
        (&self.socket).write_all(bytes).unwrap();
    }

    /// The peer takes so many bytes and answers with one, which the writer reads.
    fn answer(&self, writer: &Writer, taken: usize) {
        (&self.peer).read_exact(&mut vec![0; taken]).unwrap();
        (&self.peer).write_all(&[1]).unwrap();
        (&writer.socket).read_exact(&mut [0]).unwrap();
        writer.handle.on_read();
    }

    /// Two writers, of which the first makes these steps in one operation.
    fn play(&self, steps: &[Step]) {
        let (first, other) = (self.writer(), self.writer());
        let in_call = steps.iter().position(|step| *step == End).unwrap();
        let mut out = 0;
        let mut step = |step: Step| match step {
            Out(bytes) => {
                self.put(&FRAME[out..out + bytes]);
                out += bytes;
            }
            Answer => self.answer(&other, out),
            Other => other.sends_elsewhere(PING),
            Another => first.offers(FRAME, FRAME.len(), || self.put(FRAME)),
            End => {}
        };
        let operation = first.begin();
        first.offers(FRAME, FRAME.len(), || {
            steps[..in_call].iter().for_each(|it| step(*it));
        });
        steps[in_call..].iter().for_each(|it| step(*it));
        operation.end(Outcome::Returned);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_writer_that_comes_behind_an_answer_overlaps_no_call_whose_bytes_had_all_arrived() {
    let all = FRAME.len();
    // What the first one does, and whether the two are a finding.
    let table: &[(&[Step], bool)] = &[
        (&[Out(all), Answer, Other, End], false),
        (&[Out(all), Answer, End, Other], false),
        (&[Out(all), End, Answer, Other], false),
        (&[Out(all), Answer, Other, Other, End, Other], false),
        // Nothing was read since the first one began.
        (&[Out(all), Other, End], true),
        (&[Out(all), End, Other], true),
        (&[Out(all), Other, Answer, End], true),
        // Not all of the first one's bytes were out.
        (&[Answer, Other, Out(all), End], true),
        (&[Out(4), Answer, Other, Out(3), End], true),
        // The first one goes on, and what it sends then is in no order with the other one.
        (&[Out(all), Answer, Other, End, Another], true),
        (&[Out(all), End, Answer, Other, Another], true),
    ];
    for (steps, is_finding) in table {
        let scene = Scene::new();
        scene.play(steps);
        assert_eq!(scene.has_findings(), *is_finding, "{steps:?}");
        assert_eq!(scene.recorder.overlapped() > 0, *is_finding, "{steps:?}");
        // Once a report is known, its findings are only counted.
        let scene = Scene::recorded_by(TestRecorder::keeping_none());
        scene.play(steps);
        let is_known_for_certain = *is_finding && !steps.contains(&Another);
        assert!(scene.recorder.count() == 0 || *is_finding, "{steps:?}");
        assert!(
            scene.recorder.count() > 0 || !is_known_for_certain,
            "{steps:?}"
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn what_was_read_before_a_writer_began_is_no_answer_to_it() {
    let scene = Scene::new();
    let (first, other) = (scene.writer(), scene.writer());
    scene.answer(&other, 0);
    let operation = first.begin();
    first.offers(FRAME, FRAME.len(), || {
        scene.put(FRAME);
        other.sends_elsewhere(PING);
    });
    operation.end(Outcome::Returned);
    assert_eq!(scene.only_finding().key.kind, Kind::Overlap);
}

#[test]
#[cfg(target_os = "linux")]
fn a_writer_that_comes_behind_an_answer_is_not_refused() {
    for policy in [Policy::Error, Policy::Panic] {
        let scene = Scene::recorded_by(TestRecorder::with_policy(policy));
        scene.play(&[Out(FRAME.len()), Answer, Other, End, Other]);
        assert!(!scene.has_findings(), "{policy:?}");
    }
}

/// While the first one is there, nothing is told of the two, and large calls are not cut.
#[test]
#[cfg(target_os = "linux")]
fn two_that_may_be_in_order_are_no_open_finding() {
    let scene = Scene::new();
    let (first, other) = (scene.writer(), scene.writer());
    let operation = first.begin();
    first.offers(FRAME, FRAME.len(), || {
        scene.put(FRAME);
        scene.answer(&other, FRAME.len());
        other.sends_elsewhere(PING);
        assert!(!scene.wire.claims.contest().has_overlap());
    });
    operation.end(Outcome::Returned);
    let recorder = &scene.recorder;
    assert!(recorder.opened.lock().unwrap().is_empty());
    assert!(recorder.dismissed.lock().unwrap().is_empty());
}
