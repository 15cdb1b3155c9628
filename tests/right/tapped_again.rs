//! A tap that is given another connection through `get_mut`, and a write that was given up before its first byte.

use crate::asynchronous::{of_tokio, on_one_thread};
use crate::common::{big_message, connection, start};
use crate::never_accused;
use fastwebsockets::{Frame, Payload, Role, WebSocket};
use futures_util::FutureExt;
use redhanded::Tap;
use redhanded::raw::tungstenite::{self, Message};
use std::io::Write;

/// Reconnects in place: the new connection begins with a handshake, and the tap is the same.
fn reconnects() {
    let (old, _peer) = connection();
    let (new, peer) = connection();
    let mut tap = Tap::new(old);
    tap.write_all(b"\x82\x82\x01\x02\x03\x04ab").unwrap();
    *tap.get_mut() = new;
    let peer = start("peer", move || {
        let mut server = tungstenite::accept(peer.stream).unwrap();
        std::iter::from_fn(|| server.read().ok()).collect::<Vec<_>>()
    });
    let (mut client, _) = tungstenite::client("ws://here/", tap).unwrap();
    // The lengths differ. So a cursor that has lost its place reads headers from the middle of payloads.
    let messages = (0..=255).map(|byte| Message::binary(vec![byte; byte as usize % 7]));
    messages
        .clone()
        .for_each(|message| client.send(message).unwrap());
    client.send(Message::Close(None)).unwrap();
    let received = peer.result();
    assert!(
        received
            .into_iter()
            .eq(messages.chain([Message::Close(None)])),
        "not what was sent"
    );
}

#[test]
fn a_tap_that_is_given_a_new_connection_with_its_handshake_is_not_accused() {
    never_accused(reconnects);
}

/// No byte of it was written, so no byte is missing.
fn given_up_in_time() {
    let (socket, peer) = connection();
    on_one_thread(async {
        // The runtime asks the system only when this thread has nothing else to do.
        let mut server = WebSocket::after_handshake(Tap::new(of_tokio(&socket)), Role::Server);
        let big = Frame::binary(Payload::Owned(big_message().into_data().to_vec()));
        assert!(
            server.write_frame(big).now_or_never().is_none(),
            "it is not known to take bytes"
        );
        server
            .write_frame(Frame::text(Payload::Borrowed(b"all is well")))
            .await
            .unwrap();
        server.write_frame(Frame::close(1000, b"")).await.unwrap();
    });
    let messages = peer.takes_messages(tungstenite::protocol::Role::Client);
    assert_eq!(messages[0], Message::text("all is well"));
    assert!(messages.len() == 2 && messages[1].is_close());
}

#[test]
fn a_write_given_up_before_its_first_byte_is_not_accused() {
    never_accused(given_up_in_time);
}
