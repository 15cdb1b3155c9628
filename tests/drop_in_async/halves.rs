//! `WebSocketStream` in two halves and in `select!`: the right task is woken, and nothing is lost.

use crate::messages::raw_socket;
use crate::one_to_one;
use crate::polled::{Polled, Task, drive, poll_once};
use crate::scripted::Scripted;
use crate::steps::{BINARY, CLOSE, FINAL, PING, TEXT, from_client};
use futures_util::sink::{Sink, SinkExt};
use futures_util::stream::{Stream, StreamExt, TryStreamExt};
use redhanded::raw::tungstenite::Message;
use redhanded::raw::tungstenite::protocol::Role;
use std::future::ready;
use std::io::ErrorKind;
use std::pin::Pin;
use std::task::Context;

const BLOCKED: ErrorKind = ErrorKind::WouldBlock;

#[test]
fn a_stream_in_two_halves_makes_the_same_calls() {
    let seen = one_to_one!(lib, log => {
        let script = Scripted::new(&log).gives(from_client(FINAL | PING, b"one")).fails_to_read(BLOCKED);
        let script = script.gives(from_client(FINAL | TEXT, b"text")).takes(3).fails_to_write(BLOCKED).takes(1);
        let socket = raw_socket!(lib, Polled::new(&log, script), Role::Server);
        let (mut sink, mut stream) = socket.split();
        log.note("next", poll_once(stream.next()));
        log.note("send", poll_once(sink.send(Message::text("sent by the half that sends"))));
        for _ in 0..3 {
            log.note("next", poll_once(stream.next()));
        }
        log.note("send", drive(sink.send(Message::text("next"))));
        log.note("close", drive(sink.close()));
        let socket = sink.reunite(stream).unwrap();
        log.note("socket", &socket);
        log.note("into_inner", socket.into_inner());
        log.note_frames();
    });
    assert!(
        seen.iter().any(|line| line.starts_with("frame = (138")),
        "the pong: {seen:#?}"
    );
}

#[test]
fn what_is_forwarded_is_echoed_with_the_same_calls() {
    let seen = one_to_one!(lib, log => {
        let script = [(TEXT, &b"one"[..]), (PING, b"ping"), (BINARY, b"two"), (TEXT, b"three"), (CLOSE, b"")];
        let script = script.into_iter().fold(Scripted::new(&log), |script, (opcode, payload)| {
            script.gives(from_client(FINAL | opcode, payload)).fails_to_read(BLOCKED)
        });
        let script = script.ends().takes(2).fails_to_write(BLOCKED).takes(1).fails_to_flush(BLOCKED);
        let (sink, stream) = raw_socket!(lib, Polled::new(&log, script), Role::Server).split();
        let messages = stream.try_filter(|message| ready(message.is_text() || message.is_binary()));
        log.note("forward", drive(messages.forward(sink)));
        log.note_frames();
    });
    assert_eq!(
        seen.iter().filter(|line| line.starts_with("frame")).count(),
        5,
        "{seen:#?}"
    );
}

#[test]
fn each_half_is_woken_by_what_it_waits_for() {
    let seen = one_to_one!(lib, log => {
        let script = Scripted::new(&log).fails_to_write(BLOCKED).fails_to_write(BLOCKED).fails_to_write(BLOCKED);
        let script = script.gives(from_client(FINAL | PING, b"ping"));
        let stream = Polled::new(&log, script);
        let waiting = stream.waiting();
        let mut socket = raw_socket!(lib, stream, Role::Server);
        let ((reader, of_reader), (writer, of_writer)) = (Task::new(), Task::new());
        let (mut reads, mut writes) = (Context::from_waker(&of_reader), Context::from_waker(&of_writer));
        log.note("start", Pin::new(&mut socket).start_send(Message::text("text")));
        for _ in 0..2 {
            log.note("flush", Pin::new(&mut socket).poll_flush(&mut writes));
            log.note("wake writer", waiting.wake_writer());
            log.note("woken", (reader.woken(), writer.woken()));
            for _ in 0..2 {
                log.note("next", Pin::new(&mut socket).poll_next(&mut reads));
            }
            log.note("wake writer", waiting.wake_writer());
            log.note("woken", (reader.woken(), writer.woken()));
            log.note("wake reader", waiting.wake_reader());
            log.note("woken", (reader.woken(), writer.woken()));
        }
        log.note("close", Pin::new(&mut socket).poll_close(&mut writes));
        log.note("ready", Pin::new(&mut socket).poll_ready(&mut writes));
        log.note("wake", (waiting.wake_reader(), waiting.wake_writer()));
        log.note("woken", (reader.woken(), writer.woken()));
        log.note_frames();
    });
    assert!(
        seen.contains(&"woken = (0, 1)".to_owned()),
        "the writer alone: {seen:#?}"
    );
    assert!(
        seen.iter().any(|line| line.starts_with("woken = (1")),
        "the reader too: {seen:#?}"
    );
}

#[test]
fn a_handshake_is_woken_by_the_stream() {
    let seen = one_to_one!(lib, log => {
        let stream = Polled::new(&log, Scripted::new(&log));
        let waiting = stream.waiting();
        let (task, waker) = Task::new();
        let mut accepting = Box::pin(lib::accept_async(stream));
        for _ in 0..3 {
            log.note("accept", accepting.as_mut().poll(&mut Context::from_waker(&waker)).map_ok(drop));
            log.note("wake", (waiting.wake_reader(), waiting.wake_writer(), task.woken()));
        }
    });
    assert_eq!(seen.last().unwrap(), "wake = (true, false, 3)");
}

#[test]
fn a_branch_that_loses_in_a_select_loses_no_message() {
    let seen = one_to_one!(lib, log => {
        let script = Scripted::new(&log).gives(&from_client(FINAL | TEXT, b"half and half")[..9]).fails_to_read(BLOCKED);
        let script = script.gives(&from_client(FINAL | TEXT, b"half and half")[9..]);
        let script = script.takes(4).fails_to_write(BLOCKED).takes(3).fails_to_write(BLOCKED);
        let mut socket = raw_socket!(lib, Polled::new(&log, script), Role::Server);
        for round in 0..3 {
            let seen = drive(async {
                tokio::select! {
                    biased;
                    message = socket.next() => Some(message),
                    () = ready(()) => None,
                }
            });
            log.note("next", seen);
            let sent = drive(async {
                tokio::select! {
                    biased;
                    sent = socket.send(Message::text(format!("round {round}"))) => Some(sent),
                    () = ready(()) => None,
                }
            });
            log.note("sent", sent);
        }
        log.note("flush", drive(SinkExt::flush(&mut socket)));
        log.note_frames();
    });
    assert_eq!(
        seen.iter()
            .filter(|line| line.contains("Text(") && line.contains("half and half"))
            .count(),
        1
    );
    assert!(
        seen.contains(&"next = Some(None)".to_owned()),
        "a `next` was dropped: {seen:#?}"
    );
    assert!(
        seen.contains(&"sent = Some(None)".to_owned()),
        "a `send` was dropped: {seen:#?}"
    );
    assert_eq!(
        seen.iter().filter(|line| line.starts_with("frame")).count(),
        3,
        "{seen:#?}"
    );
}
