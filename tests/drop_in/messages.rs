//! `WebSocket`: sending, buffering, flushing, reading, pings and closing.

use crate::one_to_one;
use crate::scripted::Scripted;
use crate::steps::{CLOSE, CONTINUATION, FINAL, PING, PONG, TEXT, from_client, from_server};
use crate::wrong;
use redhanded::tungstenite::protocol::frame::{CloseFrame, Frame, coding};
use redhanded::tungstenite::protocol::{Role, WebSocketConfig};
use redhanded::tungstenite::{Bytes, Message};
use std::io::ErrorKind;

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
        Message::Close(Some(going_away())),
    ]
}

fn going_away() -> CloseFrame {
    CloseFrame {
        code: coding::CloseCode::Away,
        reason: "going away".into(),
    }
}

#[test]
fn every_kind_of_message_is_sent_with_the_same_calls() {
    for role in [Role::Server, Role::Client] {
        let seen = one_to_one!(lib, log => {
            let stream = if role == Role::Client { Scripted::new(&log).masked() } else { Scripted::new(&log) };
            let mut socket = lib::WebSocket::from_raw_socket(stream, role, None);
            for message in every_kind() {
                log.note("send", socket.send(message));
            }
            log.note("can write", (socket.can_read(), socket.can_write()));
            log.note_error("send after close", socket.send(Message::text("late")));
            log.note_frames();
        });
        assert_eq!(
            seen.iter().filter(|line| line.starts_with("frame")).count(),
            8
        );
    }
}

#[test]
fn written_messages_wait_in_the_buffer_until_it_is_full_or_flushed() {
    let seen = one_to_one!(lib, log => {
        let config = WebSocketConfig::default().write_buffer_size(20);
        let mut socket = lib::WebSocket::from_raw_socket(Scripted::new(&log), Role::Server, Some(config));
        for round in 0..7 {
            log.note("write", socket.write(Message::text(format!("round {round}"))));
        }
        for message in every_kind() {
            log.note("write", socket.write(message));
        }
        log.note("flush", socket.flush());
        log.note("flush again", socket.flush());
        log.note("socket", &socket);
    });
    assert!(
        seen[0].starts_with("write = Ok"),
        "the first message is only buffered: {}",
        seen[0]
    );
}

#[test]
fn a_partial_write_is_continued_where_it_stopped() {
    one_to_one!(lib, log => {
        let stream = Scripted::new(&log).takes(1).takes(2).takes(3).fails_to_write(ErrorKind::WouldBlock).takes(1);
        let mut socket = lib::WebSocket::from_raw_socket(stream, Role::Server, None);
        log.note("send", socket.send(Message::text("twenty bytes of text")));
        log.note("flush", socket.flush());
        log.note("send", socket.send(Message::text("next")));
        log.note_frames();
    });
}

#[test]
fn a_stream_that_would_block_gives_the_same_errors_and_loses_nothing() {
    one_to_one!(lib, log => {
        let blocked = ErrorKind::WouldBlock;
        let stream = Scripted::new(&log).fails_to_write(blocked).fails_to_write(blocked).takes(4).fails_to_write(blocked);
        let stream = stream.fails_to_flush(blocked).flushes().fails_to_flush(blocked);
        let mut socket = lib::WebSocket::from_raw_socket(stream, Role::Server, None);
        for round in 0..6 {
            log.note("send", socket.send(Message::text(format!("round {round}"))));
            log.note("flush", socket.flush());
            log.note("read", socket.read());
        }
        log.note_frames();
    });
}

#[test]
fn every_error_of_the_stream_comes_through() {
    let kinds = [
        ErrorKind::Interrupted,
        ErrorKind::BrokenPipe,
        ErrorKind::ConnectionReset,
        ErrorKind::TimedOut,
    ];
    for kind in kinds {
        one_to_one!(lib, log => {
            let stream = Scripted::new(&log).fails_to_write(kind).takes(3).fails_to_write(kind).fails_to_flush(kind);
            let mut socket = lib::WebSocket::from_raw_socket(stream.fails_to_read(kind), Role::Server, None);
            for _ in 0..3 {
                log.note("send", socket.send(Message::text("text")));
                log.note("read", socket.read());
            }
            log.note("close", socket.close(None));
            log.note("can", (socket.can_read(), socket.can_write()));
        });
    }
}

#[test]
fn a_stream_that_takes_nothing_is_a_reset_connection() {
    let seen = one_to_one!(lib, log => {
        let stream = Scripted::new(&log).takes(0).takes(5).takes(0);
        let mut socket = lib::WebSocket::from_raw_socket(stream, Role::Server, None);
        log.note_error("send", socket.send(Message::text("text")));
        log.note_error("flush", socket.flush());
        log.note("flush", socket.flush());
    });
    assert!(
        seen[1].contains("Connection reset while sending"),
        "{}",
        seen[1]
    );
}

