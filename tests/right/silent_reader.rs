//! A reader object that borrows the socket and never writes, beside a writer that is stuck in a send.
//!
//! The peer sends data, but no pings and no close frame. So there is nothing that `read` would answer. There are two objects
//! on one socket, and one writer.

use crate::common::{big_message, connection, start_scoped};
use crate::never_accused;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, WebSocket};
use std::thread;
use std::time::Duration;

const MESSAGES: usize = 50;

fn program() {
    let (socket, mut peer) = connection();
    let object = || WebSocket::from_raw_socket(&socket, Role::Server, None);
    let (mut reader, mut writer) = (object(), object());

    thread::scope(|scope| {
        let writer = start_scoped(scope, "writer", move || {
            writer.send(big_message()).unwrap();
            writer.close(None).unwrap();
        });
        peer.sees_a_byte();
        let read = move || {
            (0..MESSAGES)
                .map(|_| reader.read().unwrap())
                .collect::<Vec<_>>()
        };
        let reader = start_scoped(scope, "reader", read);
        let sent: Vec<_> = (0..MESSAGES)
            .map(|number| Message::text(format!("message {number}")))
            .collect();
        sent.iter()
            .for_each(|message| peer.sends(Role::Client, message.clone()));
        assert_eq!(reader.result(), sent);
        let writer = writer
            .result_if_within(Duration::ZERO)
            .expect_err("it was stuck all the while");
        assert!(
            peer.takes_messages(Role::Client) == [big_message(), Message::Close(None)],
            "not what was sent"
        );
        writer.result();
    });
}

#[test]
fn a_reader_that_never_writes_beside_a_busy_writer_is_not_accused() {
    never_accused(program);
}
