//! Under the policy `error`, what is queued in front of an operation goes out before it: the operation is refused with it, before the
//! library has its message.

use crate::link::{Link, Object};
use crate::policy::refusal;
use crate::refused::{fragment, in_order, on_runtime, sink_of};
use futures_util::SinkExt;
use redhanded::tungstenite::protocol::frame::coding::{Data, OpCode};
use redhanded::tungstenite::protocol::frame::{Frame, FrameSocket};
use redhanded::tungstenite::protocol::{Role, WebSocketConfig};
use redhanded::tungstenite::{Message, WebSocket};

#[test]
fn what_would_go_out_behind_a_queued_message_is_refused_inside_another_one() {
    in_order(behind_a_queued_message);
}

pub fn behind_a_queued_message() {
    let mut link = Link::open();
    let (mut one, mut other) = (link.object(), link.object());
    other.write("queued".into()).unwrap();
    one.send(fragment(b"a", Data::Binary, false)).unwrap();
    // A control frame might stand there, and so might a fragment. But the message goes out before them.
    refusal(other.send(Message::Ping("refused".into())));
    refusal(other.send(fragment(b"refused", Data::Continue, false)));
    refusal(other.close(None));
    assert!(other.can_write());
    one.send(fragment(b"b", Data::Continue, true)).unwrap();
    other.send(Message::Ping("p".into())).unwrap();
    one.send(fragment(b"c", Data::Binary, false)).unwrap();
    // Nothing is queued any more.
    other.send(Message::Ping("q".into())).unwrap();
    let expected = b"\x02\x01a\x80\x01b\x81\x06queued\x89\x01p\x02\x01c\x89\x01q";
    assert_eq!(link.drain(expected.len()), expected);
}

#[test]
fn what_is_refused_behind_a_queued_frame_of_the_programs_own_is_not_queued() {
    in_order(behind_a_queued_frame);
}

pub fn behind_a_queued_frame() {
    let link = Link::open();
    let other = link.object();
    refused_behind(Message::Frame(Frame::ping(&b"p"[..])), link, other);
}

/// This ping is queued in the object while another one's message is open.
fn refused_behind(ping: Message, mut link: Link, mut other: Object) {
    let mut one = link.object();
    other.write(ping).unwrap();
    one.send(fragment(b"a", Data::Binary, false)).unwrap();
    refusal(other.send("refused".into()));
    other.flush().expect("a ping may stand there");
    refusal(other.send("refused".into()));
    one.send(fragment(b"b", Data::Continue, true)).unwrap();
    other.send("again".into()).expect("no message is open");
    let expected = b"\x02\x01a\x89\x01p\x80\x01b\x81\x05again";
    assert_eq!(link.drain(expected.len()), expected);
}

#[test]
fn what_is_refused_of_a_bounded_buffer_that_has_room_is_not_queued() {
    in_order(behind_a_ping_in_a_bounded_buffer);
}

pub fn behind_a_ping_in_a_bounded_buffer() {
    let link = Link::open();
    let config = WebSocketConfig::default()
        .write_buffer_size(100)
        .max_write_buffer_size(200);
    let socket = link.socket.try_clone().expect("a descriptor");
    let other = WebSocket::from_raw_socket(socket, Role::Server, Some(config));
    refused_behind(Message::Ping("p".into()), link, other);
}

#[test]
fn a_frame_of_the_programs_own_that_a_sink_is_refused_leaves_nothing_behind() {
    in_order(refused_frame_of_a_sink);
}

pub fn refused_frame_of_a_sink() {
    on_runtime(async {
        let mut link = Link::open();
        link.socket.set_nonblocking(true).expect("a socket");
        let mut one = link.object();
        let mut other = sink_of(&link, None).await;
        one.send(fragment(b"a", Data::Binary, false)).unwrap();
        refusal(other.send(fragment(b"refused", Data::Text, true)).await);
        refusal(other.send("refused".into()).await);
        one.send(fragment(b"b", Data::Continue, true)).unwrap();
        other.flush().await.expect("nothing is queued");
        other
            .send("again".into())
            .await
            .expect("no message is open");
        let expected = b"\x02\x01a\x80\x01b\x81\x05again";
        assert_eq!(link.drain(expected.len()), expected);
    });
}

#[test]
fn a_frame_that_a_frame_socket_is_refused_leaves_nothing_behind() {
    in_order(refused_frame_of_a_frame_socket);
}

pub fn refused_frame_of_a_frame_socket() {
    let mut link = Link::open();
    let mut one = link.object();
    let mut other = FrameSocket::new(link.socket.try_clone().expect("a descriptor"));
    let frame = |payload: &'static [u8]| Frame::message(payload, OpCode::Data(Data::Text), true);
    one.send(fragment(b"a", Data::Binary, false)).unwrap();
    refusal(other.send(frame(b"refused")));
    other.flush().expect("nothing is queued");
    one.send(fragment(b"b", Data::Continue, true)).unwrap();
    other.send(frame(b"again")).expect("no message is open");
    let expected = b"\x02\x01a\x80\x01b\x81\x05again";
    assert_eq!(link.drain(expected.len()), expected);
}

#[test]
fn a_message_behind_the_end_of_the_last_one_in_the_same_buffer_is_not_refused() {
    in_order(queued_end);
}

pub fn queued_end() {
    let mut link = Link::open();
    let mut object = link.object();
    object.send(fragment(b"a", Data::Binary, false)).unwrap();
    object.write(fragment(b"b", Data::Continue, true)).unwrap();
    object.send("next".into()).expect("the end goes before it");
    let expected = b"\x02\x01a\x80\x01b\x81\x04next";
    assert_eq!(link.drain(expected.len()), expected);
    assert!(redhanded::reports().is_empty());
}
