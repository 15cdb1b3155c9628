//! What becomes of a second writer, and of bytes that would tear something, under the policies `error` and `panic`.

use super::{Scene, Writer};
use crate::settings::Policy;
use crate::wire::test_recorder::{TestRecorder, here};
use crate::wire::{Cursor, Offered, Outcome};
use crate::witness::{Act, Operation};
use redhanded_report::Kind;
use std::io::IoSlice;
use std::panic::{AssertUnwindSafe, catch_unwind};

const FRAME: &[u8] = &[0x82, 5, 1, 2, 3, 4, 5];
const PING: &[u8] = &[0x8a, 0];
const TEXT: &[u8] = &[0x81, 2, b'h', b'i'];
const FIRST_FRAGMENT: &[u8] = &[0x01, 1, b'a'];

fn scene(policy: Policy) -> Scene {
    Scene::recorded_by(TestRecorder::with_policy(policy))
}

/// In a thread of its own, whether the operation is let begin. `None` if it panics.
fn begins_elsewhere(writer: &Writer) -> Option<bool> {
    std::thread::scope(|scope| {
        let begins = || {
            let operation = writer
                .handle
                .begin(Operation::new(Act::SendFrame, 1), here());
            operation.map(|operation| operation.end(Outcome::Returned))
        };
        let thread = scope.spawn(move || catch_unwind(AssertUnwindSafe(begins)));
        let result = thread.join().expect("it catches its panic");
        result.ok().map(|begun| begun.is_ok())
    })
}

/// Whether the handle's next call is let begin; `None` if it panics. It accepts what it is offered.
fn may_send(writer: &Writer, bytes: &[u8]) -> Option<bool> {
    let sends = || {
        let pieces = [IoSlice::new(bytes)];
        let (offered, mut cursor) = (Offered::new(&pieces), Cursor::at_frame());
        let operation = writer
            .handle
            .begin_lazily(Operation::new(Act::SendFrame, 2), here());
        let begun = writer.handle.begin_call(&cursor, &offered);
        let may_send = begun.map(|call| {
            std::io::Write::write_all(&mut &writer.socket, bytes).unwrap();
            writer
                .handle
                .end_call(call, &mut cursor, &offered, Some(bytes.len()));
        });
        let outcome = if may_send.is_ok() {
            Outcome::Returned
        } else {
            Outcome::Failed
        };
        operation.end(outcome);
        may_send.is_ok()
    };
    catch_unwind(AssertUnwindSafe(sends)).ok()
}

#[test]
fn a_second_writer_is_refused_and_the_finding_says_so() {
    for (policy, begins) in [(Policy::Error, Some(false)), (Policy::Panic, None)] {
        let scene = scene(policy);
        let (first, second) = (scene.writer(), scene.writer());
        let operation = first.begin();
        first.offers(TEXT, TEXT.len(), || {
            assert_eq!(begins_elsewhere(&second), begins, "{policy:?}");
        });
        let ended = catch_unwind(AssertUnwindSafe(|| operation.end(Outcome::Returned)));
        assert_eq!(ended.is_err(), policy == Policy::Panic, "{policy:?}");
        let finding = scene.only_finding();
        let refused = finding.second.as_ref().unwrap();
        assert_eq!(finding.key.kind, Kind::Overlap);
        assert_eq!(refused.ended.unwrap().1, Outcome::Refused);
        assert_eq!(finding.first.ended.unwrap().1, Outcome::Returned);
        // The wire is free again.
        assert!(!scene.wire.claims.is_contested());
        assert_eq!(begins_elsewhere(&second), Some(true), "{policy:?}");
    }
}

#[test]
fn a_second_writer_is_refused_while_the_first_is_about_to_write() {
    for (policy, begins) in [(Policy::Error, Some(false)), (Policy::Panic, None)] {
        let scene = scene(policy);
        let (first, second) = (scene.writer(), scene.writer());
        let operation = first.begin();
        assert_eq!(begins_elsewhere(&second), begins, "{policy:?}");
        // It has not come to its write, and is told of no other writer. The one that was refused has its finding.
        operation.end(Outcome::Failed);
        let finding = scene.only_finding();
        let outcomes = [&finding.first, finding.second.as_ref().unwrap()];
        let outcomes = outcomes.map(|half| half.ended.unwrap().1);
        assert_eq!(outcomes, [Outcome::Failed, Outcome::Refused]);
        assert_eq!(begins_elsewhere(&second), Some(true), "{policy:?}");
    }
}

