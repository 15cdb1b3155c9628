//! `WebSocketStream`: sending, feeding, flushing, reading, and the stream in hand.

use crate::one_to_one;
use crate::polled::{Polled, drive, poll_once};
use crate::scripted::Scripted;
use crate::steps::{CONTINUATION, FINAL, PING, PONG, TEXT, from_client, from_server};
use crate::wrong;
use futures_util::sink::SinkExt;
use futures_util::stream::{self, FusedStream, Stream, StreamExt};
use redhanded::raw::tungstenite::protocol::frame::{CloseFrame, Frame, coding};
use redhanded::raw::tungstenite::protocol::{Role, WebSocketConfig};
use redhanded::raw::tungstenite::{Bytes, Error, Message};
use std::io::ErrorKind;

const BLOCKED: ErrorKind = ErrorKind::WouldBlock;

fn every_kind() -> [Message; 8] {
    let fragment =
        |data, is_final| Frame::message("fragment", coding::OpCode::Data(data), is_final);
    [
        Message::text("text"),
        Message::binary(vec![7; 300]),
        Message::binary(vec![8; 70_000]),
        Message::Ping(Bytes::from_static(b"ping")),
        Message::Pong(Bytes::from_static(b"pong")),
        Message::Frame(fragment(coding::Data::Text, false)),
        Message::Frame(fragment(coding::Data::Continue, true)),
        Message::Close(Some(CloseFrame {
            code: coding::CloseCode::Away,
            reason: "going away".into(),
        })),
    ]
}

/// A stream without a handshake, which is ready at the first poll.
macro_rules! raw_socket {
    ($lib:ident, $stream:expr, $role:expr) => {
        raw_socket!($lib, $stream, $role, None)
    };
    ($lib:ident, $stream:expr, $role:expr, $config:expr) => {
        drive($lib::WebSocketStream::from_raw_socket(
            $stream, $role, $config,
        ))
        .expect("the first poll makes it")
    };
}
pub(crate) use raw_socket;

#[test]
fn every_kind_of_message_is_sent_with_the_same_calls() {
    for role in [Role::Server, Role::Client] {
        let seen = one_to_one!(lib, log => {
            let script = if role == Role::Client { Scripted::new(&log).masked() } else { Scripted::new(&log) };
            let mut socket = raw_socket!(lib, Polled::new(&log, script), role);
            for message in every_kind() {
                log.note("send", poll_once(socket.send(message)));
            }
            log.note_error("send after close", drive(socket.send(Message::text("late"))).unwrap());
            log.note_frames();
        });
        assert_eq!(
            seen.iter().filter(|line| line.starts_with("frame")).count(),
            8
        );
    }
}

#[test]
fn messages_that_are_fed_wait_in_the_buffer_until_it_is_full_or_flushed() {
    let seen = one_to_one!(lib, log => {
        let config = WebSocketConfig::default().write_buffer_size(20);
        let mut socket = raw_socket!(lib, Polled::new(&log, Scripted::new(&log)), Role::Server, Some(config));
        for round in 0..7 {
            log.note("feed", poll_once(socket.feed(Message::text(format!("round {round}")))));
        }
        for message in every_kind() {
            log.note("feed", poll_once(socket.feed(message)));
        }
        log.note("flush", poll_once(SinkExt::flush(&mut socket)));
        log.note("flush again", poll_once(SinkExt::flush(&mut socket)));
        log.note("socket", &socket);
    });
    assert!(
        seen[0].starts_with("feed = Ready(Ok"),
        "the first message is only buffered: {}",
        seen[0]
    );
}

#[test]
fn a_whole_stream_of_messages_is_sent_and_flushed_once() {
    let seen = one_to_one!(lib, log => {
        let script = Scripted::new(&log).takes(5).fails_to_write(BLOCKED).takes(1);
        let mut socket = raw_socket!(lib, Polled::new(&log, script), Role::Server);
        let mut messages = stream::iter((0..5).map(|round| Ok(Message::text(format!("round {round}")))));
        log.note("send_all", drive(socket.send_all(&mut messages)));
        let mut failing = stream::iter([Ok(Message::text("before")), Err(Error::AttackAttempt), Ok(Message::text("no"))]);
        log.note_error("send_all", drive(socket.send_all(&mut failing)).unwrap());
        log.note("flush", drive(SinkExt::flush(&mut socket)));
        log.note_frames();
    });
    assert_eq!(
        seen.iter()
            .filter(|line| line.starts_with("flush()"))
            .count(),
        2,
        "{seen:#?}"
    );
    assert_eq!(
        seen.iter().filter(|line| line.starts_with("frame")).count(),
        6,
        "{seen:#?}"
    );
}

