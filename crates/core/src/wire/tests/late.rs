//! What other writers do between a call's end and the judgement of the call.

use super::*;

#[test]
fn a_message_is_not_torn_by_a_frame_that_was_out_before_it_began() {
    let scene = Scene::new();
    let (first, later) = (scene.writer(), scene.writer());
    // The stack of one that begins a message is captured when its call has come back.
    scene.recorder.at_capture.set(move || {
        std::thread::scope(|scope| {
            scope.spawn(|| later.sends(&[0x02, 1, b'b'], 3));
        });
    });
    let bytes = [0x82, 1, b'x', 0x02, 1, b'a'];
    first.sends(&bytes, bytes.len());
    let closed = scene.recorder.closed.lock().unwrap();
    let accused = closed
        .iter()
        .filter(|finding| finding.key.kind == Kind::TornMessage)
        .map(|finding| {
            finding
                .tear
                .as_ref()
                .unwrap()
                .1
                .inserted
                .header
                .bytes()
                .to_vec()
        });
    assert_eq!(
        accused.collect::<Vec<_>>(),
        Vec::<Vec<u8>>::new(),
        "{closed:#?}"
    );
}

#[test]
fn where_an_abandoned_frame_was_torn_is_not_exact_if_another_writer_came_first() {
    let scene = Scene::new();
    let (writer, other) = (scene.writer(), scene.writer());
    writer.sends(&[0x82, 5, 1, 2, 3, 4, 5], 4);
    let next = [0x81, 1, b'x'];
    let operation = writer.begin();
    writer.offers(&next, next.len(), || {
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let operation = other.begin();
                let ping = [0x8a, 0];
                other.offers(&ping, 2, || (&other.socket).write_all(&ping).unwrap());
                operation.end(Outcome::Returned);
            });
        });
        (&writer.socket).write_all(&next).unwrap();
    });
    operation.end(Outcome::Returned);
    let closed = scene.recorder.closed.lock().unwrap();
    let abandoned = closed.iter().find(|it| it.key.kind == Kind::AbandonedWrite);
    let (_, tear) = abandoned.unwrap().tear.clone().unwrap();
    assert_eq!(tear.place, Some(Cut { from: 4, to: 6 }));
}