#[test]
fn a_writer_is_not_refused_because_of_one_that_is_refused_itself() {
    let scene = scene(Policy::Error);
    let writers = [scene.writer(), scene.writer(), scene.writer()];
    let [first, second, third] = &writers;
    let operation = first.begin();
    std::thread::scope(|scope| {
        let claims = || {
            let activity = second.handle.activity();
            let operation = Operation::new(Act::SendFrame, 1);
            let described = activity.note_operation(operation, here());
            second.handle.claimant().claim(described, false).is_err()
        };
        assert!(
            scope.spawn(claims).join().expect("it ends"),
            "it is refused"
        );
    });
    operation.end(Outcome::Returned);
    // The second one has not left yet.
    assert!(scene.wire.claims.is_contested());
    assert_eq!(begins_elsewhere(third), Some(true));
    assert!(
        second
            .handle
            .claimant()
            .give_back(Outcome::Refused)
            .is_none()
    );
}

#[test]
fn bytes_that_would_tear_a_frame_are_not_sent() {
    for (policy, sent) in [(Policy::Error, Some(false)), (Policy::Panic, None)] {
        let scene = scene(policy);
        let (one, other) = (scene.writer(), scene.writer());
        one.sends(FRAME, 4);
        assert_eq!(may_send(&other, PING), sent, "{policy:?}");
        let finding = scene.only_finding();
        assert_eq!(finding.key.kind, Kind::TornFrame);
        let (_, tear) = finding.tear.unwrap();
        assert_eq!(
            (tear.inserted.total, tear.inserted.header.bytes()),
            (0, PING)
        );
        // The rest of the frame is no tear, and what comes behind it neither.
        one.sends(&FRAME[4..], 3);
        assert_eq!(may_send(&other, PING), Some(true), "{policy:?}");
        scene.only_finding();
    }
}

#[test]
fn a_frame_that_was_left_behind_is_finished_by_no_operation_that_begins() {
    for (policy, sent) in [(Policy::Error, Some(false)), (Policy::Panic, None)] {
        // The rest begins as a message of the other writer does.
        let rest = [&[0x81][..], &FRAME[5..]].concat();
        let scene = scene(policy);
        let (gone, other) = (scene.writer(), scene.writer());
        gone.sends(&[&FRAME[..4], &rest].concat(), 4);
        drop(gone);
        for act in [Act::SendText, Act::SendFrame] {
            let begins = || {
                let operation = other.handle.begin(Operation::new(act, 2), here());
                operation.map(|operation| operation.end(Outcome::Returned))
            };
            let begun = catch_unwind(AssertUnwindSafe(begins)).ok();
            assert_eq!(
                begun.map(|begun| begun.is_ok()),
                sent,
                "{policy:?}, {act:?}"
            );
        }
        // One that only passes bytes on may have the rest, until it goes on with something else.
        assert_eq!(may_send(&other, &TEXT[..1]), Some(true), "{policy:?}");
        assert_eq!(may_send(&other, &TEXT[1..]), sent, "{policy:?}");
    }
}

#[test]
fn a_handle_that_goes_on_with_something_else_than_the_rest_of_its_frame_is_refused() {
    for (policy, sent) in [(Policy::Error, Some(false)), (Policy::Panic, None)] {
        let scene = scene(policy);
        let writer = scene.writer();
        writer.sends(FRAME, 4);
        assert_eq!(may_send(&writer, PING), sent, "{policy:?}");
        assert_eq!(scene.only_finding().key.kind, Kind::AbandonedWrite);
    }
}

#[test]
fn bytes_that_would_tear_a_message_are_not_sent_and_control_frames_are() {
    for (policy, sent) in [(Policy::Error, Some(false)), (Policy::Panic, None)] {
        let scene = scene(policy);
        let (one, other) = (scene.writer(), scene.writer());
        one.sends(FIRST_FRAGMENT, FIRST_FRAGMENT.len());
        assert_eq!(may_send(&other, PING), Some(true), "{policy:?}");
        assert!(!scene.has_findings());
        assert_eq!(may_send(&other, TEXT), sent, "{policy:?}");
        assert_eq!(scene.only_finding().key.kind, Kind::TornMessage);
        // Nor behind a control frame in the same call.
        let behind = [PING, TEXT].concat();
        assert_eq!(may_send(&other, &behind), sent, "{policy:?}");
        one.sends(&[0x80, 0], 2);
        assert_eq!(may_send(&other, TEXT), Some(true), "{policy:?}");
        assert_eq!(scene.recorder.closed.lock().unwrap().len(), 2, "{policy:?}");
    }
}