#[test]
fn a_send_that_is_pending_is_continued_where_it_stopped() {
    let seen = one_to_one!(lib, log => {
        let script = Scripted::new(&log).takes(1).fails_to_write(BLOCKED).takes(2).fails_to_write(BLOCKED).takes(3);
        let script = script.fails_to_write(BLOCKED).fails_to_write(BLOCKED).takes(4).takes(usize::MAX);
        let script = script.fails_to_flush(BLOCKED).flushes().fails_to_flush(BLOCKED);
        let mut socket = raw_socket!(lib, Polled::new(&log, script), Role::Server);
        log.note("send", drive(socket.send(Message::text("twenty bytes of text"))));
        log.note("send", drive(socket.send(Message::text("next"))));
        log.note_frames();
    });
    assert_eq!(
        seen.iter()
            .filter(|line| line.contains("WouldBlock"))
            .count(),
        6,
        "{seen:#?}"
    );
}

#[test]
fn a_send_that_is_dropped_half_way_is_finished_by_what_comes_next() {
    for next in 0..4 {
        one_to_one!(lib, log => {
            let script = Scripted::new(&log).takes(3).fails_to_write(BLOCKED).takes(2).fails_to_write(BLOCKED);
            let mut socket = raw_socket!(lib, Polled::new(&log, script), Role::Server);
            log.note("send", poll_once(socket.send(Message::text("twenty bytes of text"))));
            match next {
                0 => log.note("send", drive(socket.send(Message::text("next")))),
                1 => log.note("flush", drive(SinkExt::flush(&mut socket))),
                2 => log.note("next", drive(socket.next())),
                _ => log.note("close", drive(SinkExt::close(&mut socket))),
            }
            log.note("send", drive(socket.send(Message::text("last"))));
            log.note_frames();
        });
    }
}

#[test]
fn the_steps_of_a_sink_can_be_polled_one_by_one() {
    use futures_util::future::poll_fn;
    use futures_util::sink::Sink;
    use std::pin::Pin;
    one_to_one!(lib, log => {
        let script = Scripted::new(&log).fails_to_write(BLOCKED).fails_to_write(BLOCKED).takes(5);
        let config = WebSocketConfig::default().write_buffer_size(0).max_write_buffer_size(20);
        let mut socket = raw_socket!(lib, Polled::new(&log, script), Role::Server, Some(config));
        log.note("ready", poll_once(poll_fn(|context| Pin::new(&mut socket).poll_ready(context))));
        log.note("start", Pin::new(&mut socket).start_send(Message::text("first message")));
        log.note("ready", poll_once(poll_fn(|context| Pin::new(&mut socket).poll_ready(context))));
        // This is allowed although the sink is not ready.
        log.note_error("start", Pin::new(&mut socket).start_send(Message::text("second message")));
        log.note("ready", drive(poll_fn(|context| Pin::new(&mut socket).poll_ready(context))));
        log.note_error("start", Pin::new(&mut socket).start_send(Message::binary(vec![0; 30])));
        log.note("flush", drive(poll_fn(|context| Pin::new(&mut socket).poll_flush(context))));
        log.note("close", drive(poll_fn(|context| Pin::new(&mut socket).poll_close(context))));
        log.note_frames();
    });
}

#[test]
fn every_error_of_the_stream_comes_through() {
    for kind in [
        ErrorKind::Interrupted,
        ErrorKind::BrokenPipe,
        ErrorKind::ConnectionReset,
        ErrorKind::TimedOut,
    ] {
        one_to_one!(lib, log => {
            let script = Scripted::new(&log).fails_to_write(kind).takes(3).fails_to_write(kind).fails_to_flush(kind);
            let mut socket = raw_socket!(lib, Polled::new(&log, script.fails_to_read(kind)), Role::Server);
            for _ in 0..3 {
                log.note("send", drive(socket.send(Message::text("text"))));
                log.note("next", drive(socket.next()));
                log.note("terminated", socket.is_terminated());
            }
            log.note("close", drive(SinkExt::close(&mut socket)));
        });
    }
    one_to_one!(lib, log => {
        let mut socket = raw_socket!(lib, Polled::new(&log, Scripted::new(&log).takes(0).takes(5).takes(0)), Role::Server);
        log.note_error("takes nothing", drive(socket.send(Message::text("text"))).unwrap());
        log.note_error("takes nothing", drive(SinkExt::flush(&mut socket)).unwrap());
    });
}

