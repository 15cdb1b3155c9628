//! What happened on the wire, step by step: two handles on one real socket, whose calls the test plays byte by byte.
//!
//! A call to a stream begins, puts some bytes into the socket, and ends. Here the three are apart, so that one call can
//! be laid exactly where another one is.

mod intrusions;
mod late;
mod policies;
mod shared;
mod storms;
mod swallowed;
mod turns;

use super::handle::InProgress;
use super::handle::Wire;
use super::test_recorder::{TestRecorder, here};
use super::{Cursor, Cut, Doubt, Finding, Handle, Offered, Outcome, Proof, Socket, Torn};
use crate::witness::{Act, Operation};
use redhanded_report::Kind;
use std::io::{IoSlice, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

/// One socket, and what was found on it.
struct Scene {
    recorder: Arc<TestRecorder>,
    wire: Arc<Wire>,
    socket: TcpStream,
    _peer: TcpStream,
}

/// An object on the socket.
struct Writer {
    handle: Handle,
    cursor: Mutex<Cursor>,
    socket: TcpStream,
}

impl Scene {
    fn new() -> Self {
        Scene::recorded_by(TestRecorder::default())
    }

    fn recorded_by(recorder: TestRecorder) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (peer, _) = listener.accept().unwrap();
        let recorder = Arc::new(recorder);
        let identity = Socket::of_tcp(&socket).unwrap();
        let wire = Arc::new(Wire::new(1, identity, recorder.clone(), Arc::default()));
        Scene {
            recorder,
            wire,
            socket,
            _peer: peer,
        }
    }

    fn writer(&self) -> Writer {
        let socket = self.socket.try_clone().unwrap();
        let handle = Handle::new(self.wire.clone(), Socket::of_tcp(&socket).unwrap()).unwrap();
        Writer {
            handle,
            cursor: Mutex::new(Cursor::at_frame()),
            socket,
        }
    }

    #[track_caller]
    fn only_finding(&self) -> Finding {
        let closed = self.recorder.closed.lock().unwrap();
        let [finding] = &closed[..] else {
            panic!("one finding: {closed:#?}")
        };
        assert!(
            finding.are_back() == [true, true]
                && finding.first.stack.is_some()
                && finding.second.as_ref().unwrap().stack.is_some()
        );
        finding.clone()
    }

    fn has_findings(&self) -> bool {
        !self.recorder.closed.lock().unwrap().is_empty()
    }
}

impl Writer {
    #[track_caller]
    fn begin(&self) -> InProgress<'_> {
        self.handle
            .begin(Operation::new(Act::SendFrame, 0), here())
            .unwrap()
    }

    /// A whole operation with one call that offers `bytes`, of which `accepted` go out at once.
    #[track_caller]
    fn sends(&self, bytes: &[u8], accepted: usize) {
        let operation = self.begin();
        self.offers(bytes, accepted, || {
            (&self.socket).write_all(&bytes[..accepted]).unwrap()
        });
        operation.end(if accepted == bytes.len() {
            Outcome::Returned
        } else {
            Outcome::Failed
        });
    }

    /// One call, inside of which something happens.
    fn offers(&self, bytes: &[u8], accepted: usize, inside: impl FnOnce()) {
        let (one, other) = bytes.split_at(bytes.len() / 2);
        let pieces = [IoSlice::new(one), IoSlice::new(other)];
        let offered = Offered::new(&pieces);
        let mut cursor = self.cursor.lock().unwrap();
        let call = self.handle.begin_call(&cursor, &offered).unwrap();
        inside();
        self.handle
            .end_call(call, &mut cursor, &offered, Some(accepted));
    }

    /// An operation of another thread: in the same one, a call inside another is no second writer.
    #[track_caller]
    fn sends_elsewhere(&self, bytes: &[u8]) {
        std::thread::scope(|scope| {
            scope
                .spawn(|| self.sends(bytes, bytes.len()))
                .join()
                .unwrap()
        });
    }
}

#[test]
fn a_rest_that_is_not_offered_next_is_an_abandoned_write() {
    for next in [&[0x81, 1, b'x'][..], &[0x8a, 0], &[0x00, 3]] {
        let scene = Scene::new();
        let writer = scene.writer();
        writer.sends(&[0x82, 5, 1, 2, 3, 4, 5], 4);
        assert!(!scene.has_findings());
        writer.sends(next, next.len());
        let finding = scene.only_finding();
        assert_eq!(finding.key.kind, Kind::AbandonedWrite);
        assert_eq!(
            finding.first.handle,
            finding.second.as_ref().unwrap().handle
        );
        assert_eq!(finding.first.ended.unwrap().1, Outcome::Failed);
        let (_, tear) = finding.tear.unwrap();
        let Torn::Frame(clip) = &tear.torn else {
            panic!("a frame: {tear:?}")
        };
        assert_eq!(
            (clip.cut, &clip.before[..], &clip.after[..]),
            (Cut::at(4), &[0x82, 5, 1, 2][..], &[3, 4, 5][..])
        );
        // What came instead was a frame of its own, and what follows is, too.
        writer.sends(&[0x81, 0], 2);
        scene.only_finding();
    }
}

