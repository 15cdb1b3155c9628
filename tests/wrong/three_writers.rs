//! Three objects on one socket, and all three write at once.
//!
//! When two objects share a socket, a third often follows: a logger, or a heartbeat. While the first two overlap, the third
//! must be found as well, and not be mixed up with them.

use crate::accusation::{Addresses, Pair, addresses};
use crate::common::peer::BIG;
use crate::common::{big_message, connection, start};
use crate::entering;
use crate::runs::{Run, caught_in_every_run};
use crate::writers::{Expected, Site};
use redhanded::report::Kind;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Bytes, Message, Utf8Bytes, WebSocket};
use std::net::TcpStream;

fn upload(writer: &mut WebSocket<TcpStream>) -> Site {
    let (sent, site) = (writer.send(big_message()), here!());
    sent.expect("the uploader gets no error");
    site
}

fn publish(writer: &mut WebSocket<TcpStream>, text: Utf8Bytes) -> Site {
    let (sent, site) = (writer.send(Message::Text(text)), here!());
    sent.expect("the publisher gets no error");
    site
}

fn keep_alive(writer: &mut WebSocket<TcpStream>, payload: Bytes) -> Site {
    let (sent, site) = (writer.send(Message::Ping(payload)), here!());
    sent.expect("the pinger gets no error");
    site
}

fn program(run: &Run) -> Vec<Pair> {
    let (socket, mut peer) = connection();
    let object =
        || WebSocket::from_raw_socket(socket.try_clone().expect("a clone"), Role::Server, None);
    let (mut uploads, mut news, mut heartbeat) = (object(), object(), object());

    let uploader = start("uploader", move || upload(&mut uploads));
    peer.sees_a_byte();
    let (text, entry) = entering::text(&"t".repeat(BIG));
    let publisher = start("publisher", move || publish(&mut news, text));
    entry.waits();
    run.sees_open_findings(1);
    // Now two are inside, each with a message that cannot go out.
    let (payload, entry) = entering::payload(vec![1, 2, 3]);
    let pinger = start("pinger", move || keep_alive(&mut heartbeat, payload));
    entry.waits();
    run.sees_open_findings(3);
    peer.takes(2 * (10 + BIG) + 2 + 3);

    pairs(
        [uploader.result(), publisher.result(), pinger.result()],
        &addresses(&socket),
    )
}

/// All pairs of the three.
fn pairs([uploaded, published, pinged]: [Site; 3], addresses: &Addresses) -> Vec<Pair> {
    let uploader = uploaded.did("send Binary 2 MiB");
    let publisher = published.did("send Text 2 MiB");
    let pinger = pinged.did("send Ping 3 B");
    // The system decides which of them returns first, and whether the third was inside by then.
    let pair = |first: &Expected, second: &Expected| Pair {
        kinds: &[Kind::Overlap, Kind::TornFrame],
        ..Pair::overlap(first.clone(), second.clone(), addresses.clone())
    };
    vec![
        pair(&uploader, &publisher),
        pair(&uploader, &pinger),
        pair(&publisher, &pinger),
    ]
}

#[test]
fn a_third_writer_is_caught_with_both_of_the_others() {
    caught_in_every_run(file!(), program);
}
