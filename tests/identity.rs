//! Two objects are one wire when they share a socket, whatever types they reach it through, and never otherwise.
//!
//! Every test makes two writes overlap for certain: a message is sent that is larger than every buffer on the way, and
//! its receiver reads one byte of it and no more. Then the sender is inside its write, and stays there until the
//! receiver reads on.
#![cfg(any(debug_assertions, feature = "detect-in-release"))]

#[path = "common/stuck.rs"]
mod stuck;
#[path = "common/turns.rs"]
mod turns;
#[path = "common/until.rs"]
mod until;

#[path = "identity/apart.rs"]
mod apart;
#[path = "identity/streams.rs"]
mod streams;

use redhanded::Socket;
use redhanded::report::Report;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::protocol::frame::{Frame, FrameSocket};
use redhanded::tungstenite::stream::MaybeTlsStream;
use redhanded::tungstenite::{Message, WebSocket, accept, client, connect};
use std::io::{self, Read};
use std::net::{TcpListener, TcpStream};
use std::thread;
use streams::{Own, tcp};
use stuck::BIG;
use turns::my_turn;
use until::until;

fn server<S>(stream: S) -> WebSocket<S> {
    WebSocket::from_raw_socket(stream, Role::Server, None)
}

/// A message that no socket takes at once.
fn big() -> Message {
    Message::binary(vec![7; BIG])
}

/// A message that a socket takes at once, if no other is before it.
fn small() -> Message {
    Message::text("small")
}

/// How many bytes the two are as a server sends them.
const BOTH: u64 = (BIG + 10 + "small".len() + 2) as u64;

/// Lets `first` get stuck in sending [`big`], and then lets `second` send [`small`] on the same socket. Returns the
/// findings.
fn overlap(
    mut peer: impl Read,
    first: impl FnOnce() + Send,
    second: impl FnOnce() + Send,
) -> Vec<Report> {
    let watch = redhanded::watch();
    thread::scope(move |scope| {
        scope.spawn(first);
        peer.read_exact(&mut [0]).unwrap();
        scope.spawn(second);
        until("the finding of both writers on one wire", || {
            redhanded::reports().into_iter().find(|report| report.open)
        });
        drain(peer, BOTH - 1);
    });
    watch.findings()
}

fn drain(peer: impl Read, bytes: u64) {
    assert_eq!(
        io::copy(&mut peer.take(bytes), &mut io::sink()).unwrap(),
        bytes
    );
}

#[track_caller]
fn assert_one(reports: &[Report]) {
    let [report] = reports else {
        panic!("{} reports, not one: {reports:#?}", reports.len())
    };
    assert_eq!((report.count, report.open), (1, false));
    let sites: Vec<_> = report
        .writers
        .iter()
        .filter_map(|writer| writer.call_site.as_ref())
        .collect();
    assert!(
        sites.len() == 2 && sites.iter().all(|site| site.file == file!()),
        "{sites:?}"
    );
}

#[test]
fn two_duplicates_of_a_tcp_stream_are_one_wire() {
    let _turn = my_turn();
    let (socket, peer) = tcp();
    let (mut first, mut second) = (server(socket.try_clone().unwrap()), server(socket));
    assert_one(&overlap(
        peer,
        || first.send(big()).unwrap(),
        || second.send(small()).unwrap(),
    ));
}

#[test]
fn two_shared_references_to_one_tcp_stream_are_one_wire() {
    let _turn = my_turn();
    let (socket, peer) = tcp();
    let (mut first, mut second) = (server(&socket), server(&socket));
    assert_one(&overlap(
        peer,
        || first.send(big()).unwrap(),
        || second.send(small()).unwrap(),
    ));
}

#[test]
fn unique_references_to_duplicates_of_a_tcp_stream_are_one_wire() {
    let _turn = my_turn();
    let (mut socket, peer) = tcp();
    let mut duplicate = socket.try_clone().unwrap();
    let (mut first, mut second) = (server(&mut socket), server(&mut duplicate));
    assert_one(&overlap(
        peer,
        || first.send(big()).unwrap(),
        || second.send(small()).unwrap(),
    ));
}

#[test]
fn boxes_of_duplicates_of_a_tcp_stream_are_one_wire() {
    let _turn = my_turn();
    let (socket, peer) = tcp();
    let (mut first, mut second) = (
        server(Box::new(socket.try_clone().unwrap())),
        server(Box::new(socket)),
    );
    assert_one(&overlap(
        peer,
        || first.send(big()).unwrap(),
        || second.send(small()).unwrap(),
    ));
}

#[test]
fn plain_maybe_tls_streams_of_one_socket_are_one_wire() {
    let _turn = my_turn();
    let (socket, peer) = tcp();
    let mut first = server(MaybeTlsStream::Plain(socket.try_clone().unwrap()));
    let mut second = server(MaybeTlsStream::Plain(socket));
    assert_one(&overlap(
        peer,
        || first.send(big()).unwrap(),
        || second.send(small()).unwrap(),
    ));
}

#[test]
fn a_reference_to_a_maybe_tls_stream_is_the_wire_of_its_socket() {
    let _turn = my_turn();
    let (socket, peer) = tcp();
    let mut behind = MaybeTlsStream::Plain(socket.try_clone().unwrap());
    let (mut first, mut second) = (server(&mut behind), server(socket));
    assert_one(&overlap(
        peer,
        || first.send(big()).unwrap(),
        || second.send(small()).unwrap(),
    ));
}

#[test]
fn two_types_that_reach_one_socket_are_one_wire() {
    let _turn = my_turn();
    let (socket, peer) = tcp();
    let (mut first, mut second) = (
        server(&socket),
        server(Box::new(socket.try_clone().unwrap())),
    );
    assert_one(&overlap(
        peer,
        || first.send(big()).unwrap(),
        || second.send(small()).unwrap(),
    ));
}

