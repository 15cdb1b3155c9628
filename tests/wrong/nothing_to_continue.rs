//! A fragment continues a message that has ended, or one that was never begun.
//!
//! Two tasks share a message: each sends the fragments it has, and both send the last one. The first writer of the report is
//! the one that has sent the latest data, be it a fragment or a whole message.

use crate::accusation::{Pair, addresses};
use crate::common::{connection, run_often, start};
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use redhanded::report::{Kind, Report};
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::{Data, OpCode};
use redhanded::tungstenite::{Message, WebSocket};
use std::net::TcpStream;

type Object = WebSocket<TcpStream>;

fn fragment(data: Data, is_final: bool) -> Message {
    Message::Frame(Frame::message(vec![7; 3], OpCode::Data(data), is_final))
}

fn begin_and_end(object: &mut Object) -> Site {
    object
        .send(fragment(Data::Binary, false))
        .expect("there is room");
    let (sent, site) = (object.send(fragment(Data::Continue, true)), here!());
    sent.expect("there is room");
    site
}

fn end_again(object: &mut Object) -> Site {
    let (sent, site) = (object.send(fragment(Data::Continue, true)), here!());
    sent.expect("there is room");
    site
}

fn program(_run: &Run) -> Vec<Pair> {
    let (socket, mut peer) = connection();
    let addresses = addresses(&socket);
    let mut one =
        WebSocket::from_raw_socket(socket.try_clone().expect("a clone"), Role::Server, None);
    let mut other = WebSocket::from_raw_socket(socket, Role::Server, None);
    let turns = start("only thread", move || {
        (begin_and_end(&mut one), end_again(&mut other))
    });
    let (began, ended) = turns.result();
    peer.takes(3 * (2 + 3));

    let first = began.did("send Frame 3 B");
    let second = ended.did("send Frame 3 B");
    vec![Pair::in_turn(
        &[Kind::TornMessage],
        first,
        second,
        addresses,
    )]
}

#[test]
fn a_continuation_of_a_message_that_has_ended_is_caught() {
    caught_in_every_run(file!(), program);
}

/// As [`Pair`], for a first writer without a backtrace: none is taken of a write that meets no other.
struct Stray {
    first: Site,
    second: Site,
    operation: &'static str,
}

impl Stray {
    #[track_caller]
    fn check(&self, report: &Report) {
        let [first, second] = &report.writers[..] else {
            panic!("two writers in {report}")
        };
        for (writer, site) in [(first, &self.first), (second, &self.second)] {
            let called = writer
                .call_site
                .as_ref()
                .map(|at| (at.file.as_str(), at.line));
            assert_eq!(called, Some((site.file, site.line)), "{report}");
            assert_eq!(writer.thread.name.as_ref(), Some(&site.thread), "{report}");
            assert!(
                writer.ended_us.is_some_and(|ended| ended > writer.began_us),
                "{report}"
            );
        }
        assert_eq!(
            (report.kind, first.operation.as_str()),
            (Kind::TornMessage, self.operation)
        );
        assert!(first.ended_us <= Some(second.began_us), "{report}");
        assert!(first.began_us < second.began_us, "{report}");
        assert!(
            first.backtrace.is_empty() && first.backtrace_missing.is_some(),
            "{report}"
        );
        assert_eq!(second.backtrace_missing, None, "{report}");
    }
}

/// What was found where the second writer stands at this line.
fn found_at(line: u32) -> Vec<Report> {
    let is_there = |report: &Report| {
        let site = report
            .writers
            .last()
            .and_then(|writer| writer.call_site.as_ref());
        report.count > 0 && site.is_some_and(|site| site.file == file!() && site.line == line)
    };
    redhanded::reports().into_iter().filter(is_there).collect()
}

fn send_whole(object: &mut Object) -> Site {
    let (sent, site) = (object.send(Message::text("aaa")), here!());
    sent.expect("there is room");
    object
        .send(Message::Ping("p".into()))
        .expect("there is room");
    site
}

fn stray_behind_own(object: &mut Object) -> Site {
    let (sent, site) = (object.send(fragment(Data::Continue, true)), here!());
    sent.expect("there is room");
    site
}

fn stray_behind_other(object: &mut Object) -> Site {
    let (sent, site) = (object.send(fragment(Data::Continue, true)), here!());
    sent.expect("there is room");
    site
}

fn stray_behind_gone(object: &mut Object) -> Site {
    let (sent, site) = (object.send(fragment(Data::Continue, true)), here!());
    sent.expect("there is room");
    site
}

/// One object that two threads use in turn.
fn on_one_object() -> Stray {
    let (socket, _peer) = connection();
    let mut object = WebSocket::from_raw_socket(socket, Role::Server, None);
    let sender = start("sender", move || (send_whole(&mut object), object));
    let (first, mut object) = sender.result();
    let stray = start("stray", move || stray_behind_own(&mut object));
    Stray {
        first,
        second: stray.result(),
        operation: "send Text 3 B",
    }
}

/// Two objects. The one that has sent the message lives on, or is gone.
fn on_two_objects(stray: fn(&mut Object) -> Site, is_gone: bool) -> Stray {
    let (socket, _peer) = connection();
    let clone = socket.try_clone().expect("a clone");
    let mut other = WebSocket::from_raw_socket(socket, Role::Server, None);
    let sender = start("sender", move || {
        let mut object = WebSocket::from_raw_socket(clone, Role::Server, None);
        (send_whole(&mut object), (!is_gone).then_some(object))
    });
    let (first, _object) = sender.result();
    Stray {
        first,
        second: start("stray", move || stray(&mut other)).result(),
        operation: "send Text 3 B",
    }
}

#[test]
fn a_continuation_behind_a_whole_message_names_who_sent_that() {
    let programs: [fn() -> Stray; 3] = [
        on_one_object,
        || on_two_objects(stray_behind_other, false),
        || on_two_objects(stray_behind_gone, true),
    ];
    for program in programs {
        run_often(move |run| {
            let stray = program();
            let reports = found_at(stray.second.line);
            let [report] = &reports[..] else {
                panic!("one report: {reports:#?}")
            };
            assert_eq!(report.count, run as u64 + 1, "{report}");
            stray.check(report);
        });
    }
}
