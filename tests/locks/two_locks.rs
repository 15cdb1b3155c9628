//! "I do hold a mutex." Each of the two writers does. But they are two different ones, or one is released too early.

use crate::common::connection::{connection, make_room_beside};
use crate::common::peer::BIG;
use crate::common::{big_message, start};
use crate::{line_here, next_line, settle, until};
use redhanded::report::{Kind, Report};
use redhanded::sync::{Arc, Mutex, RwLock};
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::{Data, OpCode};
use redhanded::tungstenite::{Message, WebSocket};

#[test]
fn the_lock_that_does_not_protect_is_named_with_where_both_were_made() {
    settle();
    let (socket, mut peer) = connection();
    let address = socket.local_addr().unwrap().to_string();
    let clone = socket.try_clone().unwrap();
    let made_first = next_line(line_here!());
    let uploads = Arc::new(Mutex::new(WebSocket::from_raw_socket(
        clone,
        Role::Server,
        None,
    )));
    let clone = socket.try_clone().unwrap();
    let made_second = next_line(line_here!());
    let notices = Arc::new(Mutex::new(WebSocket::from_raw_socket(
        clone,
        Role::Server,
        None,
    )));

    let uploader = start("uploader", move || {
        uploads.lock().unwrap().send(big_message())
    });
    make_room_beside(&uploader, &socket, &mut peer);
    start("notifier", move || {
        notices.lock().unwrap().send(Message::text("hello"))
    })
    .result()
    .unwrap();
    peer.takes(10 + BIG + 2 + 5);
    uploader.result().unwrap();

    let is_it = |report: &Report| report.wire.local.as_ref() == Some(&address) && !report.open;
    let report = until("the report", || {
        redhanded::reports().into_iter().find(is_it)
    });
    assert_ne!(report.kind, Kind::Stall);
    let note = report.lock_note.as_deref().expect("both held a lock");
    assert!(
        note.starts_with(
            "each held a lock, and they are two different locks: the first writer a Mutex #"
        ),
        "{note}"
    );
    for made in [made_first, made_second] {
        assert!(
            note.contains(&format!("made at {}:{}:", made.0, made.1)),
            "{note}"
        );
    }
    for (writer, made) in report.writers.iter().zip([made_first, made_second]) {
        let [held] = &writer.locks[..] else {
            panic!("{report}")
        };
        assert_eq!(
            (
                held.lock.kind.as_str(),
                held.lock.created.as_ref().unwrap().line
            ),
            ("Mutex", made.1),
            "{report}"
        );
    }
    assert!(
        report.to_string().contains(note) && report.to_string().contains("holds a Mutex #"),
        "{report}"
    );
}

/// What the report says about locks when a text message is sent between two fragments.
fn said_between_fragments(
    sends: impl FnOnce(Mutex<WebSocket<std::net::TcpStream>>, [Message; 3]),
) -> Option<String> {
    settle();
    let (socket, mut peer) = connection();
    let address = socket.local_addr().unwrap().to_string();
    let fragment =
        |data, is_final| Message::Frame(Frame::message(vec![7; 3], OpCode::Data(data), is_final));
    let messages = [
        fragment(Data::Binary, false),
        Message::text("hello"),
        fragment(Data::Continue, true),
    ];
    sends(
        Mutex::new(WebSocket::from_raw_socket(socket, Role::Server, None)),
        messages,
    );
    peer.takes(5 + 7 + 5);
    let is_it = |report: &Report| {
        report.wire.local.as_ref() == Some(&address) && report.kind == Kind::TornMessage
    };
    until("the report", || {
        redhanded::reports().into_iter().find(is_it)
    })
    .lock_note
}

#[test]
fn a_lock_that_is_released_between_fragments_is_reported_as_released() {
    let note = said_between_fragments(|websocket, messages| {
        std::thread::scope(|scope| {
            for message in messages {
                scope
                    .spawn(|| websocket.lock().unwrap().send(message).unwrap())
                    .join()
                    .unwrap();
            }
        });
    });
    let note = note.expect("both held it");
    assert!(note.starts_with("both held the same Mutex #"), "{note}");
    assert!(
        note.ends_with(", which was let go before the message was complete"),
        "{note}"
    );
}

#[test]
fn a_lock_that_both_hold_to_read_is_named_as_one_that_keeps_no_reader_out() {
    let lock = RwLock::new(());
    let note = said_between_fragments(|websocket, [first, text, last]| {
        let websocket = websocket.into_inner().unwrap();
        let (own, other) = (websocket.get_ref().try_clone().unwrap(), websocket);
        let send = |websocket: &mut WebSocket<_>, message| {
            let _guard = lock.read().unwrap();
            websocket.send(message).unwrap();
        };
        let [mut own, mut other] =
            [own, other.into_inner()].map(|it| WebSocket::from_raw_socket(it, Role::Server, None));
        let _held = lock.read().unwrap();
        send(&mut own, first);
        std::thread::scope(|scope| {
            scope.spawn(|| send(&mut other, text)).join().unwrap();
        });
        send(&mut own, last);
    });
    let note = note.expect("both held it");
    assert!(note.starts_with("both held the same RwLock #"), "{note}");
    assert!(
        note.ends_with(", but only to read: readers do not keep each other out"),
        "{note}"
    );
}

#[test]
fn a_lock_that_is_held_throughout_is_not_reported_as_released() {
    let note = said_between_fragments(|websocket, messages| {
        let mut held = websocket.lock().unwrap();
        messages
            .into_iter()
            .for_each(|message| held.send(message).unwrap());
    });
    assert_eq!(note, None);
}