#[test]
fn a_frame_socket_and_a_websocket_on_one_socket_are_one_wire() {
    let _turn = my_turn();
    let (socket, peer) = tcp();
    let (mut first, mut second) = (server(&socket), FrameSocket::new(&socket));
    // This frame has as many bytes as the small message.
    let pong = || second.send(Frame::pong("small")).unwrap();
    assert_one(&overlap(peer, || first.send(big()).unwrap(), pong));
}

#[test]
fn a_users_own_stream_type_is_the_wire_of_its_socket_once_it_is_known() {
    let _turn = my_turn();
    streams::make_own_known();
    let (socket, peer) = tcp();
    let (mut first, mut second) = (server(Own(socket.try_clone().unwrap())), server(socket));
    assert_one(&overlap(
        peer,
        || first.send(big()).unwrap(),
        || second.send(small()).unwrap(),
    ));
}

#[test]
fn an_accepted_connection_is_the_wire_of_its_socket() {
    let _turn = my_turn();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    stuck::tighten(&listener);
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let address = listener.local_addr().unwrap();
    let peer = thread::spawn(move || client(url, stuck::connect_tightly(address)).unwrap().0);
    let socket = listener.accept().unwrap().0;
    stuck::tighten(&socket);
    let mut second = server(socket.try_clone().unwrap());
    let mut first = accept(socket).unwrap();
    let peer = peer.join().unwrap().into_inner();
    assert_one(&overlap(
        peer,
        || first.send(big()).unwrap(),
        || second.send(small()).unwrap(),
    ));
}

#[test]
fn a_connection_made_by_connect_is_the_wire_of_its_socket() {
    let _turn = my_turn();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    stuck::tighten(&listener);
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let peer = thread::spawn(move || accept(listener.accept().unwrap().0).unwrap());
    let (mut first, _) = connect(url).unwrap();
    let MaybeTlsStream::Plain(socket) = first.get_ref() else {
        panic!("no TLS was asked for")
    };
    stuck::tighten(socket);
    let mut second = WebSocket::from_raw_socket(socket.try_clone().unwrap(), Role::Client, None);
    let peer = peer.join().unwrap().into_inner();
    stuck::tighten(&peer);
    let watch = redhanded::watch();
    thread::scope(|scope| {
        scope.spawn(|| first.send(big()).unwrap());
        (&peer).read_exact(&mut [0]).unwrap();
        scope.spawn(|| second.send(small()).unwrap());
        until("the finding of both writers on one wire", || {
            redhanded::reports().into_iter().find(|report| report.open)
        });
        // A client's frames are masked: each has four bytes more.
        drain(&peer, BOTH + 8 - 1);
    });
    assert_one(&watch.findings());
}

#[test]
fn a_stream_that_replaces_another_is_followed() {
    let _turn = my_turn();
    let (socket, peer) = tcp();
    let (another, _other_peer) = tcp();
    let mut first = server(another);
    *first.get_mut() = socket.try_clone().unwrap();
    let mut second = server(socket);
    assert_one(&overlap(
        peer,
        || first.send(big()).unwrap(),
        || second.send(small()).unwrap(),
    ));
}

#[test]
fn sockets_are_equal_exactly_when_they_are_one() {
    let _turn = my_turn();
    let (socket, peer) = tcp();
    let of = |stream: &TcpStream| Socket::of_tcp(stream).unwrap();
    assert_eq!(of(&socket), of(&socket.try_clone().unwrap()));
    assert_ne!(of(&socket), of(&peer));
}

#[cfg(unix)]
mod unix {
    use super::{assert_one, big, my_turn, overlap, server, small, streams};
    use redhanded::tungstenite::stream::MaybeTlsStream;

    #[test]
    fn two_duplicates_of_a_unix_stream_are_one_wire() {
        let _turn = my_turn();
        let (socket, peer) = streams::unix();
        let (mut first, mut second) = (server(socket.try_clone().unwrap()), server(socket));
        assert_one(&overlap(
            peer,
            || first.send(big()).unwrap(),
            || second.send(small()).unwrap(),
        ));
    }

    #[test]
    fn two_references_to_one_unix_stream_are_one_wire() {
        let _turn = my_turn();
        let (socket, peer) = streams::unix();
        let (mut first, mut second) = (server(&socket), server(&socket));
        assert_one(&overlap(
            peer,
            || first.send(big()).unwrap(),
            || second.send(small()).unwrap(),
        ));
    }

    #[test]
    fn a_unix_stream_is_the_wire_of_its_socket_in_every_wrapper() {
        let _turn = my_turn();
        let (mut socket, peer) = streams::unix();
        let mut first = server(Box::new(socket.try_clone().unwrap()));
        let mut second = server(&mut socket);
        assert_one(&overlap(
            &peer,
            || first.send(big()).unwrap(),
            || second.send(small()).unwrap(),
        ));
        let mut third = server(MaybeTlsStream::Plain(socket.try_clone().unwrap()));
        let mut fourth = server(socket);
        assert_one(&overlap(
            &peer,
            || third.send(big()).unwrap(),
            || fourth.send(small()).unwrap(),
        ));
    }
}

/// The detector knows no web framework. It has this name in its list of streams that need no hint.
#[test]
fn what_hyper_hands_out_has_the_name_by_which_the_detector_knows_it() {
    type Upgraded = hyper_util::rt::TokioIo<hyper::upgrade::Upgraded>;
    let name = "hyper_util::rt::tokio::TokioIo<hyper::upgrade::Upgraded>";
    assert_eq!(std::any::type_name::<Upgraded>(), name);
}
