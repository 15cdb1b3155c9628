//! The socket is found behind every type that is known, and behind no other.

#![allow(unsafe_code)] // The macro's own, which only the crate that defines it is told of.

use super::socket_of;
use crate::wire::Socket;
use std::io::BufReader as StdBufReader;
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let one = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    one.set_nonblocking(true).unwrap();
    (one, listener.accept().unwrap().0)
}

/// Whether the socket that is found behind a stream is that of the TCP stream it is made of.
fn is_found<S>(make: impl FnOnce(TcpStream) -> S) -> bool {
    let (one, _other) = connection();
    let expected = Socket::of_tcp(&one).unwrap();
    socket_of(&make(one)) == expected
}

/// The same of a stream on a Unix socket.
fn is_found_unix<S>(make: impl FnOnce(UnixStream) -> S) -> bool {
    let (one, _other) = UnixStream::pair().unwrap();
    one.set_nonblocking(true).unwrap();
    let expected = Socket::of_descriptor(&one).unwrap();
    socket_of(&make(one)) == expected
}

/// A type that is not known.
struct Unknown<S>(S);

#[test]
fn sockets_and_pointers_to_them_are_found() {
    assert!(is_found(|tcp| tcp) && is_found_unix(|unix| unix));
    assert!(is_found(Box::new) && is_found(Arc::new) && is_found(Rc::new));
    assert!(is_found(Box::pin) && is_found(|tcp| Box::new(Box::new(tcp))));
    assert!(is_found(|tcp| Arc::new(Box::new(tcp))) && is_found(|tcp| Box::new(Arc::new(tcp))));
    let (mut tcp, _other) = connection();
    let expected = Socket::of_tcp(&tcp).unwrap();
    assert_eq!(socket_of(&&tcp), expected);
    assert_eq!(socket_of(&Pin::new(&mut tcp)), expected);
    let mut boxed = Box::new(tcp);
    assert_eq!(socket_of(&&boxed), expected);
    assert_eq!(socket_of(&&mut boxed), expected);
    let shared = Arc::new(*boxed);
    assert_eq!(socket_of(&&shared), expected);
}

#[test]
fn a_type_that_is_not_known_is_named_and_shares_no_socket() {
    let (tcp, _other) = connection();
    let expected = Socket::of_tcp(&tcp).unwrap();
    let clone = tcp.try_clone().unwrap();
    for socket in [
        socket_of(&Unknown(tcp)),
        socket_of(&Box::new(StdBufReader::new(clone))),
    ] {
        assert!(socket.key().is_none() && socket != expected);
        let name = socket.unknown_type().expect("it is not known");
        assert!(
            name.contains("Unknown<") || name.contains("BufReader<"),
            "{name}"
        );
    }
}

#[test]
fn a_field_of_a_known_type_makes_its_type_known_without_a_call_of_the_program() {
    struct Counted<'c> {
        _count: &'c u8,
        inner: Inner<Box<TcpStream>>,
    }
    struct Inner<S>(u8, S);

    let count = 7;
    let counted = |tcp| Counted {
        _count: &count,
        inner: Inner(1, Box::new(tcp)),
    };
    assert!(!is_found(counted));
    crate::know_field!(Inner<Box<TcpStream>>, 1);
    crate::know_field!(Counted<'_>, inner);
    assert!(is_found(counted) && is_found(|tcp| Box::new(counted(tcp))));
    assert!(is_found(|tcp| counted(tcp).inner));
    assert_eq!(counted(connection().0).inner.0, 1);

    struct Outer<S> {
        inner: Inner<S>,
    }
    crate::know_field!(Outer<UnixStream>, inner.1);
    let outer = |unix| Outer {
        inner: Inner(2, unix),
    };
    assert!(is_found_unix(outer) && outer(UnixStream::pair().unwrap().0).inner.0 == 2);
}

#[test]
fn a_field_whose_type_is_not_known_names_that_type() {
    struct Outer(Unknown<TcpStream>);
    crate::know_field!(Outer, 0);
    let outer = Outer(Unknown(connection().0));
    let name = socket_of(&outer).unknown_type().expect("it is not known");
    assert!(name.contains("Unknown<"), "{name}");
    drop(outer.0.0);
}

