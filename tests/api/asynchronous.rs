//! Every public item of tokio-tungstenite 0.30 by its own path, and the type of every function, with no more bounds than
//! it has there.

use crate::mock::{Mock, quiet};
use crate::{ON, id_of};
use futures_util::FutureExt;
use redhanded::tokio_tungstenite;
use redhanded::tungstenite::client::IntoClientRequest;
use redhanded::tungstenite::handshake::client::Response;
use redhanded::tungstenite::handshake::server::{Callback, NoCallback};
use redhanded::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use redhanded::tungstenite::{Error, Result};
use std::any::{Any, TypeId};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

type Config = Option<WebSocketConfig>;
type Client<S> = Result<(WebSocketStream<S>, Response), Error>;
type Server<S> = Result<WebSocketStream<S>, Error>;

/// Reads what it was given and then would block; takes whatever is written.
impl AsyncRead for Mock {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let this = self.get_mut();
        let size = this.to_read.len().min(buffer.remaining());
        buffer.put_slice(&this.to_read[..size]);
        this.to_read.drain(..size);
        if size == 0 {
            Poll::Pending
        } else {
            Poll::Ready(Ok(()))
        }
    }
}

impl AsyncWrite for Mock {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.get_mut().written.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Takes functions of so many arguments, of which the future gives the last type.
fn one<A, O, F: Future<Output = O>>(_: fn(A) -> F) {}
fn two<A, B, O, F: Future<Output = O>>(_: fn(A, B) -> F) {}
fn three<A, B, C, O, F: Future<Output = O>>(_: fn(A, B, C) -> F) {}
fn four<A, B, C, D, O, F: Future<Output = O>>(_: fn(A, B, C, D) -> F) {}

#[test]
fn every_type_and_module_is_there() {
    fn type_is_there<T: ?Sized>() {}
    type_is_there::<tokio_tungstenite::WebSocketStream<TcpStream>>();
    type_is_there::<tokio_tungstenite::MaybeTlsStream<TcpStream>>();
    type_is_there::<tokio_tungstenite::Connector>();
    type_is_there::<tokio_tungstenite::tungstenite::WebSocket<TcpStream>>();
    let _ = tokio_tungstenite::Connector::Plain.clone();
}

#[test]
fn the_tungstenite_inside_is_the_one_beside() {
    use tokio_tungstenite::tungstenite as inside;
    assert_eq!(
        TypeId::of::<inside::WebSocket<Mock>>(),
        TypeId::of::<redhanded::tungstenite::WebSocket<Mock>>(),
        "a program may name a type by one path and pass it by the other"
    );
    assert_eq!(
        id_of(inside::accept::<Mock>),
        id_of(redhanded::tungstenite::accept::<Mock>)
    );
}

#[test]
fn connecting_has_its_functions() {
    type Connected = Client<MaybeTlsStream<TcpStream>>;
    fn of_requests<R: IntoClientRequest + Unpin>() {
        one::<R, Connected, _>(tokio_tungstenite::connect_async::<R>);
        three::<R, Config, bool, Connected, _>(tokio_tungstenite::connect_async_with_config::<R>);
    }
    of_requests::<&str>();
    of_requests::<redhanded::tungstenite::ClientRequestBuilder>();
}

#[test]
fn handshakes_have_their_functions_for_every_stream() {
    fn of_clients<R: IntoClientRequest + Unpin, S: AsyncRead + AsyncWrite + Unpin>() {
        two::<R, S, Client<S>, _>(tokio_tungstenite::client_async::<R, S>);
        three::<R, S, Config, Client<S>, _>(tokio_tungstenite::client_async_with_config::<R, S>);
        // They have a lifetime that has no effect, but a program may write it out.
        two::<R, S, Client<S>, _>(tokio_tungstenite::client_async::<'static, R, S>);
        three::<R, S, Config, Client<S>, _>(
            tokio_tungstenite::client_async_with_config::<'static, R, S>,
        );
    }
    fn of_servers<S: AsyncRead + AsyncWrite + Unpin, C: Callback + Unpin>() {
        one::<S, Server<S>, _>(tokio_tungstenite::accept_async::<S>);
        two::<S, Config, Server<S>, _>(tokio_tungstenite::accept_async_with_config::<S>);
        two::<S, C, Server<S>, _>(tokio_tungstenite::accept_hdr_async::<S, C>);
        three::<S, C, Config, Server<S>, _>(
            tokio_tungstenite::accept_hdr_async_with_config::<S, C>,
        );
    }
    of_clients::<&str, Mock>();
    of_clients::<String, &mut TcpStream>();
    of_servers::<DuplexStream, NoCallback>();
}

#[test]
fn the_stream_has_its_methods_with_no_more_bounds_than_upstream() {
    fn without_bounds<S>() {
        let _: fn(WebSocketStream<S>) -> S = WebSocketStream::<S>::into_inner;
        let _: fn(&WebSocketStream<S>) -> &WebSocketConfig = WebSocketStream::<S>::get_config;
    }
    fn of_streams<'s, S: AsyncRead + AsyncWrite + Unpin + 's>() {
        three::<S, Role, Config, WebSocketStream<S>, _>(WebSocketStream::<S>::from_raw_socket);
        four::<S, Vec<u8>, Role, Config, WebSocketStream<S>, _>(
            WebSocketStream::<S>::from_partially_read,
        );
        let _: fn(&WebSocketStream<S>) -> &S = WebSocketStream::<S>::get_ref;
        let _: fn(&mut WebSocketStream<S>) -> &mut S = WebSocketStream::<S>::get_mut;
        two::<&'s mut WebSocketStream<S>, Option<CloseFrame>, Result<()>, _>(
            WebSocketStream::<S>::close,
        );
    }
    without_bounds::<*const ()>();
    of_streams::<Mock>();
    of_streams::<&mut TcpStream>();
}

#[test]
fn the_stream_of_either_kind_has_its_own_method() {
    let _: fn(&MaybeTlsStream<*const ()>) -> &*const () = MaybeTlsStream::get_ref;
    let MaybeTlsStream::Plain(text) = MaybeTlsStream::Plain("plain") else {
        panic!("it was made as that")
    };
    assert_eq!(text, "plain");
}

/// Whether the type is the library's own.
macro_rules! is_librarys {
    ($($path:tt)+) => {
        TypeId::of::<redhanded::tokio_tungstenite::$($path)+>() == TypeId::of::<::tokio_tungstenite::$($path)+>()
    };
}

/// Whether the function is the library's own: every function has a type of its own.
macro_rules! is_librarys_function {
    ($($path:tt)+) => { id_of(redhanded::tokio_tungstenite::$($path)+) == id_of(::tokio_tungstenite::$($path)+) };
}

#[test]
fn the_stream_that_writes_is_the_librarys_own_exactly_when_the_crate_is_off() {
    let of_the_library = [
        is_librarys!(WebSocketStream<TcpStream>),
        is_librarys!(WebSocketStream<Mock>),
        is_librarys!(WebSocketStream<&'static mut TcpStream>),
        is_librarys!(WebSocketStream<::tokio_tungstenite::MaybeTlsStream<TcpStream>>),
    ];
    assert_eq!(of_the_library, [!ON; 4]);
    quiet();
    let made = WebSocketStream::from_raw_socket(Mock::default(), Role::Server, None);
    let ours: Box<dyn Any> = Box::new(made.now_or_never().unwrap());
    let assigned: std::result::Result<Box<::tokio_tungstenite::WebSocketStream<Mock>>, _> =
        ours.downcast();
    assert_eq!(assigned.is_ok(), !ON);
}

#[test]
fn the_functions_that_make_it_are_the_librarys_own_exactly_when_the_crate_is_off() {
    let of_the_library = [
        is_librarys_function!(connect_async::<&str>),
        is_librarys_function!(connect_async_with_config::<&str>),
        is_librarys_function!(client_async::<&str, Mock>),
        is_librarys_function!(client_async_with_config::<&str, Mock>),
        is_librarys_function!(accept_async::<Mock>),
        is_librarys_function!(accept_async_with_config::<Mock>),
        is_librarys_function!(accept_hdr_async::<Mock, NoCallback>),
        is_librarys_function!(accept_hdr_async_with_config::<Mock, NoCallback>),
    ];
    assert_eq!(of_the_library, [!ON; 8]);
}

#[test]
fn whatever_does_not_write_by_itself_is_the_librarys_own_in_both_states() {
    assert!(is_librarys!(MaybeTlsStream<TcpStream>));
    assert!(is_librarys!(Connector));
}

#[test]
fn raw_is_the_library_itself_in_both_states() {
    let raw = TypeId::of::<redhanded::raw::tokio_tungstenite::WebSocketStream<TcpStream>>();
    assert_eq!(
        raw,
        TypeId::of::<::tokio_tungstenite::WebSocketStream<TcpStream>>()
    );
}

#[cfg(feature = "detect")]
#[test]
fn the_watched_stream_is_never_the_librarys_and_is_the_one_programs_get_exactly_when_the_crate_is_on()
 {
    let watched = TypeId::of::<redhanded::watched::tokio_tungstenite::WebSocketStream<TcpStream>>();
    let programs = TypeId::of::<WebSocketStream<TcpStream>>();
    assert_ne!(
        watched,
        TypeId::of::<::tokio_tungstenite::WebSocketStream<TcpStream>>()
    );
    assert_eq!(watched == programs, ON);
}
