//! Two objects on one socket send fragmented messages, and take turns by the fragment.
//!
//! The lock is one for both objects, and is held for each write. The second message begins inside the first; that is the
//! tear. What follows from it is not reported again: one of the two last fragments continues no message.

use crate::accusation::{Pair, addresses};
use crate::common::{connection, start};
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use redhanded::report::Kind;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::{Data, OpCode};
use redhanded::tungstenite::{Message, WebSocket};
use std::net::TcpStream;

type Object = WebSocket<TcpStream>;

pub(crate) fn fragment(data: Data, is_final: bool) -> Message {
    Message::Frame(Frame::message(vec![7; 3], OpCode::Data(data), is_final))
}

fn begin_upload(object: &mut Object) -> Site {
    let (sent, site) = (object.send(fragment(Data::Binary, false)), here!());
    sent.expect("there is room");
    site
}

fn begin_notice(object: &mut Object) -> Site {
    let (sent, site) = (object.send(fragment(Data::Text, false)), here!());
    sent.expect("there is room");
    site
}

fn end(object: &mut Object) {
    object
        .send(fragment(Data::Continue, true))
        .expect("there is room");
}

fn program(_run: &Run) -> Vec<Pair> {
    let (socket, mut peer) = connection();
    let addresses = addresses(&socket);
    let mut uploads =
        WebSocket::from_raw_socket(socket.try_clone().expect("a clone"), Role::Client, None);
    let mut notices = WebSocket::from_raw_socket(socket, Role::Client, None);
    let turns = start("only thread", move || {
        let (uploaded, notified) = (begin_upload(&mut uploads), begin_notice(&mut notices));
        end(&mut uploads);
        end(&mut notices);
        (uploaded, notified)
    });
    let (uploaded, notified) = turns.result();
    peer.takes(4 * (6 + 3));

    let first = uploaded.did("send Frame 3 B");
    let second = notified.did("send Frame 3 B");
    vec![Pair::in_turn(
        &[Kind::TornMessage],
        first,
        second,
        addresses,
    )]
}

#[test]
fn a_fragmented_message_that_begins_inside_another_is_caught_once() {
    caught_in_every_run(file!(), program);
}
