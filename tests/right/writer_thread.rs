//! One thread owns the connection, and sends what the others put into a channel.
//!
//! Most programs arrive at this design: there is no lock, and only the writer itself waits for a slow peer.

use crate::common::{big_message, connection, start};
use crate::{assert_all_arrived, never_accused, notices};
use redhanded::tungstenite::WebSocket;
use redhanded::tungstenite::protocol::Role;
use std::sync::mpsc::channel;
use std::time::Duration;

const PRODUCERS: [&str; 3] = ["first", "second", "third"];

fn program() {
    let (socket, mut peer) = connection();
    let (queue, queued) = channel();
    let mut connection = WebSocket::from_raw_socket(socket, Role::Server, None);
    let writer = start("writer", move || {
        queued
            .into_iter()
            .for_each(|message| connection.send(message).unwrap());
        connection.close(None).unwrap();
    });

    queue.send(big_message()).unwrap();
    peer.sees_a_byte();
    let producers = PRODUCERS.map(|name| {
        let queue = queue.clone();
        start(name, move || {
            notices(name).for_each(|notice| queue.send(notice).unwrap())
        })
    });
    // They are done while the writer is still stuck with the first message.
    producers.into_iter().for_each(|producer| producer.result());
    drop(queue);
    let writer = writer
        .result_if_within(Duration::ZERO)
        .expect_err("it was stuck all the while");
    assert_all_arrived(&peer.takes_messages(Role::Client), &PRODUCERS);
    writer.result();
}

#[test]
fn one_writer_thread_behind_a_channel_is_not_accused() {
    never_accused(program);
}
