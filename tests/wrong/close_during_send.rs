//! A supervisor closes the connection on its own clone while a send is stuck in backpressure.
//!
//! The sender cannot be asked to close: it is inside `send`, and its mutex is taken. So the supervisor keeps a second
//! object for this case. The close frame goes into the middle of the frame that is stuck.

use crate::accusation::{Pair, addresses};
use crate::common::connection::{is_full, make_room};
use crate::common::peer::BIG;
use crate::common::{big_message, connection, start};
use crate::evidence::Seen;
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use redhanded::tungstenite::WebSocket;
use redhanded::tungstenite::protocol::frame::coding::CloseCode;
use redhanded::tungstenite::protocol::{CloseFrame, Role};
use std::net::TcpStream;

fn upload(writer: &mut WebSocket<TcpStream>) -> Site {
    let (sent, site) = (writer.send(big_message()), here!());
    sent.expect("the uploader gets no error");
    site
}

fn give_up(emergency: &mut WebSocket<TcpStream>) -> Site {
    let frame = CloseFrame {
        code: CloseCode::Away,
        reason: "too slow".into(),
    };
    let (closed, site) = (emergency.close(Some(frame)), here!());
    closed.expect("the supervisor gets no error");
    site
}

fn program(run: &Run) -> Vec<Pair> {
    let (socket, mut peer) = connection();
    let addresses = addresses(&socket);
    let clone = socket.try_clone().expect("a clone");
    let mut emergency =
        WebSocket::from_raw_socket(socket.try_clone().expect("a clone"), Role::Server, None);
    let mut writer = WebSocket::from_raw_socket(socket, Role::Server, None);

    let uploader = start("uploader", move || upload(&mut writer));
    peer.sees_a_byte();
    is_full(&clone);
    uploader.sleeps();
    make_room(&clone);
    let closed = start("supervisor", move || give_up(&mut emergency)).result();
    run.sees_open_findings(1);
    let inserted = 2 + 2 + "too slow".len();
    peer.takes(10 + BIG + inserted);
    let uploaded = uploader.result();

    let first = uploaded.did("send Binary 2 MiB");
    let second = closed.did("close");
    let seen = Seen {
        bytes: peer.into_seen(),
        inserted,
        peer: Role::Client,
        before: Some(0),
    };
    vec![Pair::torn(first, second, addresses, seen)]
}

#[test]
fn a_supervisor_that_closes_while_a_send_is_stuck_is_caught() {
    caught_in_every_run(file!(), program);
}
