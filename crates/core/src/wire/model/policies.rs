//! The policies `error` and `panic`: a writer that is told of another one always has a finding to show.

use super::*;
use crate::settings::Policy;
use crate::wire::claim::Phase;

impl Writer {
    /// One operation under the policy `error`, which may be refused. Gives whether it was.
    fn write_if_let(&self) -> bool {
        crate::wire::sync::name_this_thread(self.me as u64);
        self.oracle.lock().unwrap().call(self.me);
        let begun = self.handle.begin(operation(self.me), site());
        let is_refused = begun.is_err();
        if let Ok(in_progress) = begun {
            self.oracle.lock().unwrap().write(self.me);
            self.handle.call(b"\x82\x00", 2);
            self.oracle.lock().unwrap().writing.remove(&self.me);
            in_progress.end(Outcome::Returned);
        }
        self.oracle.lock().unwrap().calling.remove(&self.me);
        is_refused
    }

    /// One operation under the policy `panic`, without the panic itself: all of loom's threads are one of the system's,
    /// and while it unwinds, the others would seem to. Gives whether it would have panicked, and where.
    fn write_without_panic(&self) -> Option<Outcome> {
        crate::wire::sync::name_this_thread(self.me as u64);
        self.oracle.lock().unwrap().call(self.me);
        let (activity, claimant) = (self.handle.activity(), self.handle.claimant());
        let described = activity.note_operation(operation(self.me), site());
        let panics = match claimant.claim(described, true) {
            Ok(()) => {
                self.oracle.lock().unwrap().write(self.me);
                self.handle.call(b"\x82\x00", 2);
                self.oracle.lock().unwrap().writing.remove(&self.me);
                let accusation = claimant.give_back(Outcome::Returned);
                accusation.map(|_| Outcome::Returned)
            }
            Err(_) => {
                assert!(claimant.give_back(Outcome::Refused).is_none(), "told once");
                Some(Outcome::Refused)
            }
        };
        activity.set_phase(Phase::Idle);
        self.oracle.lock().unwrap().calling.remove(&self.me);
        panics
    }
}

/// Fails when a writer that is refused does not count as one that has written, and when one that is about to write
/// refuses no other. Tried: `compete` without `note_written`; `refuse` that asks whether the other has written.
#[test]
fn a_writer_that_is_refused_has_a_finding_and_no_two_are_let_in_at_once() {
    model(3, || {
        let scene = Scene::recorded_by(TestRecorder::with_policy(Policy::Error));
        let (one, other) = (scene.writer(1), scene.writer(2));
        let thread = loom::thread::spawn(move || other.write_if_let());
        let refused = [one.write_if_let(), thread.join().unwrap()];
        assert!(refused != [true, true], "one of two has the wire");
        let both = scene.oracle().overlapped.clone();
        assert!(both.is_empty(), "two were let in: {both:?}");
        let closed = scene.recorder.closed.lock().unwrap();
        if refused != [false, false] {
            let [finding] = &closed[..] else {
                panic!("one finding: {closed:?}")
            };
            let second = finding.second.as_ref().unwrap();
            assert_eq!(second.ended.unwrap().1, Outcome::Refused);
            assert!(refused[second.thread as usize - 1]);
        }
        drop(closed);
        scene.check();
    });
}

/// Fails when one of three is let in beside another. Tried: `refuse` that passes over all but the holder of the claim.
#[test]
fn of_three_writers_no_two_are_let_in_at_once() {
    // With three preemptions, three writers do not end within minutes.
    model(2, || {
        let scene = Scene::recorded_by(TestRecorder::with_policy(Policy::Error));
        let first = scene.writer(1);
        let others = [scene.writer(2), scene.writer(3)];
        let threads = others.map(|writer| loom::thread::spawn(move || writer.write_if_let()));
        let mut refused = vec![first.write_if_let()];
        refused.extend(threads.map(|thread| thread.join().unwrap()));
        assert!(refused.contains(&false), "one of three has the wire");
        let both = scene.oracle().overlapped.clone();
        assert!(both.is_empty(), "two were let in: {both:?}");
        drop(first);
        scene.check();
    });
}

/// Fails when the writer that leaves does not learn of the other. Tried: `leave` without `opponent_of`.
#[test]
fn of_two_that_overlap_at_least_one_panics_and_each_that_does_has_a_finding() {
    model(3, || {
        let scene = Scene::recorded_by(TestRecorder::with_policy(Policy::Panic));
        let (one, other) = (scene.writer(1), scene.writer(2));
        let thread = loom::thread::spawn(move || other.write_without_panic());
        let panics = [one.write_without_panic(), thread.join().unwrap()];
        let found = scene.recorder.closed.lock().unwrap().len();
        assert_eq!(panics.iter().any(Option::is_some), found == 1, "{panics:?}");
        assert!(
            panics != [Some(Outcome::Refused); 2],
            "one of two has the wire"
        );
        scene.check();
    });
}
