//! The wrong programs.

use crate::common::connection::{connection, is_full, make_room};
use crate::common::peer::BIG;
use crate::common::{big_message, start};
use crate::{
    cancelled_write, caught, half_a_frame, held_over_a_read, hidden_writer, lock_per_fragment,
    never_flushed, opposite_order, report_when, reports_of, two_users,
};
use redhanded::report::{Kind, Report};
use redhanded::sync::{Arc, Barrier, Exclusive, Mutex};
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::{Data, OpCode};
use redhanded::tungstenite::{Message, WebSocket};
use std::thread;
use std::time::Duration;

/// How many findings there are of a program.
fn count(program: &str) -> u64 {
    reports_of(program).iter().map(|report| report.count).sum()
}

/// Waits for one more finding, which may still be open.
#[track_caller]
fn found_since(before: u64, program: &str) -> Report {
    report_when(program, |report| report.count > before)
}

#[test]
fn a_reader_that_answers_pings_beside_a_writer() {
    let kind = if cfg!(target_os = "linux") {
        Kind::TornFrame
    } else {
        Kind::Overlap
    };
    caught("hidden_writer", kind, || {
        let (socket, mut peer) = connection();
        let clone = socket.try_clone().unwrap();
        let [mut writer, mut reader] = hidden_writer::open(socket).unwrap();
        let uploader = start("uploader", move || {
            hidden_writer::upload(&mut writer, big_message())
        });
        peer.sees_a_byte();
        peer.sends(Role::Client, Message::Ping(vec![1, 2].into()));
        peer.sends(Role::Client, Message::text("behind the ping"));
        is_full(&clone);
        uploader.sleeps();
        make_room(&clone);
        // The pong is written when the next message is read, and the upload is still stuck.
        let read = move || hidden_writer::read_on(&mut reader, |message| !message.is_text());
        start("reader", read).result().unwrap();
        peer.takes(10 + BIG + 2 + 2);
        uploader.result().unwrap();
    });
}

#[test]
fn another_object_inside_what_is_left_of_a_frame() {
    caught("half_a_frame", Kind::TornFrame, || {
        let (socket, mut peer) = connection();
        socket.set_nonblocking(true).unwrap();
        let clone = socket.try_clone().unwrap();
        let mut notices =
            WebSocket::from_raw_socket(socket.try_clone().unwrap(), Role::Server, None);
        let mut uploads = WebSocket::from_raw_socket(socket, Role::Server, None);
        half_a_frame::start_upload(&mut uploads, big_message()).unwrap();
        make_room(&clone);
        half_a_frame::notify(&mut notices).unwrap();
        peer.sees_a_byte();
    });
}

#[test]
fn a_lock_for_each_fragment() {
    let fragment =
        |data, is_final| Message::Frame(Frame::message(vec![7; 3], OpCode::Data(data), is_final));
    caught("lock_per_fragment", Kind::TornMessage, || {
        let (socket, mut peer) = connection();
        let shared = Mutex::new(WebSocket::from_raw_socket(socket, Role::Server, None));
        // This is what the threads of such a program do between two turns of the loop.
        lock_per_fragment::upload(&shared, vec![fragment(Data::Binary, false)]).unwrap();
        thread::scope(|scope| {
            let notice = || lock_per_fragment::upload(&shared, vec![Message::text("hello")]);
            scope.spawn(notice).join().unwrap().unwrap();
        });
        lock_per_fragment::upload(&shared, vec![fragment(Data::Continue, true)]).unwrap();
        peer.takes(5 + 7 + 5);
    });
}

