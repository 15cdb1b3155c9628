//! Children that are forked in the middle of everything: beside busy threads, inside a message, inside a frame, and with a page.

use crate::fork::{Child, answers};
use crate::launch::{Launch, NO_PAGE};
use crate::link::{LARGE, Link, frame, in_thread, large};
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::{Data, OpCode};
use redhanded::tungstenite::{Error, Message, WebSocket};
use std::io::{Cursor, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

// ---- many forks in the middle of everything

/// Two thousand connections, of which some come and go in every moment, and fifty children.
pub fn many_children() {
    let connections: Vec<_> = (0..2_000)
        .map(|_| WebSocket::from_raw_socket(Cursor::new(Vec::<u8>::new()), Role::Server, None))
        .collect();
    let is_over = Arc::new(AtomicBool::new(false));
    let busy = ["one", "other"].map(|name| {
        let is_over = is_over.clone();
        in_thread(name, move || {
            while !is_over.load(Ordering::Relaxed) {
                let link = Link::open();
                link.object().send("busy".into()).expect("no other writer");
            }
        })
    });
    let link = Link::open();
    let (mut object, mut peer) = (link.object(), link.plain_peer());
    for number in 0..50 {
        let child = Child::that(|| {
            object
                .send(Message::text("of the child"))
                .expect("no other writer");
            assert_eq!(peer.read().expect("whole"), "of the child".into());
            Link::open()
                .object()
                .send("new".into())
                .expect("no other writer");
            assert_eq!(redhanded::statistics().findings, 0);
            redhanded::watch().assert_clean();
        });
        assert_eq!(child.code(), 0, "child {number}");
    }
    is_over.store(true, Ordering::Relaxed);
    busy.into_iter()
        .for_each(|thread| thread.join().expect("no panic"));
    drop(connections);
    redhanded::watch().assert_clean();
}

#[test]
fn no_child_waits_for_a_lock_of_its_parent() {
    let launch = Launch::of(many_children).with(NO_PAGE);
    let ended = launch.with(("REDHANDED_EXITCODE", "66")).run().in_order();
    assert_eq!(ended.stderr, "");
}

// ---- what the parent had begun

/// The child ends what its parent has begun: a message, and a frame of which the system took a part.
pub fn goes_on_in_child() {
    let mut link = Link::open();
    let (mut one, mut other) = (link.object(), link.object());
    let fragment =
        |opcode, is_final| Message::Frame(Frame::message("half", OpCode::Data(opcode), is_final));
    one.send(fragment(Data::Text, false))
        .expect("no other writer");
    let child = Child::that(|| {
        one.send(fragment(Data::Continue, true))
            .expect("no other writer");
        other.send("whole".into()).expect("no other writer");
        link.drain(2 * frame(4) + frame(5));
        redhanded::watch().assert_clean();
    });
    assert_eq!(child.code(), 0);
    let link = Link::open();
    let (mut one, mut other) = (link.object(), link.object());
    link.socket.set_nonblocking(true).expect("a socket");
    match one.send(large()) {
        Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {}
        sent => panic!("it does not fit: {sent:?}"),
    }
    let child = Child::that(|| {
        link.socket.set_nonblocking(false).expect("a socket");
        let peer = link.peer.try_clone().expect("a descriptor");
        let reading = in_thread("peer", move || {
            Link {
                socket: peer.try_clone().expect("a descriptor"),
                peer,
            }
            .drain(frame(LARGE) + frame(5))
        });
        one.flush().expect("the peer reads");
        other.send("whole".into()).expect("no other writer");
        reading.join().expect("it has come");
        redhanded::watch().assert_clean();
    });
    assert_eq!(child.code(), 0);
    redhanded::watch().assert_clean();
}

#[test]
fn a_child_that_ends_what_its_parent_has_begun_is_not_accused() {
    let launch = Launch::of(goes_on_in_child).with(NO_PAGE);
    let ended = launch.run().in_order();
    assert_eq!(ended.stderr, "");
}

// ---- the page

/// The child has a page of its own, and does not keep the port of its parent's.
pub fn has_a_page_of_its_own() {
    let parents = redhanded::url().expect("there is a page");
    let descriptors = descriptors();
    let child = Child::that(|| {
        if let Some(before) = descriptors {
            // The page's socket, and our copy of standard error.
            assert_eq!(self::descriptors(), Some(before - 2));
        }
        let own = redhanded::url().expect("there is a page");
        assert_ne!(own, parents);
        assert!(answers(&own) && answers(&parents));
    });
    assert_eq!(child.code(), 0);
    assert!(answers(&parents));
}

/// How many descriptors this process has, if the system tells.
fn descriptors() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/fd").ok()?.count())
}

#[test]
fn a_child_has_a_page_of_its_own_and_lets_go_of_its_parents() {
    let launch = Launch::of(has_a_page_of_its_own).with(("REDHANDED_BIND", "127.0.0.1:0"));
    let ended = launch.run().in_order();
    assert_eq!(ended.lines().len(), 2, "a line of each process: {ended}");
}
