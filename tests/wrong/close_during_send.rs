//! A supervisor closes the connection on its own clone while a send is stuck in backpressure.
//!
//! The sender cannot be asked to close: it is inside `send`, and its mutex is taken. So the supervisor keeps a second
//! object for the emergency. The close frame lands in the middle of the frame that is stuck.

use crate::accusation::{Pair, Run, Site, addresses, caught_in_every_run};
use crate::common::{big_message, connection, start};
use crate::entering;
use redhanded::tungstenite::protocol::frame::coding::CloseCode;
use redhanded::tungstenite::protocol::{CloseFrame, Role};
use redhanded::tungstenite::{Utf8Bytes, WebSocket};
use std::net::TcpStream;

fn upload(writer: &mut WebSocket<TcpStream>) -> Site {
    let (sent, site) = (writer.send(big_message()), here!());
    sent.expect_err("the peer hangs up on it");
    site
}

fn give_up(emergency: &mut WebSocket<TcpStream>, reason: Utf8Bytes) -> Site {
    let frame = CloseFrame { code: CloseCode::Away, reason };
    // It may be stuck, too, and fail when the peer hangs up.
    let (_closed, site) = (emergency.close(Some(frame)), here!());
    site
}

fn program(run: &Run) -> Vec<Pair> {
    let (socket, mut peer) = connection();
    let addresses = addresses(&socket);
    let mut emergency = WebSocket::from_raw_socket(socket.try_clone().expect("a clone"), Role::Server, None);
    let mut writer = WebSocket::from_raw_socket(socket, Role::Server, None);

    let uploader = start("uploader", move || upload(&mut writer));
    peer.sees_a_byte();
    let (reason, entry) = entering::text("too slow");
    let supervisor = start("supervisor", move || give_up(&mut emergency, reason));
    entry.waits();
    run.sees_open_findings(1);
    drop(peer);
    let (uploaded, closed) = (uploader.result(), supervisor.result());

    let first = uploaded.did_and_failed("send Binary 2 MiB");
    let second = closed.did_or_failed("close");
    vec![Pair { first, second, addresses }]
}

#[test]
fn a_supervisor_that_closes_while_a_send_is_stuck_is_caught() {
    caught_in_every_run(file!(), program);
}
