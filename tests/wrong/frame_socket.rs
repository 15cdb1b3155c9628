//! A `FrameSocket` on a clone of the socket, beside the `WebSocket`.
//!
//! Some programs send control frames of their own making through the lower-level object, because the `WebSocket` is
//! busy. This is another type of object, but the same wire.

use crate::accusation::{Pair, addresses};
use crate::common::connection::{is_full, make_room};
use crate::common::peer::BIG;
use crate::common::{big_message, connection, start};
use crate::evidence::Seen;
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use redhanded::tungstenite::WebSocket;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::protocol::frame::{Frame, FrameSocket};
use std::net::TcpStream;

fn upload(writer: &mut WebSocket<TcpStream>) -> Site {
    let (sent, site) = (writer.send(big_message()), here!());
    sent.expect("the uploader gets no error");
    site
}

fn ping_by_hand(frames: &mut FrameSocket<TcpStream>) -> Site {
    let (sent, site) = (frames.send(Frame::ping(vec![1, 2, 3, 4])), here!());
    sent.expect("the pinger gets no error");
    site
}

fn program(run: &Run) -> Vec<Pair> {
    let (socket, mut peer) = connection();
    let addresses = addresses(&socket);
    let clone = socket.try_clone().expect("a clone");
    let mut frames = FrameSocket::new(socket.try_clone().expect("a clone"));
    let mut writer = WebSocket::from_raw_socket(socket, Role::Server, None);

    let uploader = start("uploader", move || upload(&mut writer));
    peer.sees_a_byte();
    is_full(&clone);
    uploader.sleeps();
    make_room(&clone);
    let pinged = start("pinger", move || ping_by_hand(&mut frames)).result();
    run.sees_open_findings(1);
    peer.takes(10 + BIG + 2 + 4);
    let uploaded = uploader.result();

    let first = uploaded.did("send Binary 2 MiB");
    let second = pinged.did("send Frame 4 B");
    let seen = Seen {
        bytes: peer.into_seen(),
        inserted: 2 + 4,
        peer: Role::Client,
        before: Some(0),
    };
    vec![Pair::torn(first, second, addresses, seen)]
}

#[test]
fn frames_made_by_hand_beside_a_writer_are_caught() {
    caught_in_every_run(file!(), program);
}
