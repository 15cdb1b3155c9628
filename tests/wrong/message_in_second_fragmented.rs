//! Two objects on one socket send fragmented messages in turn. The first message ends, and then its object sends a whole one.
//!
//! The second message is still open. The whole message is inside that one, and not inside the first.

use crate::accusation::{Pair, addresses};
use crate::common::{connection, start};
use crate::runs::{Run, caught_in_every_run};
use crate::two_fragmented_messages::fragment;
use crate::writers::Site;
use redhanded::report::Kind;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::protocol::frame::coding::Data;
use redhanded::tungstenite::{Message, WebSocket};
use std::net::TcpStream;

type Object = WebSocket<TcpStream>;

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

fn send_whole(object: &mut Object) -> Site {
    let (sent, site) = (object.send(Message::binary(vec![7; 3])), here!());
    sent.expect("there is room");
    site
}

fn program(_run: &Run) -> Vec<Pair> {
    let (socket, mut peer) = connection();
    let addresses = addresses(&socket);
    let mut uploads =
        WebSocket::from_raw_socket(socket.try_clone().expect("a clone"), Role::Client, None);
    let mut notices = WebSocket::from_raw_socket(socket, Role::Client, None);
    let turns = start("only thread", move || {
        begin_upload(&mut uploads);
        let notified = begin_notice(&mut notices);
        end(&mut uploads);
        let sent = send_whole(&mut uploads);
        end(&mut notices);
        (notified, sent)
    });
    let (notified, sent) = turns.result();
    peer.takes(5 * (6 + 3));
    let first = notified.did("send Frame 3 B");
    let second = sent.did("send Binary 3 B");
    let kinds = &[Kind::TornMessage];
    vec![Pair::in_turn(kinds, first, second, addresses)]
}

#[test]
fn a_message_inside_the_second_of_two_fragmented_ones_is_told_with_that_one() {
    caught_in_every_run(file!(), program);
}
