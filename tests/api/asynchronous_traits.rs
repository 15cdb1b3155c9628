//! The traits of the asynchronous stream and of the futures that make it: the same as the library's own have.

use crate::mock::{Mock, quiet};
use crate::traits::{has, traits_of};
use futures_util::sink::{Sink, SinkExt};
use futures_util::stream::{FusedStream, Stream, StreamExt};
use futures_util::{FutureExt, TryStreamExt};
use redhanded::raw::tokio_tungstenite as library;
use redhanded::tokio_tungstenite;
use redhanded::tungstenite::client::IntoClientRequest;
use redhanded::tungstenite::handshake::server::{Callback, NoCallback};
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Error, Message};
use std::fmt::Debug;
use std::future::Future;
use std::rc::Rc;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::net::{TcpStream, UnixStream};
use tokio_tungstenite::WebSocketStream;

/// The traits of a stream of one type: those of every type, and those of streams and sinks.
macro_rules! all_traits_of {
    (@ $type:ty) => {
        (
            traits_of!(@ $type),
            [
                ("Stream", has!($type, Stream<Item = Result<Message, Error>>)),
                ("FusedStream", has!($type, FusedStream)),
                ("Sink", has!($type, Sink<Message, Error = Error>)),
                ("Sink of text", has!($type, Sink<String>)),
                ("AsyncRead", has!($type, AsyncRead)),
                ("AsyncWrite", has!($type, AsyncWrite)),
                ("Future", has!($type, Future)),
            ],
        )
    };
    ($stream:ty) => {
        (all_traits_of!(@ WebSocketStream<$stream>), all_traits_of!(@ library::WebSocketStream<$stream>))
    };
}

