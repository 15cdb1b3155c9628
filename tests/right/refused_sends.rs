//! Sends that fail without writing, while another object is stuck in a send.
//!
//! An object that has seen the peer's close frame, or the end of the stream, refuses to send: nothing reaches the wire. A
//! program that tries nonetheless is not a second writer.

use crate::common::{Peer, Running, big_message, connection, start};
use crate::never_accused;
use redhanded::tungstenite::error::{Error, ProtocolError};
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, WebSocket};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

type Object = WebSocket<TcpStream>;

/// Two objects on one socket, one of which is stuck in a send. Gives it back when its send has returned.
fn stuck_uploader() -> (Running<Object>, Object, Peer<TcpStream>) {
    let (socket, mut peer) = connection();
    let object = || WebSocket::from_raw_socket(socket.try_clone().unwrap(), Role::Server, None);
    let (mut uploads, other) = (object(), object());
    let uploader = start("uploader", move || {
        uploads.send(big_message()).unwrap();
        uploads
    });
    peer.sees_a_byte();
    (uploader, other, peer)
}

fn send_everything(object: &mut Object) -> Vec<Error> {
    let messages = [
        Message::text("late"),
        Message::Ping("late".into()),
        Message::binary(vec![0; 1 << 20]),
    ];
    let sent = messages
        .clone()
        .into_iter()
        .map(|message| object.send(message).unwrap_err());
    let mut errors: Vec<_> = sent.collect();
    errors.extend(
        messages
            .into_iter()
            .map(|message| object.write(message).unwrap_err()),
    );
    errors
}

fn after_a_close_frame() {
    let (uploader, mut other, mut peer) = stuck_uploader();
    peer.sends(Role::Client, Message::Close(None));
    assert_eq!(other.read().unwrap(), Message::Close(None));
    for error in send_everything(&mut other) {
        assert!(
            matches!(error, Error::Protocol(ProtocolError::SendAfterClosing)),
            "{error}"
        );
    }
    let uploader = uploader
        .result_if_within(Duration::ZERO)
        .expect_err("it was stuck all the while");
    let closer = start("closer", move || {
        drop(uploader.result());
        // Now it is this object's turn, and the reply to the close frame goes out.
        assert!(matches!(other.flush(), Err(Error::ConnectionClosed)));
        assert!(matches!(
            other.send(Message::text("late")),
            Err(Error::AlreadyClosed)
        ));
    });
    assert!(
        peer.takes_messages(Role::Client) == [big_message(), Message::Close(None)],
        "not what was sent"
    );
    closer.result();
}

fn after_the_end() {
    let (uploader, mut other, peer) = stuck_uploader();
    peer.stream.shutdown(Shutdown::Write).unwrap();
    let end = other.read().unwrap_err();
    assert!(
        matches!(
            end,
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)
        ),
        "{end}"
    );
    for error in send_everything(&mut other) {
        assert!(matches!(error, Error::AlreadyClosed), "{error}");
    }
    let uploader = uploader
        .result_if_within(Duration::ZERO)
        .expect_err("it was stuck all the while");
    let closer = start("closer", move || uploader.result().close(None).unwrap());
    assert!(
        peer.takes_messages(Role::Client) == [big_message(), Message::Close(None)],
        "not what was sent"
    );
    closer.result();
}

#[test]
fn sends_refused_after_a_close_frame_beside_a_writer_are_not_accused() {
    never_accused(after_a_close_frame);
}

#[test]
fn sends_refused_after_the_end_beside_a_writer_are_not_accused() {
    never_accused(after_the_end);
}
