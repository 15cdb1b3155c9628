//! Frames that were left open, and writers that come behind them at the same time.

use super::*;
use redhanded_report::Kind;

/// Tried: a frame that is not noted as told when it was torn.
#[test]
fn a_frame_left_open_is_torn_once_whichever_writer_comes_first() {
    model(3, || {
        let scene = Scene::new();
        let (left, one, other) = (scene.writer(3), scene.writer(1), scene.writer(2));
        crate::wire::sync::name_this_thread(3);
        let in_progress = left.begin();
        // A frame with five bytes of payload, two of which are accepted.
        left.handle.call(b"\x82\x05ab", 4);
        in_progress.end(Outcome::Failed);
        let thread = loom::thread::spawn(move || other.write(false));
        one.write(false);
        thread.join().unwrap();
        let mut closed = scene.recorder.closed.lock().unwrap();
        let torn: Vec<Finding> = closed
            .extract_if(.., |finding| finding.key.kind == Kind::TornFrame)
            .collect();
        drop(closed);
        let [torn] = &torn[..] else {
            panic!("one tear: {torn:?}")
        };
        assert_eq!(torn.first.operation.length(), 3);
        assert_eq!(torn.first.stack.as_ref().unwrap().addresses()[..], [3]);
        assert!(
            torn.first.ended.is_some()
                && torn
                    .second
                    .as_ref()
                    .is_some_and(|half| half.ended.is_some() && half.stack.is_some())
        );
        // What is left is what the two have done to each other.
        let overlaps = scene.recorder.closed.lock().unwrap().len();
        assert!(overlaps <= 1);
    });
}

/// A handle that goes frees its index for one that comes. Tried: the index freed before the handle has left the record.
#[test]
fn a_handle_that_comes_while_another_goes_stays_in_the_record() {
    model(3, || {
        let scene = Scene::new();
        let going = scene.writer(1);
        let thread = loom::thread::spawn(move || drop(going));
        let coming = scene.writer(2);
        thread.join().unwrap();
        let record = coming.handle.wire().traffic.record();
        let present: Vec<u64> = record.handles().map(|outgoing| outgoing.handle()).collect();
        assert_eq!(present, [coming.handle.number()]);
    });
}
