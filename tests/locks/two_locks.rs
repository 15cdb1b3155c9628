//! "I do hold a mutex": each of the two writers does, and they are two different ones.

use crate::common::connection::{connection, is_full, make_room};
use crate::common::peer::BIG;
use crate::common::{big_message, start};
use crate::{line_here, next_line, settle, until};
use redhanded::report::{Kind, Report};
use redhanded::sync::{Arc, Mutex};
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, WebSocket};

#[test]
fn the_lock_that_does_not_protect_is_named_with_where_both_were_made() {
    settle();
    let (socket, mut peer) = connection();
    let address = socket.local_addr().unwrap().to_string();
    let clone = socket.try_clone().unwrap();
    let made_first = next_line(line_here!());
    let uploads = Arc::new(Mutex::new(WebSocket::from_raw_socket(clone, Role::Server, None)));
    let clone = socket.try_clone().unwrap();
    let made_second = next_line(line_here!());
    let notices = Arc::new(Mutex::new(WebSocket::from_raw_socket(clone, Role::Server, None)));

    let uploader = start("uploader", move || uploads.lock().unwrap().send(big_message()));
    peer.sees_a_byte();
    is_full(&socket);
    uploader.sleeps();
    make_room(&socket);
    start("notifier", move || notices.lock().unwrap().send(Message::text("hello"))).result().unwrap();
    peer.takes(10 + BIG + 2 + 5);
    uploader.result().unwrap();

    let is_it = |report: &Report| report.wire.local.as_ref() == Some(&address) && !report.open;
    let report = until("the report", || redhanded::reports().into_iter().find(is_it));
    assert_ne!(report.kind, Kind::Stall);
    let note = report.lock_note.as_deref().expect("both held a lock");
    assert!(
        note.starts_with("each held a lock, and they are two different locks: the first writer a Mutex #"),
        "{note}"
    );
    for made in [made_first, made_second] {
        assert!(note.contains(&format!("made at {}:{}:", made.0, made.1)), "{note}");
    }
    for (writer, made) in report.writers.iter().zip([made_first, made_second]) {
        let [held] = &writer.locks[..] else { panic!("{report}") };
        assert_eq!((held.lock.kind.as_str(), held.lock.created.as_ref().unwrap().line), ("Mutex", made.1), "{report}");
    }
    assert!(report.to_string().contains(note) && report.to_string().contains("holds a Mutex #"), "{report}");
}