#[test]
fn a_full_write_buffer_gives_the_message_back() {
    one_to_one!(lib, log => {
        let config = WebSocketConfig::default().write_buffer_size(0).max_write_buffer_size(20);
        let stream = Scripted::new(&log).fails_to_write(ErrorKind::WouldBlock).fails_to_write(ErrorKind::WouldBlock);
        let stream = stream.gives(from_client(FINAL | PING, b"a ping for a full buffer"));
        let mut socket = lib::WebSocket::from_raw_socket(stream, Role::Server, Some(config));
        log.note("send", socket.send(Message::text("first message")));
        log.note_error("send", socket.send(Message::text("second message")));
        log.note("read", socket.read());
        log.note("read", socket.read());
        log.note("flush", socket.flush());
        log.note_error("send", socket.send(Message::binary(vec![0; 30])));
        log.note_frames();
    });
}

#[test]
fn a_ping_is_answered_by_the_next_call_that_writes_or_reads() {
    for role in [Role::Server, Role::Client] {
        let frame = if role == Role::Server {
            from_client
        } else {
            from_server
        };
        let seen = one_to_one!(lib, log => {
            let stream = Scripted::new(&log).gives(frame(FINAL | PING, b"one")).gives(frame(FINAL | PING, b"two"));
            let stream = stream.gives(frame(FINAL | TEXT, b"text")).gives(frame(FINAL | PING, b"three"));
            let stream = if role == Role::Client { stream.masked() } else { stream };
            let mut socket = lib::WebSocket::from_raw_socket(stream, role, None);
            for _ in 0..4 {
                log.note("read", socket.read());
            }
            log.note("write", socket.write(Message::text("carries the pong")));
            log.note("read", socket.read());
            log.note_frames();
        });
        assert!(
            seen.iter()
                .any(|line| line.starts_with("frame = (138") && line.contains("[111, 110, 101]"))
        );
    }
}

#[test]
fn a_pong_that_would_block_is_tried_again_while_reading_goes_on() {
    one_to_one!(lib, log => {
        let blocked = ErrorKind::WouldBlock;
        let stream = Scripted::new(&log).gives(from_client(FINAL | PING, b"one")).gives(from_client(FINAL | TEXT, b"text"));
        let stream = stream.fails_to_write(blocked).takes(1).fails_to_write(blocked).takes(1).fails_to_flush(blocked);
        let mut socket = lib::WebSocket::from_raw_socket(stream, Role::Server, None);
        for _ in 0..6 {
            log.note("read", socket.read());
        }
        log.note_frames();
    });
}

#[test]
fn an_error_while_a_pong_is_written_comes_from_the_read() {
    one_to_one!(lib, log => {
        let stream = Scripted::new(&log).gives(from_client(FINAL | PING, b"one")).fails_to_write(ErrorKind::BrokenPipe);
        let mut socket = lib::WebSocket::from_raw_socket(stream, Role::Server, None);
        log.note("read", socket.read());
        log.note_error("read", socket.read());
        log.note("read", socket.read());
    });
}

#[test]
fn a_close_is_answered_and_ends_the_connection() {
    for role in [Role::Server, Role::Client] {
        let frame = if role == Role::Server {
            from_client
        } else {
            from_server
        };
        for payload in [
            &b""[..],
            b"\x03\xe8bye",
            b"\x03\xee",
            b"\x00",
            b"\x03\xe8\xff",
        ] {
            one_to_one!(lib, log => {
                let stream = Scripted::new(&log).gives(frame(FINAL | CLOSE, payload)).gives(frame(FINAL | TEXT, b"late"));
                let stream = if role == Role::Client { stream.masked() } else { stream };
                let mut socket = lib::WebSocket::from_raw_socket(stream.ends(), role, None);
                for _ in 0..4 {
                    log.note("read", socket.read());
                    log.note("can", (socket.can_read(), socket.can_write()));
                }
                log.note("write", socket.write(Message::text("late")));
                log.note("flush", socket.flush());
                log.note("close", socket.close(None));
                log.note_frames();
            });
        }
    }
}

#[test]
fn closing_waits_for_the_answer() {
    for role in [Role::Server, Role::Client] {
        let frame = if role == Role::Server {
            from_client
        } else {
            from_server
        };
        for code in [None, Some(going_away())] {
            one_to_one!(lib, log => {
                let blocked = ErrorKind::WouldBlock;
                let stream = Scripted::new(&log).takes(1).fails_to_write(blocked).gives(frame(FINAL | TEXT, b"before"));
                let stream = stream.gives(frame(FINAL | PING, b"no pong")).gives(frame(FINAL | CLOSE, b"")).ends();
                let stream = if role == Role::Client { stream.masked() } else { stream };
                let mut socket = lib::WebSocket::from_raw_socket(stream, role, None);
                log.note("close", socket.close(code.clone()));
                log.note("close", socket.close(None));
                log.note_error("send", socket.send(Message::text("late")));
                for _ in 0..5 {
                    log.note("read", socket.read());
                }
                log.note("close", socket.close(None));
                log.note_frames();
            });
        }
    }
}