#[test]
fn a_rest_that_is_offered_in_other_pieces_is_no_finding() {
    let scene = Scene::new();
    let writer = scene.writer();
    let frame = [&[0x82, 126, 1, 0][..], &[0x81; 256]].concat();
    for (from, offered, accepted) in [
        (0, 260, 3),
        (3, 1, 1),
        (4, 256, 0),
        (4, 100, 50),
        (54, 206, 206),
    ] {
        writer.sends(&frame[from..from + offered], accepted);
    }
    writer.sends(&[0x8a, 0], 2);
    assert!(!scene.has_findings());
}

#[test]
fn a_rest_that_another_writer_begins_by_chance_is_still_awaited() {
    let scene = Scene::new();
    let (gone, other) = (scene.writer(), scene.writer());
    let number = gone.handle.number();
    gone.sends(&[0x82, 5, 1, 2, 0x81, 4, 5], 4);
    drop(gone);
    let text = [0x81, 2, b'h', b'i'];
    other.sends(&text[..1], 1);
    assert!(!scene.has_findings());
    other.sends(&text[1..], 3);
    let finding = scene.only_finding();
    assert_eq!(finding.key.kind, Kind::AbandonedWrite);
    assert_eq!(finding.first.handle, number);
    let (_, tear) = finding.tear.unwrap();
    let Torn::Frame(clip) = &tear.torn else {
        panic!("a frame: {tear:?}")
    };
    assert_eq!((clip.cut, tear.place), (Cut::at(4), Some(Cut::at(5))));
    assert!(tear.is_one_of_several);
}

#[test]
fn a_rest_that_another_handle_sends_in_pieces_finishes_the_frame() {
    let scene = Scene::new();
    let (gone, other) = (scene.writer(), scene.writer());
    gone.sends(&[0x82, 5, 1, 2, 0x81, 0, 0x82], 4);
    drop(gone);
    other.sends(&[0x81, 0, 0x82], 2);
    other.sends(&[0x82], 1);
    // The frame is out. What comes behind it is in no frame of the writer that is gone.
    scene.writer().sends(&[0x8a, 0], 2);
    let closed = scene.recorder.closed.lock().unwrap();
    let of_gone = closed
        .iter()
        .filter(|it| it.key.kind == Kind::AbandonedWrite);
    assert_eq!(of_gone.count(), 0, "{closed:#?}");
}

#[test]
fn bytes_that_finish_a_frame_past_every_watched_writer_are_no_tear() {
    let scene = Scene::new();
    let (one, other) = (scene.writer(), scene.writer());
    one.sends(&[0x82, 5, 1, 2, 3, 4, 5], 4);
    // However its rest got there.
    (&scene.socket).write_all(&[3, 4, 5]).unwrap();
    other.sends(&[0x8a, 0], 2);
    assert_eq!(scene.has_findings(), !cfg!(target_os = "linux"));
}

#[test]
fn a_tear_is_told_once_until_its_writer_comes_back_to_the_frame() {
    let scene = Scene::new();
    let (one, other) = (scene.writer(), scene.writer());
    one.sends(&[0x82, 5, 1, 2, 3, 4, 5], 4);
    (0..3).for_each(|_| other.sends(&[0x8a, 0], 2));
    scene.only_finding();
    one.sends(&[3, 4, 5], 1);
    (0..3).for_each(|_| other.sends(&[0x8a, 0], 2));
    assert_eq!(scene.recorder.closed.lock().unwrap().len(), 2);
    one.sends(&[4, 5], 2);
    other.sends(&[0x8a, 0], 2);
    assert_eq!(scene.recorder.closed.lock().unwrap().len(), 2);
}

#[test]
fn fragments_and_a_message_between_them_in_one_call_are_a_torn_message() {
    let scene = Scene::new();
    let writer = scene.writer();
    let bytes = [0x01, 1, b'a', 0x89, 0, 0x82, 1, b'b', 0x80, 1, b'c'];
    writer.sends(&bytes, bytes.len());
    let finding = scene.only_finding();
    assert_eq!(finding.key.kind, Kind::TornMessage);
    let (_, tear) = finding.tear.unwrap();
    assert_eq!(
        (tear.place, tear.inserted.header.bytes()),
        (Some(Cut::at(5)), &[0x82, 1][..])
    );
}

