//! A fragment continues a message that another writer has ended.
//!
//! Two tasks share a message: each sends the fragments it has, and both send the last one.

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

fn fragment(data: Data, is_final: bool) -> Message {
    Message::Frame(Frame::message(vec![7; 3], OpCode::Data(data), is_final))
}

fn begin_and_end(object: &mut Object) -> Site {
    let (sent, site) = (object.send(fragment(Data::Binary, false)), here!());
    sent.expect("there is room");
    object
        .send(fragment(Data::Continue, true))
        .expect("there is room");
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
