//! Under the policy `error`, what is refused between two calls leaves nothing behind: half a frame of another writer, or
//! part of a message, is open, and no call overlaps.

use crate::launch::{Launch, NO_PAGE};
use crate::link::{LARGE, Link, Object, frame, in_thread, large, only_report};
use crate::policy::{outcomes, refusal, would_block};
use futures_util::SinkExt;
use redhanded::Tap;
use redhanded::report::Kind;
use redhanded::tokio_tungstenite::WebSocketStream;
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::{Data, OpCode};
use redhanded::tungstenite::protocol::{Role, WebSocketConfig};
use redhanded::tungstenite::{Message, WebSocket};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::thread::JoinHandle;

pub(crate) fn in_order(program: impl Fn()) {
    Launch::of(program)
        .with(NO_PAGE)
        .with(("REDHANDED_POLICY", "error"))
        // What these leave queued is long unflushed where the machine is busy.
        .with(("REDHANDED_STALL", "off"))
        .run()
        .in_order();
}

/// A connection on which half of a large frame is out.
struct HalfAFrame {
    link: Link,
    one: Object,
    /// All that the peer gets.
    bytes: Option<JoinHandle<Vec<u8>>>,
}

impl HalfAFrame {
    fn open() -> Self {
        let link = Link::open();
        link.socket.set_nonblocking(true).expect("a socket");
        let mut one = link.object();
        assert!(would_block(one.send(large())));
        let mut peer = link.peer.try_clone().expect("a descriptor");
        // It reads, so that there is room for what must not be sent.
        let bytes = in_thread("peer", move || {
            let mut bytes = Vec::new();
            peer.read_to_end(&mut bytes).expect("the end comes");
            bytes
        });
        let bytes = Some(bytes);
        HalfAFrame { link, one, bytes }
    }

    fn finish(&mut self) {
        while would_block(self.one.flush()) {
            std::thread::yield_now();
        }
    }

    /// Closes the connection. The peer has got the large frame and these bytes, and no others.
    fn ends_with(mut self, behind: &[u8]) {
        let peer = self.bytes.take().expect("it is asked once");
        self.link
            .socket
            .shutdown(std::net::Shutdown::Write)
            .expect("a socket");
        let bytes = peer.join().expect("no panic");
        assert_eq!(&bytes[frame(LARGE)..], behind);
        let report = only_report();
        assert_eq!((report.kind, report.count), (Kind::TornFrame, 1));
        assert_eq!(outcomes(&report), [Some("failed"), Some("refused")]);
    }
}

#[test]
fn a_refused_send_is_not_sent_with_the_next_flush() {
    in_order(send);
}

pub fn send() {
    let mut half = HalfAFrame::open();
    let mut other = half.link.object();
    refusal(other.send("refused".into()));
    half.finish();
    other.flush().expect("nothing is queued");
    other.send("again".into()).expect("no frame is open");
    half.ends_with(b"\x81\x05again");
}

#[test]
fn a_refused_send_of_a_bounded_buffer_is_not_sent_later() {
    in_order(bounded);
}

pub fn bounded() {
    let mut half = HalfAFrame::open();
    let mut other = half.link.object();
    other.set_config(|config| config.max_write_buffer_size = config.write_buffer_size + 1);
    refusal(other.send("refused".into()));
    half.finish();
    other.send("again".into()).expect("no frame is open");
    half.ends_with(b"\x81\x05again");
}

#[test]
fn a_close_that_is_refused_between_two_calls_has_not_closed() {
    in_order(close);
}

pub fn close() {
    let mut half = HalfAFrame::open();
    let mut other = half.link.object();
    refusal(other.close(None));
    assert!(other.can_write() && other.can_read());
    half.finish();
    other.flush().expect("nothing is queued");
    other.send("open".into()).expect("no frame is open");
    half.ends_with(b"\x81\x04open");
}

#[test]
fn what_is_refused_of_a_sink_is_not_sent_with_the_next_flush() {
    in_order(sink);
}

pub fn sink() {
    on_runtime(async {
        let mut half = HalfAFrame::open();
        let mut other = sink_of(&half.link, None).await;
        refusal(other.send("refused".into()).await);
        half.finish();
        other.flush().await.expect("nothing is queued");
        other.send("again".into()).await.expect("no frame is open");
        half.ends_with(b"\x81\x05again");
    });
}

#[test]
fn a_large_message_that_a_sink_would_write_at_once_is_refused_before_it_is_queued() {
    in_order(large_of_a_sink);
}

pub fn large_of_a_sink() {
    on_runtime(async {
        let mut half = HalfAFrame::open();
        let at_once = WebSocketConfig::default().write_buffer_size(0);
        let mut other = sink_of(&half.link, Some(at_once)).await;
        refusal(other.feed("refused".into()).await);
        half.finish();
        other.flush().await.expect("nothing is queued");
        other.feed("again".into()).await.expect("no frame is open");
        half.ends_with(b"\x81\x05again");
    });
}

#[test]
fn a_sink_whose_close_is_refused_stays_open() {
    in_order(close_of_a_sink);
}

pub fn close_of_a_sink() {
    on_runtime(async {
        let mut half = HalfAFrame::open();
        let mut other = sink_of(&half.link, None).await;
        refusal(SinkExt::close(&mut other).await);
        half.finish();
        other.flush().await.expect("nothing is queued");
        other.send("open".into()).await.expect("not closed");
        half.ends_with(b"\x81\x04open");
    });
}

#[test]
fn a_close_message_that_a_sink_is_refused_has_not_closed() {
    in_order(close_message_of_a_sink);
}

