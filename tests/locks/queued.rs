//! What was queued and is not flushed: `write` without `flush`, and a pong that waits because the program reads no more.

use crate::common::connection;
use crate::{Line, line_here, next_line, reports_of, settle, until};
use redhanded::report::{Kind, Report};
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Error, Message, WebSocket};
use std::io::ErrorKind;

/// The report of what was queued at that line.
#[track_caller]
fn report_of(line: Line, is_ready: impl Fn(&Report) -> bool) -> Report {
    until("the report", || {
        redhanded::reports()
            .into_iter()
            .find(|report| line.is_of(report, 0) && is_ready(report))
    })
}

#[test]
fn a_message_that_is_not_flushed_is_reported_with_what_is_behind_it_until_it_is() {
    settle();
    let (socket, mut peer) = connection();
    let mut websocket = WebSocket::from_raw_socket(socket, Role::Server, None);
    let queued = next_line(line_here!());
    websocket.write(Message::text("hello")).unwrap();
    websocket.write(Message::text("it is still here")).unwrap();

    let open = report_of(queued, |report| report.open);
    let [writer] = &open.writers[..] else {
        panic!("{open}")
    };
    assert_eq!(
        (open.kind, writer.operation.as_str()),
        (Kind::Stall, "write Text 5 B")
    );
    assert!(
        open.summary.contains("and 1 more behind it") && open.summary.contains("21 B of payload"),
        "{open}"
    );
    assert_eq!(open.wire.local.is_some(), open.lock.is_none());

    websocket.flush().unwrap();
    peer.takes(2 + 5 + 2 + 16);
    let closed = report_of(queued, |report| !report.open);
    assert_eq!(
        (closed.count, closed.writers[0].outcome.as_deref()),
        (1, Some("flushed")),
        "{closed}"
    );
    assert!(closed.summary.contains("was not flushed for "), "{closed}");
    let waited = closed.writers[0].ended_us.unwrap() - closed.writers[0].began_us;
    assert!(waited >= 60_000.0, "{closed}");
}

#[test]
fn an_automatic_pong_that_is_not_flushed_is_reported_by_the_read_that_queued_it() {
    settle();
    let (socket, mut peer) = connection();
    let mut websocket = WebSocket::from_raw_socket(socket, Role::Client, None);
    peer.sends(
        Role::Server,
        Message::Ping(b"are you there".to_vec().into()),
    );
    let (read, queued) = (websocket.read().unwrap(), line_here!());
    assert!(read.is_ping());
    let open = report_of(queued, |report| report.open);
    assert_eq!(open.writers[0].operation, "automatic pong 13 B");
    drop(websocket);
    let closed = report_of(queued, |report| !report.open);
    assert_eq!(
        closed.writers[0].outcome.as_deref(),
        Some("dropped"),
        "{closed}"
    );
}

#[test]
fn what_is_flushed_in_time_or_written_because_it_is_much_is_not_reported() {
    settle();
    let (socket, peer) = connection();
    let drain = crate::common::start("peer", move || peer.takes_messages(Role::Client).len());
    let mut websocket = WebSocket::from_raw_socket(socket, Role::Server, None);
    websocket.write(Message::text("flushed")).unwrap();
    websocket.flush().unwrap();
    // This is more than the library buffers.
    websocket
        .write(Message::binary(vec![0; 200 << 10]))
        .unwrap();
    websocket.send(Message::text("sent")).unwrap();
    // A second connection has a message that really waits. When it has its report, the first would have been found, too.
    let (other, _other_peer) = connection();
    let mut other = WebSocket::from_raw_socket(other, Role::Server, None);
    let late = next_line(line_here!());
    other.write(Message::text("late")).unwrap();
    report_of(late, |report| report.open);
    let of_this_test = |report: &Report| {
        report.wire.local == websocket.get_ref().local_addr().ok().map(|a| a.to_string())
    };
    assert_eq!(
        reports_of(file!())
            .iter()
            .filter(|report| of_this_test(report))
            .count(),
        0
    );
    websocket.close(None).unwrap();
    websocket.flush().unwrap();
    drop(websocket);
    assert_eq!(drain.result(), 4);
}

#[test]
fn what_is_written_behind_a_socket_that_is_full_waits_for_the_peer_and_is_not_reported() {
    settle();
    let (socket, mut peer) = connection();
    socket.set_nonblocking(true).unwrap();
    let mut websocket = WebSocket::from_raw_socket(socket, Role::Server, None);
    let is_full =
        |result| matches!(result, Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock);
    // This is less than the library buffers. So it does not try to write with every message.
    let mut sent = 1;
    while !is_full(websocket.send(Message::binary(vec![0; 50 << 10]))) {
        sent += 1;
    }
    let behind = next_line(line_here!());
    websocket.write(Message::text("behind it")).unwrap();
    // A second connection has a message that really waits. When it has its report, the first would have been found, too.
    let (other, _other_peer) = connection();
    let mut other = WebSocket::from_raw_socket(other, Role::Server, None);
    let late = next_line(line_here!());
    other.write(Message::text("late")).unwrap();
    report_of(late, |report| report.open);
    assert_eq!(
        redhanded::reports()
            .into_iter()
            .filter(|report| behind.is_of(report, 0))
            .count(),
        0
    );

    let reader = crate::common::start("peer", move || peer.takes(sent * (4 + (50 << 10)) + 2 + 9));
    while is_full(websocket.flush()) {
        std::thread::yield_now();
    }
    reader.result();
    // There is room again, but the program does not flush.
    let queued = next_line(line_here!());
    websocket.write(Message::text("forgotten")).unwrap();
    report_of(queued, |report| report.open);
}