#[cfg(feature = "mio")]
#[test]
fn sockets_of_mio_are_found() {
    assert!(is_found(mio::net::TcpStream::from_std));
    assert!(is_found_unix(mio::net::UnixStream::from_std));
    assert!(is_found(|tcp| Box::new(mio::net::TcpStream::from_std(tcp))));
}

#[cfg(feature = "socket2")]
#[test]
fn sockets_of_socket2_are_found() {
    assert!(is_found(socket2::Socket::from));
    assert!(is_found_unix(|unix| socket2::Socket::from(OwnedFd::from(
        unix
    ))));
}

#[cfg(feature = "async-io")]
#[test]
fn sockets_of_async_io_are_found() {
    use async_io::Async;
    assert!(is_found(|tcp| Async::new(tcp).unwrap()));
    assert!(is_found(|tcp| Arc::new(Async::new(tcp).unwrap())));
    assert!(is_found_unix(|unix| Async::new(unix).unwrap()));
}

#[cfg(feature = "async-net")]
#[test]
fn sockets_of_async_net_are_found() {
    let tcp = |tcp| async_net::TcpStream::try_from(tcp).unwrap();
    assert!(is_found(tcp) && is_found(|it| Box::new(tcp(it))));
    assert!(is_found_unix(|unix| async_net::unix::UnixStream::try_from(
        unix
    )
    .unwrap()));
}

#[cfg(feature = "tokio")]
mod of_tokio {
    use super::*;
    use tokio::io::{AsyncRead, AsyncWrite, BufReader, BufWriter, join};

    fn tcp(tcp: TcpStream) -> tokio::net::TcpStream {
        tokio::net::TcpStream::from_std(tcp).unwrap()
    }

    fn unix(unix: UnixStream) -> tokio::net::UnixStream {
        tokio::net::UnixStream::from_std(unix).unwrap()
    }

    fn halves(stream: TcpStream) -> (impl AsyncRead, impl AsyncWrite) {
        tcp(stream).into_split()
    }

    #[tokio::test]
    async fn sockets_and_halves_are_found() {
        assert!(is_found(tcp) && is_found_unix(unix) && is_found(|it| Box::pin(tcp(it))));
        let joined = |it| {
            let (reader, writer) = tcp(it).into_split();
            join(reader, writer)
        };
        assert!(is_found(joined) && is_found(|it| Box::new(joined(it))));
        assert!(is_found(|it| halves(it).0) && is_found(|it| halves(it).1));
        let buffered = |it| {
            let (reader, writer) = tcp(it).into_split();
            join(BufReader::new(reader), writer)
        };
        assert!(is_found(buffered) && is_found(|it| BufReader::new(tcp(it))));
    }

    #[tokio::test]
    async fn what_keeps_bytes_back_and_what_hides_its_socket_is_not_found() {
        assert!(!is_found(|it| BufWriter::new(tcp(it))));
        assert!(!is_found(|it| tokio::io::split(tcp(it)).1));
    }

    #[cfg(feature = "tokio-util")]
    #[tokio::test]
    async fn sockets_below_an_adapter_of_tokio_util_are_found() {
        use tokio_util::compat::{FuturesAsyncReadCompatExt, TokioAsyncReadCompatExt};
        assert!(is_found(|it| tcp(it).compat()) && is_found_unix(|it| unix(it).compat()));
        assert!(is_found(|it| Box::new(tcp(it)).compat()));
        assert!(is_found(|it| Box::new(tcp(it).compat())));
        let smol = |it| async_net::TcpStream::try_from(it).unwrap();
        assert!(is_found(|it| FuturesAsyncReadCompatExt::compat(smol(it))));
    }

    #[cfg(feature = "hyper-util")]
    #[tokio::test]
    async fn sockets_below_an_adapter_of_hyper_util_are_found() {
        use hyper_util::rt::TokioIo;
        assert!(is_found(|it| TokioIo::new(tcp(it))) && is_found_unix(|it| TokioIo::new(unix(it))));
        assert!(is_found(|it| TokioIo::new(Box::new(tcp(it)))));
        assert!(is_found(|it| TokioIo::new(TokioIo::new(tcp(it)))));
    }
}