pub fn close_message_of_a_sink() {
    on_runtime(async {
        let mut half = HalfAFrame::open();
        let mut other = sink_of(&half.link, None).await;
        refusal(other.close(None).await);
        half.finish();
        other.send("open".into()).await.expect("not closed");
        half.ends_with(b"\x81\x04open");
    });
}

#[test]
fn what_is_only_fed_while_a_frame_is_open_is_not_accused_and_goes_out_with_its_flush_in_order() {
    in_order(fed);
}

pub fn fed() {
    on_runtime(async {
        let mut half = HalfAFrame::open();
        let mut other = sink_of(&half.link, None).await;
        for text in ["1", "2", "3"] {
            other.feed(text.into()).await.expect("nothing is written");
        }
        half.finish();
        other.flush().await.expect("no frame is open");
        other.feed("4".into()).await.expect("nothing is written");
        SinkExt::close(&mut other).await.expect("no frame is open");
        assert!(redhanded::reports().is_empty());
        // A report, as the others have one.
        let mut late = half.link.object();
        late.send(fragment(b"a", Data::Binary, false)).unwrap();
        refusal(late.send("inside".into()));
        let peer = half.bytes.take().expect("it is asked once");
        half.link
            .socket
            .shutdown(std::net::Shutdown::Write)
            .unwrap();
        let bytes = peer.join().expect("no panic");
        let expected = b"\x81\x011\x81\x012\x81\x013\x81\x014\x88\x00\x02\x01a";
        assert_eq!(&bytes[frame(LARGE)..], expected);
    });
}

#[test]
fn what_is_refused_inside_a_message_is_not_sent_and_what_belongs_there_is() {
    in_order(inside_a_message);
}

pub fn inside_a_message() {
    let mut link = Link::open();
    let (mut one, mut other) = (link.object(), link.object());
    one.send(fragment(b"a", Data::Binary, false)).unwrap();
    refusal(other.send("refused".into()));
    refusal(other.send(fragment(b"refused", Data::Text, true)));
    other.send(Message::Ping("p".into())).unwrap();
    other.flush().expect("nothing is queued");
    // Behind what is queued already, too.
    other.write("queued".into()).unwrap();
    refusal(other.send("refused".into()));
    one.send(fragment(b"b", Data::Continue, true)).unwrap();
    other.send("again".into()).expect("no message is open");
    let expected = b"\x02\x01a\x89\x01p\x80\x01b\x81\x06queued\x81\x05again";
    assert_eq!(link.drain(expected.len()), expected);
}

#[test]
fn what_is_refused_behind_a_frame_that_was_left_behind_is_not_queued() {
    in_order(behind_half_a_frame);
}

pub fn behind_half_a_frame() {
    let HalfAFrame { link, one, bytes } = HalfAFrame::open();
    let mut other = link.object();
    drop(one);
    refusal(other.send(Message::Ping("refused".into())));
    refusal(other.close(None));
    refusal(other.send("refused".into()));
    other.flush().expect("nothing is queued");
    link.socket
        .shutdown(std::net::Shutdown::Write)
        .expect("a socket");
    let bytes = bytes.expect("it reads").join().expect("no panic");
    assert!(bytes.len() < frame(LARGE) && !bytes.ends_with(b"refused"));
    let kinds: Vec<Kind> = redhanded::reports().iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [Kind::AbandonedWrite; 3]);
}

#[test]
fn a_tap_below_the_watched_object_does_not_stand_in_its_way() {
    in_order(stack_of_two);
}

pub fn stack_of_two() {
    let mut link = Link::open();
    link.socket.set_nonblocking(true).expect("a socket");
    let tap = Tap::new(link.socket.try_clone().unwrap());
    let mut object = WebSocket::from_raw_socket(tap, Role::Server, None);
    assert!(would_block(object.send(large())));
    // Behind the rest of its own frame, which goes first.
    let second = object.send("second".into());
    assert!(would_block(second));
    let peer = in_thread("peer", move || link.drain(frame(LARGE) + frame(6)));
    while would_block(object.flush()) {
        std::thread::yield_now();
    }
    assert!(peer.join().unwrap().ends_with(b"\x81\x06second"));
    assert!(redhanded::reports().is_empty());
}

#[test]
fn what_a_tap_refuses_does_not_reach_the_peer() {
    in_order(tap);
}

pub fn tap() {
    let mut half = HalfAFrame::open();
    let mut other = Tap::new(half.link.socket.try_clone().unwrap());
    let refused = other
        .write(b"\x81\x07refused")
        .expect_err("half a frame is open");
    let source = refused.get_ref().expect("a source");
    assert!(source.is::<redhanded::error::ConcurrentWrite>());
    half.finish();
    other.write_all(b"\x81\x05again").expect("no frame is open");
    half.ends_with(b"\x81\x05again");
}

pub(crate) fn fragment(payload: &'static [u8], data: Data, is_final: bool) -> Message {
    Message::Frame(Frame::message(payload, OpCode::Data(data), is_final))
}

pub(crate) fn on_runtime(program: impl Future<Output = ()>) {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build().expect("a runtime");
    runtime.block_on(program);
}

pub(crate) async fn sink_of(
    link: &Link,
    config: Option<WebSocketConfig>,
) -> WebSocketStream<tokio::net::UnixStream> {
    let socket: UnixStream = link.socket.try_clone().expect("a descriptor");
    let socket = tokio::net::UnixStream::from_std(socket).expect("a runtime");
    socket.writable().await.expect("the peer reads");
    WebSocketStream::from_raw_socket(socket, Role::Server, config).await
}