#[test]
fn a_ping_is_answered_by_the_stream_as_it_is_read() {
    for role in [Role::Server, Role::Client] {
        let frame = if role == Role::Server {
            from_client
        } else {
            from_server
        };
        let seen = one_to_one!(lib, log => {
            let script = Scripted::new(&log).gives(frame(FINAL | PING, b"one")).gives(frame(FINAL | PING, b"two"));
            let script = script.gives(frame(FINAL | TEXT, b"text")).fails_to_read(BLOCKED).gives(frame(FINAL | PONG, b""));
            let script = script.takes(2).fails_to_write(BLOCKED).fails_to_write(BLOCKED).fails_to_flush(BLOCKED);
            let script = if role == Role::Client { script.masked() } else { script };
            let mut socket = raw_socket!(lib, Polled::new(&log, script), role);
            for _ in 0..5 {
                log.note("next", poll_once(socket.next()));
            }
            log.note("send", drive(socket.send(Message::text("text"))));
            log.note_frames();
        });
        assert_eq!(
            seen.iter()
                .filter(|line| line.starts_with("frame = (138"))
                .count(),
            2,
            "{seen:#?}"
        );
    }
}

#[test]
fn fragments_are_put_together_whatever_comes_between() {
    one_to_one!(lib, log => {
        let script = Scripted::new(&log).gives(from_client(TEXT, b"one ")).gives(from_client(FINAL | PING, b"!"));
        let script = script.fails_to_read(BLOCKED).gives(from_client(CONTINUATION, b"two "));
        let script = script.gives(&from_client(FINAL | CONTINUATION, b"three")[..4]).fails_to_read(BLOCKED);
        let script = script.gives(&from_client(FINAL | CONTINUATION, b"three")[4..]).ends();
        let mut socket = raw_socket!(lib, Polled::new(&log, script), Role::Server);
        for _ in 0..8 {
            log.note("next", poll_once(socket.next()));
            log.note("size", socket.size_hint());
        }
    });
}

#[test]
fn what_breaks_the_protocol_gives_the_same_error_and_ends_the_stream() {
    for bytes in wrong::frames() {
        let seen = one_to_one!(lib, log => {
            let config = WebSocketConfig::default().max_message_size(Some(64)).max_frame_size(Some(64));
            let stream = Polled::new(&log, Scripted::new(&log).gives(&bytes).ends());
            let mut socket = raw_socket!(lib, stream, Role::Server, Some(config));
            log.note_error("next", drive(socket.next()).unwrap().expect("an error"));
            log.note("socket", &socket);
            log.note("next", (drive(socket.next()), socket.is_terminated()));
            log.note("send", drive(socket.send(Message::text("late"))));
        });
        assert!(
            seen.contains(&"next = (Some(None), true)".to_owned()),
            "{seen:#?}"
        );
    }
}

#[test]
fn what_was_read_before_is_read_first() {
    let part = [
        from_client(FINAL | PING, b"ping"),
        from_client(FINAL | TEXT, b"text"),
    ]
    .concat();
    let seen = one_to_one!(lib, log => {
        let stream = Polled::new(&log, Scripted::new(&log).gives(&part[9..]));
        let config = WebSocketConfig::default().read_buffer_size(8);
        let before = part[..9].to_vec();
        let mut socket =
            drive(lib::WebSocketStream::from_partially_read(stream, before, Role::Server, Some(config))).unwrap();
        for _ in 0..3 {
            log.note("next", poll_once(socket.next()));
        }
    });
    assert!(
        seen.iter()
            .any(|line| line.contains(r#"Text(Utf8Bytes(b"text"))"#)),
        "{seen:#?}"
    );
}

#[test]
fn an_invalid_configuration_panics() {
    one_to_one!(lib, log => {
        let invalid = WebSocketConfig::default().max_write_buffer_size(1);
        log.note_panic("raw", || {
            let stream = Polled::new(&log, Scripted::new(&log));
            drive(lib::WebSocketStream::from_raw_socket(stream, Role::Client, Some(invalid)))
        });
        log.note_panic("read", || {
            let stream = Polled::new(&log, Scripted::new(&log));
            drive(lib::WebSocketStream::from_partially_read(stream, vec![], Role::Client, Some(invalid)))
        });
    });
}

#[test]
fn the_stream_that_is_given_out_is_the_users_own() {
    one_to_one!(lib, log => {
        let config = WebSocketConfig::default().max_frame_size(Some(77));
        let mut socket = raw_socket!(lib, Polled::new(&log, Scripted::new(&log)), Role::Server, Some(config));
        let stream: &Polled = socket.get_ref();
        log.note("get_ref", stream);
        log.note("config", socket.get_config());
        socket.get_mut().script.will_give(from_client(FINAL | TEXT, b"put in by hand"));
        log.note("next", poll_once(socket.next()));
        *socket.get_mut() = Polled::new(&log, Scripted::new(&log).takes(3));
        log.note("send", poll_once(socket.send(Message::text("to another stream"))));
        let stream: Polled = socket.into_inner();
        log.note("into_inner", stream);
    });
}