#[test]
fn a_reset_after_closing_is_a_closed_connection_and_before_it_an_error() {
    for closes in [true, false] {
        one_to_one!(lib, log => {
            let stream = Scripted::new(&log);
            let stream = if closes { stream.gives(from_client(FINAL | CLOSE, b"")) } else { stream };
            let stream = stream.fails_to_read(ErrorKind::ConnectionReset).ends();
            let mut socket = lib::WebSocket::from_raw_socket(stream, Role::Server, None);
            for _ in 0..4 {
                log.note("read", socket.read());
            }
        });
    }
}

#[test]
fn fragments_are_put_together_whatever_comes_between() {
    one_to_one!(lib, log => {
        let stream = Scripted::new(&log).gives(from_client(TEXT, b"one ")).gives(from_client(FINAL | PING, b"!"));
        let stream = stream.gives(from_client(CONTINUATION, b"two ")).gives(from_client(FINAL | PONG, b"?"));
        let stream = stream.gives(from_client(FINAL | CONTINUATION, b"three"));
        let mut socket = lib::WebSocket::from_raw_socket(stream, Role::Server, None);
        for _ in 0..5 {
            log.note("read", socket.read());
        }
    });
}

#[test]
fn what_breaks_the_protocol_gives_the_same_error() {
    for bytes in wrong::frames() {
        one_to_one!(lib, log => {
            let config = WebSocketConfig::default().max_message_size(Some(64)).max_frame_size(Some(64));
            let stream = Scripted::new(&log).gives(&bytes).ends();
            let mut socket = lib::WebSocket::from_raw_socket(stream, Role::Server, Some(config));
            log.note_error("read", socket.read());
            log.note("read", socket.read());
            log.note("socket", &socket);
        });
    }
}

#[test]
fn what_was_read_before_is_read_first() {
    let part = [
        from_client(FINAL | PING, b"ping"),
        from_client(FINAL | TEXT, b"text"),
    ]
    .concat();
    one_to_one!(lib, log => {
        let stream = Scripted::new(&log).gives(&part[9..]);
        let config = WebSocketConfig::default().read_buffer_size(8);
        let mut socket =
            lib::WebSocket::from_partially_read(stream, part[..9].to_vec(), Role::Server, Some(config));
        for _ in 0..3 {
            log.note("read", socket.read());
        }
    });
}

#[test]
#[allow(deprecated)] // The deprecated names are what is tested.
fn the_deprecated_names_do_the_same() {
    one_to_one!(lib, log => {
        let stream = Scripted::new(&log).gives(from_client(FINAL | PING, b"one")).takes(2);
        let mut socket = lib::WebSocket::from_raw_socket(stream, Role::Server, None);
        log.note("read_message", socket.read_message());
        log.note("write_message", socket.write_message(Message::text("text")));
        log.note("read_message", socket.read_message());
        log.note("write_pending", socket.write_pending());
    });
}

#[test]
fn the_configuration_can_be_read_and_changed_in_use() {
    one_to_one!(lib, log => {
        let mut socket = lib::WebSocket::from_raw_socket(Scripted::new(&log), Role::Server, None);
        log.note("config", socket.get_config());
        log.note("write", socket.write(Message::text("buffered")));
        socket.set_config(|config| config.write_buffer_size = 0);
        log.note("config", socket.get_config());
        log.note("write", socket.write(Message::text("written through")));
        log.note_panic("invalid", || socket.set_config(|config| config.max_write_buffer_size = 0));
        let invalid = WebSocketConfig::default().max_write_buffer_size(1);
        log.note_panic("invalid", || lib::WebSocket::from_raw_socket((), Role::Client, Some(invalid)));
        log.note_panic("invalid", || lib::WebSocket::from_partially_read((), vec![], Role::Client, Some(invalid)));
    });
}

#[test]
fn the_stream_that_is_given_out_is_the_users_own() {
    one_to_one!(lib, log => {
        let mut socket = lib::WebSocket::from_raw_socket(Scripted::new(&log), Role::Server, None);
        let stream: &Scripted = socket.get_ref();
        log.note("get_ref", stream);
        socket.get_mut().will_give(from_client(FINAL | TEXT, b"put in by hand"));
        log.note("read", socket.read());
        *socket.get_mut() = Scripted::new(&log).takes(3);
        log.note("send", socket.send(Message::text("to another stream")));
        let stream: Scripted = socket.into_inner();
        log.note("into_inner", stream);
    });
}
