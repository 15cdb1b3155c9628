//! `WebSocketStream`: closing in both forms, being closed, and what is left afterwards.

use crate::messages::raw_socket;
use crate::one_to_one;
use crate::polled::{Polled, drive, poll_once};
use crate::scripted::Scripted;
use crate::steps::{CLOSE, FINAL, PING, TEXT, from_client, from_server};
use futures_util::sink::SinkExt;
use futures_util::stream::{FusedStream, StreamExt};
use redhanded::raw::tungstenite::Message;
use redhanded::raw::tungstenite::protocol::Role;
use redhanded::raw::tungstenite::protocol::frame::{CloseFrame, coding::CloseCode};
use std::io::ErrorKind;

const BLOCKED: ErrorKind = ErrorKind::WouldBlock;

/// The ways to close.
#[derive(Clone, Copy)]
enum Form {
    OfTheStream,
    WithACode,
    OfTheSink,
    ByAMessage,
}

const FORMS: [Form; 4] = [
    Form::OfTheStream,
    Form::WithACode,
    Form::OfTheSink,
    Form::ByAMessage,
];

/// Closes in one of the forms, and polls until it is closed.
macro_rules! close {
    ($socket:expr, $form:expr) => {
        match $form {
            Form::OfTheStream => drive($socket.close(None)),
            Form::WithACode => drive($socket.close(Some(going_away()))),
            Form::OfTheSink => drive(SinkExt::close(&mut $socket)),
            Form::ByAMessage => drive($socket.send(Message::Close(None))),
        }
    };
}

fn going_away() -> CloseFrame {
    CloseFrame {
        code: CloseCode::Away,
        reason: "going away".into(),
    }
}

#[test]
fn closing_waits_for_the_answer_in_every_form() {
    for role in [Role::Server, Role::Client] {
        let frame = if role == Role::Server {
            from_client
        } else {
            from_server
        };
        for form in FORMS {
            let seen = one_to_one!(lib, log => {
                let script = Scripted::new(&log).takes(1).fails_to_write(BLOCKED).gives(frame(FINAL | TEXT, b"before"));
                let script = script.gives(frame(FINAL | PING, b"no pong")).fails_to_read(BLOCKED);
                let script = script.gives(frame(FINAL | CLOSE, b"")).ends().fails_to_flush(BLOCKED);
                let script = if role == Role::Client { script.masked() } else { script };
                let mut socket = raw_socket!(lib, Polled::new(&log, script), role);
                log.note("close", close!(socket, form));
                log.note("close again", close!(socket, form));
                log.note_error("send", drive(socket.send(Message::text("late"))).unwrap());
                for _ in 0..7 {
                    log.note("next", poll_once(socket.next()));
                    log.note("terminated", socket.is_terminated());
                }
                log.note("close", close!(socket, form));
                log.note_frames();
            });
            assert_eq!(
                seen.iter().filter(|line| line.starts_with("frame")).count(),
                1,
                "{seen:#?}"
            );
            assert!(seen.contains(&"terminated = true".to_owned()), "{seen:#?}");
        }
    }
}

#[test]
fn a_close_behind_what_is_queued_is_pending_until_all_is_written() {
    for form in FORMS {
        one_to_one!(lib, log => {
            let script = Scripted::new(&log).takes(3).fails_to_write(BLOCKED).takes(2).fails_to_write(BLOCKED);
            let mut socket = raw_socket!(lib, Polled::new(&log, script), Role::Server);
            log.note("feed", drive(socket.feed(Message::text("queued"))));
            log.note("close", close!(socket, form));
            log.note("close", close!(socket, form));
            log.note("socket", &socket);
            log.note_frames();
        });
    }
}

#[test]
fn a_close_of_the_peer_is_answered_and_the_stream_is_fused() {
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
            let seen = one_to_one!(lib, log => {
                let script = Scripted::new(&log).gives(frame(FINAL | CLOSE, payload)).gives(frame(FINAL | TEXT, b"late"));
                let script = script.ends().takes(1).fails_to_write(BLOCKED);
                let script = if role == Role::Client { script.masked() } else { script };
                let mut socket = raw_socket!(lib, Polled::new(&log, script), role);
                for _ in 0..5 {
                    log.note("next", poll_once(socket.next()));
                    log.note("terminated", socket.is_terminated());
                }
                log.note("send", drive(socket.send(Message::text("late"))));
                log.note("flush", drive(SinkExt::flush(&mut socket)));
                log.note("close", drive(socket.close(None)));
                log.note("close", drive(SinkExt::close(&mut socket)));
                log.note_frames();
            });
            assert!(seen.contains(&"terminated = true".to_owned()), "{seen:#?}");
        }
    }
}

#[test]
fn a_reset_after_closing_is_the_end_and_before_it_an_error() {
    for closes in [true, false] {
        let seen = one_to_one!(lib, log => {
            let script = Scripted::new(&log);
            let script = if closes { script.gives(from_client(FINAL | CLOSE, b"")) } else { script };
            let script = script.fails_to_read(ErrorKind::ConnectionReset).ends();
            let mut socket = raw_socket!(lib, Polled::new(&log, script), Role::Server);
            for _ in 0..4 {
                log.note("next", (drive(socket.next()), socket.is_terminated()));
            }
        });
        assert_eq!(
            seen.iter().any(|line| line.contains("Err(Io")),
            !closes,
            "{seen:#?}"
        );
    }
}

#[test]
fn errors_while_closing_come_through_in_every_form() {
    for form in FORMS {
        for kind in [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset] {
            one_to_one!(lib, log => {
                let script = Scripted::new(&log).fails_to_write(kind).takes(1).fails_to_write(BLOCKED).fails_to_flush(kind);
                let mut socket = raw_socket!(lib, Polled::new(&log, script), Role::Server);
                for _ in 0..3 {
                    log.note("close", close!(socket, form));
                }
            });
        }
    }
}