#[test]
fn a_write_that_a_timeout_drops_half_way() {
    use fastwebsockets::{Frame, OpCode, Payload, WebSocket};
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    caught("cancelled_write", Kind::AbandonedWrite, || {
        let (socket, peer) = connection();
        socket.set_nonblocking(true).unwrap();
        runtime().block_on(async move {
            let stream = redhanded::Tap::new(tokio::net::TcpStream::from_std(socket).unwrap());
            let mut server = WebSocket::after_handshake(stream, fastwebsockets::Role::Server);
            let prices = Frame::new(true, OpCode::Binary, None, Payload::Owned(vec![7; BIG]));
            let status = Frame::text(Payload::Borrowed(b"all is well"));
            // `join` polls the publisher first. So its timer is the earlier one, and when the second one has
            // expired, the publisher's write is already dropped. Only then does the peer read.
            let read = async {
                tokio::time::sleep(Duration::from_millis(1)).await;
                start("peer", move || {
                    let mut peer = peer.stream;
                    std::io::copy(&mut peer, &mut std::io::sink()).unwrap()
                })
            };
            let publish = cancelled_write::publish(&mut server, prices, status);
            let (published, reader) = futures_util::future::join(publish, read).await;
            published.unwrap();
            drop(server);
            assert!(
                reader.result() < BIG as u64,
                "a part of the frame was never sent"
            );
        });
    });
}

#[test]
fn two_users_of_a_value_that_only_one_may_use() {
    caught("two_users", Kind::Overlap, || {
        let (socket, mut peer) = connection();
        let shared = Arc::new(Exclusive::new(WebSocket::from_raw_socket(
            socket,
            Role::Server,
            None,
        )));
        let (uploads, notices) = (shared.clone(), shared);
        let uploader = start("uploader", move || {
            two_users::upload(&uploads, big_message())
        });
        peer.sees_a_byte();
        let notifier = start("notifier", move || {
            two_users::notify(&notices, Message::text("hello"))
        });
        notifier.sleeps();
        peer.takes(10 + BIG + 2 + 5);
        uploader.result().unwrap();
        notifier.result().unwrap();
    });
}

#[test]
fn a_lock_held_over_a_read() {
    caught("held_over_a_read", Kind::Stall, || {
        let (socket, mut peer) = connection();
        let shared = Arc::new(Mutex::new(WebSocket::from_raw_socket(
            socket,
            Role::Server,
            None,
        )));
        let (reads, sends) = (shared.clone(), shared.clone());
        let before = count("held_over_a_read");
        let reader = start("reader", move || held_over_a_read::read(&reads));
        crate::until("the reader", || shared.try_lock().is_err().then_some(()));
        reader.sleeps();
        let writer = start("writer", move || {
            held_over_a_read::send(&sends, Message::text("hello"))
        });
        found_since(before, "held_over_a_read");
        peer.sends(Role::Client, Message::text("at last"));
        assert_eq!(reader.result().unwrap(), Message::text("at last"));
        writer.result().unwrap();
    });
}

#[test]
fn a_message_that_is_never_flushed() {
    caught("never_flushed", Kind::Stall, || {
        let (socket, peer) = connection();
        let before = count("never_flushed");
        let mut websocket = WebSocket::from_raw_socket(socket, Role::Server, None);
        never_flushed::publish(&mut websocket, &["1.00", "1.01"]).unwrap();
        let report = found_since(before, "never_flushed");
        assert!(
            report.summary.contains("and 1 more behind it")
                && report.summary.contains("8 B of payload"),
            "{report}"
        );
        drop((websocket, peer));
    });
}

#[test]
fn two_locks_in_opposite_order() {
    caught("opposite_order", Kind::Stall, || {
        let (room, connection) = (Arc::new(Mutex::new(vec![])), Arc::new(Mutex::new(vec![])));
        let both_have_one = Arc::new(Barrier::new(2));
        let (joins, leaves) = (
            (room.clone(), connection.clone(), both_have_one.clone()),
            (room, connection, both_have_one),
        );
        // These threads never end, so the test does not wait for them.
        start("joins", move || {
            opposite_order::join(&joins.0, &joins.1, || _ = joins.2.wait())
        });
        start("leaves", move || {
            opposite_order::leave(&leaves.0, &leaves.1, || _ = leaves.2.wait())
        });
        report_when("opposite_order", |report| {
            report.summary.starts_with("deadlock: ")
        });
    });
}