#[test]
fn a_continuation_is_only_out_of_place_where_every_frame_before_it_was_seen() {
    let scene = Scene::new();
    let writer = scene.writer();
    // This message may have begun before the wire was watched.
    writer.sends(&[0x80, 0], 2);
    assert!(!scene.has_findings());
    writer.sends(&[0x80, 0], 2);
    assert_eq!(scene.only_finding().key.kind, Kind::TornMessage);
}

#[test]
fn a_frame_that_is_begun_while_a_call_is_under_way_is_not_torn_by_it() {
    let scene = Scene::new();
    let (one, other) = (scene.writer(), scene.writer());
    // So that the call below is looked at: another frame is open before it, and finished meanwhile.
    let third = scene.writer();
    third.sends(&[0x82, 1, 7], 2);
    let operation = other.begin();
    other.offers(&[7], 0, || ());
    operation.end(Outcome::Returned);
    let operation = other.begin();
    other.offers(&[0x8a, 0], 2, || {
        (&scene.socket).write_all(&[0x8a, 0]).unwrap();
        // The other writer's bytes are out. What others do until its call comes back is behind them.
        std::thread::scope(|scope| {
            scope.spawn(|| one.sends(&[0x82, 5, 1, 2, 3, 4, 5], 4));
        });
    });
    operation.end(Outcome::Returned);
    let closed = scene.recorder.closed.lock().unwrap();
    let torn: Vec<_> = closed
        .iter()
        .filter(|finding| finding.key.kind == Kind::TornFrame)
        .collect();
    let [torn] = &torn[..] else {
        panic!("the third's frame, and no other: {closed:#?}")
    };
    assert_eq!(torn.first.handle, third.handle.number());
}

#[test]
#[cfg(target_os = "linux")]
fn an_object_made_anew_is_not_taken_for_the_one_before_it() {
    let scene = Scene::new();
    let frame = [&[0x82, 100][..], &[7; 100]].concat();
    let (second, before) = (scene.writer(), scene.writer());
    let (write, mut socket) = (&scene.socket, &scene.socket);
    let ((is_out, out), (go, goes)) = (channel(), channel::<()>());
    std::thread::scope(|scope| {
        let operation = before.begin();
        before.offers(&frame, frame.len(), || {
            socket.write_all(&frame[..30]).unwrap();
            scope.spawn(move || {
                let operation = second.begin();
                second.offers(&[0x8a, 0], 2, || {
                    is_out.send(()).unwrap();
                    goes.recv().unwrap();
                    { write }.write_all(&[0x8a, 0]).unwrap();
                    is_out.send(()).unwrap();
                    goes.recv().unwrap();
                });
                operation.end(Outcome::Returned);
                is_out.send(()).unwrap();
            });
            out.recv().unwrap();
            socket.write_all(&frame[30..]).unwrap();
        });
        operation.end(Outcome::Returned);
        go.send(()).unwrap();
        out.recv().unwrap();
        drop(before);
        // The same place among the handles of the wire, and the first call again.
        let after = scene.writer();
        let operation = after.begin();
        after.offers(&frame, frame.len(), || {
            socket.write_all(&frame[..50]).unwrap();
            go.send(()).unwrap();
            out.recv().unwrap();
            socket.write_all(&frame[50..]).unwrap();
        });
        operation.end(Outcome::Returned);
    });
    let closed = scene.recorder.closed.lock().unwrap();
    assert!(
        closed.len() == 2 && closed.iter().all(|finding| finding.tear.is_none()),
        "{closed:#?}"
    );
}

#[test]
fn an_operation_that_writes_nothing_leaves_what_is_known_of_the_one_before_it() {
    let scene = Scene::new();
    let writer = scene.writer();
    writer.sends(b"\x82\x01a", 3);
    let seen = || {
        let glance = writer.handle.activity().glance();
        let began = glance.writer.map(|(_, _, began)| began);
        (glance.operation, glance.has_written, began)
    };
    let before = seen();
    let polled = || {
        let flush = Operation::new(Act::Flush, 0);
        writer.handle.begin_lazily(flush, here())
    };
    let operation = polled();
    assert_eq!(seen(), before);
    operation.end(Outcome::Returned);
    assert_eq!(seen(), before);
    // One that writes after all is described by then.
    let operation = polled();
    writer.offers(b"\x82\x01a", 3, || {
        let (operation, has_written, began) = seen();
        assert_eq!(operation, Operation::new(Act::Flush, 0));
        assert!(has_written && began != before.2);
    });
    operation.end(Outcome::Returned);
}