#[test]
fn a_stream_has_the_traits_that_it_has_upstream() {
    for (ours, theirs) in [
        all_traits_of!(TcpStream),
        all_traits_of!(UnixStream),
        all_traits_of!(DuplexStream),
        all_traits_of!(&'static mut TcpStream),
        all_traits_of!(library::MaybeTlsStream<TcpStream>),
        all_traits_of!(Box<dyn Send>),
        all_traits_of!(Rc<TcpStream>),
        all_traits_of!(*mut std::cell::Cell<&'static mut u8>),
        all_traits_of!(std::marker::PhantomPinned),
    ] {
        assert_eq!(ours, theirs);
    }
}

#[test]
fn generic_programs_may_rely_on_the_traits() {
    fn is<T: Send + Sync + Unpin>() {}
    fn of_any<S: Send + Sync + Unpin>() {
        is::<WebSocketStream<S>>();
    }
    fn of_streams<S: AsyncRead + AsyncWrite + Unpin>(
        socket: WebSocketStream<S>,
    ) -> impl Sink<Message, Error = Error> + FusedStream<Item = Result<Message, Error>> + Unpin
    {
        socket
    }
    fn of_debug<S: Debug>(socket: &WebSocketStream<S>) -> String {
        format!("{socket:?}")
    }
    of_any::<TcpStream>();
    quiet();
    let mut socket = raw_server(Mock::with(b"\x81\x80\0\0\0\0"));
    assert!(
        of_debug(&socket).contains("Mock"),
        "the user's own stream is shown"
    );
    assert_eq!(
        socket.try_next().now_or_never().unwrap().unwrap(),
        Some(Message::text(""))
    );
    let mut socket = of_streams(socket);
    socket
        .send(Message::text("text"))
        .now_or_never()
        .unwrap()
        .unwrap();
    assert!(socket.next().now_or_never().is_none());
    assert!(!socket.is_terminated());
}

fn raw_server(stream: Mock) -> WebSocketStream<Mock> {
    WebSocketStream::from_raw_socket(stream, Role::Server, None)
        .now_or_never()
        .unwrap()
}

#[test]
fn the_futures_can_be_sent_when_what_they_are_given_can_be() {
    fn one<A, F: Send>(_: fn(A) -> F) {}
    fn two<A, B, F: Send>(_: fn(A, B) -> F) {}
    fn three<A, B, C, F: Send>(_: fn(A, B, C) -> F) {}
    fn four<A, B, C, D, F: Send>(_: fn(A, B, C, D) -> F) {}
    fn of_clients<R: IntoClientRequest + Unpin + Send, S: AsyncRead + AsyncWrite + Unpin + Send>() {
        one(tokio_tungstenite::connect_async::<R>);
        three(tokio_tungstenite::connect_async_with_config::<R>);
        two(tokio_tungstenite::client_async::<R, S>);
        three(tokio_tungstenite::client_async_with_config::<R, S>);
    }
    fn of_servers<S: AsyncRead + AsyncWrite + Unpin + Send, C: Callback + Unpin + Send>() {
        one(tokio_tungstenite::accept_async::<S>);
        two(tokio_tungstenite::accept_async_with_config::<S>);
        two(tokio_tungstenite::accept_hdr_async::<S, C>);
        three(tokio_tungstenite::accept_hdr_async_with_config::<S, C>);
    }
    fn of_streams<'s, S: AsyncRead + AsyncWrite + Unpin + Send + 's>() {
        three(WebSocketStream::<S>::from_raw_socket);
        four(WebSocketStream::<S>::from_partially_read);
        two::<&'s mut WebSocketStream<S>, _, _>(WebSocketStream::<S>::close);
    }
    of_clients::<&str, TcpStream>();
    of_servers::<TcpStream, NoCallback>();
    of_streams::<TcpStream>();
}

/// The traits of the futures that functions of so many arguments give, ours and the library's.
macro_rules! futures_of {
    ($arguments:ident: $($path:tt)+) => {
        [$arguments(tokio_tungstenite::$($path)+), $arguments(library::$($path)+)]
    };
}

#[test]
fn the_futures_can_be_shared_exactly_when_they_can_be_upstream() {
    // A future has no name: its traits are asked of a value, of which there is none here, only its type.
    fn one<A, F: Send + Sync>(_: fn(A) -> F) {}
    fn two<A, B, F: Send + Sync>(_: fn(A, B) -> F) {}
    futures_of!(one: connect_async::<&'static str>);
    futures_of!(two: client_async::<&'static str, TcpStream>);
    futures_of!(one: accept_async::<TcpStream>);
    futures_of!(two: accept_hdr_async::<TcpStream, NoCallback>);
}

#[test]
fn the_halves_of_a_stream_can_go_to_two_threads() {
    fn is_sent<T: Send + 'static>(_: T) {}
    quiet();
    let (sink, stream) = raw_server(Mock::default()).split();
    assert!(sink.is_pair_of(&stream));
    is_sent((sink, stream));
}

#[test]
fn a_stream_of_a_shorter_lifetime_can_be_put_where_one_of_a_longer_came_from() {
    // The library's type is covariant in the stream.
    fn shorter<'a>(
        socket: WebSocketStream<&'static mut Mock>,
        _: &'a str,
    ) -> WebSocketStream<&'a mut Mock> {
        socket
    }
    quiet();
    let local = String::from("local");
    let stream: &'static mut Mock = Box::leak(Box::default());
    let socket = WebSocketStream::from_raw_socket(stream, Role::Server, None)
        .now_or_never()
        .unwrap();
    assert!(shorter(socket, &local).get_ref().written.is_empty());
}

/// What a program prints of a stream, ours and the library's, in both forms of `Debug`.
macro_rules! printed {
    ($lib:ident => $value:expr) => {{
        let ours = {
            use tokio_tungstenite as $lib;
            let value = $value;
            format!("{value:?}\n{value:#?}")
        };
        let theirs = {
            use library as $lib;
            let value = $value;
            format!("{value:?}\n{value:#?}")
        };
        (ours, theirs)
    }};
}

#[test]
fn a_stream_prints_as_it_does_upstream() {
    quiet();
    let (ours, theirs) = printed!(lib => {
        let made = lib::WebSocketStream::from_raw_socket(Mock::with(b"\x81"), Role::Server, None);
        let mut socket = made.now_or_never().unwrap();
        assert!(socket.next().now_or_never().is_none());
        socket.feed(Message::text("queued")).now_or_never().unwrap().unwrap();
        socket
    });
    assert_eq!(ours, theirs);
    assert!(
        ours.contains("Mock"),
        "the user's own stream is shown: {ours}"
    );
}
