//! The most asked question: a mutex is held over a blocking `read`, and no thread can send.

use crate::common::{connection, start};
use crate::{Line, assert_both_stacks, assert_kind, line_here, next_line, report_when, settle};
use redhanded::report::Kind;
use redhanded::sync::{Arc, Mutex};
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, WebSocket};
use std::net::TcpStream;
use std::sync::mpsc::{Sender, channel};

type Shared = Arc<Mutex<WebSocket<TcpStream>>>;

fn read_on(shared: &Shared, is_inside: &Sender<Line>) {
    let (mut websocket, line) = (shared.lock().unwrap(), line_here!());
    is_inside.send(line).unwrap();
    websocket.read().unwrap();
}

fn send_late(shared: &Shared, is_late: &Sender<Line>) {
    is_late.send(next_line(line_here!())).unwrap();
    let mut websocket = shared.lock().unwrap();
    websocket.send(Message::text("at last")).unwrap();
}

#[test]
fn a_writer_that_starves_behind_a_reader_is_shown_at_once_and_both_stacks_when_the_reader_lets_go()
{
    settle();
    let (socket, mut peer) = connection();
    let made = next_line(line_here!());
    let shared: Shared = Arc::new(Mutex::new(WebSocket::from_raw_socket(
        socket,
        Role::Client,
        None,
    )));
    let ((inside, is_inside), (waits, is_waiting)) = (channel(), channel());
    let reading = shared.clone();
    let reader = start("reader", move || read_on(&reading, &inside));
    let holding = is_inside.recv().unwrap();
    let writer = start("writer", move || send_late(&shared, &waits));
    let waiting = is_waiting.recv().unwrap();

    let open = report_when(holding, waiting, |report| report.open);
    assert_kind(&open, Kind::Stall, ["hold of a Mutex", "wait for a Mutex"]);
    assert!(
        open.writers[0].backtrace.is_empty() && open.writers[0].ended_us.is_none(),
        "{open}"
    );
    assert!(
        open.writers[1]
            .top_application_frame()
            .unwrap()
            .function
            .contains("send_late"),
        "{open}"
    );
    assert_eq!(open.writers[0].thread.name.as_deref(), Some("reader"));
    assert_eq!(
        open.lock.as_ref().unwrap().created.as_ref().unwrap().line,
        made.1
    );

    // The peer sends a message, and the reader releases the lock.
    peer.sends(Role::Server, Message::text("hello"));
    reader.result();
    writer.result();
    let closed = report_when(holding, waiting, |report| !report.open);
    assert_both_stacks(&closed, ["read_on", "send_late"]);
    let outcomes = closed
        .writers
        .iter()
        .map(|writer| writer.outcome.as_deref());
    assert!(
        outcomes.eq([Some("released"), Some("acquired")]),
        "{closed}"
    );
    assert_eq!((closed.count, closed.note.as_deref()), (1, None));
    let held = &closed.writers[0].locks[..];
    assert_eq!(
        (held.len(), held[0].taken.as_ref().unwrap().line),
        (1, holding.1),
        "{closed}"
    );
}
