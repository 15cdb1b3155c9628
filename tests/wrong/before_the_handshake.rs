//! A hub that has a connection in its list before the connection's handshake is over.
//!
//! The connection is registered when it is accepted, on a clone of its socket, and the handshake is made in a thread of its
//! own. A broadcast in between goes out first: the peer reads `\x81\x04newsHTTP/1.1 101`.

use crate::asynchronous::on_one_thread;
use crate::common::{PATIENCE, RUNS, run_often};
use crate::runs::reports_of;
use redhanded::Tap;
use redhanded::report::{Kind, Report};
use redhanded::tokio_tungstenite::accept_async;
use redhanded::tungstenite::client::IntoClientRequest;
use redhanded::tungstenite::handshake::client::ClientHandshake;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{HandshakeError, Message, WebSocket, accept};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

const REQUEST: &[u8] =
    b"GET /feed HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

fn connection() -> [TcpStream; 2] {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let peer = TcpStream::connect(listener.local_addr().expect("an address")).expect("loopback");
    let (ours, _) = listener.accept().expect("a client connects");
    for end in [&ours, &peer] {
        end.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    }
    [ours, peer]
}

fn registered(socket: &TcpStream, role: Role) -> WebSocket<TcpStream> {
    WebSocket::from_raw_socket(socket.try_clone().expect("a clone"), role, None)
}

/// Checks that every run has added one finding of these two lines, in this order.
#[track_caller]
fn check(lines: [u32; 2], operations: [&str; 2], runs: u64) {
    let is_of = |report: &&Report| {
        let sites = report
            .writers
            .iter()
            .map(|writer| writer.call_site.as_ref());
        sites.map(|site| site.map_or(0, |site| site.line)).eq(lines)
    };
    let reports = reports_of(file!());
    let [report] = &reports.iter().filter(is_of).collect::<Vec<_>>()[..] else {
        panic!("one report of {lines:?}: {reports:#?}")
    };
    assert_eq!(
        (report.kind, report.count),
        (Kind::TornFrame, runs),
        "{report}"
    );
    let named = report
        .writers
        .iter()
        .map(|writer| writer.operation.as_str());
    assert!(named.eq(operations), "{report}");
    assert!(
        report
            .writers
            .iter()
            .all(|writer| !writer.backtrace.is_empty()),
        "{report}"
    );
    assert!(report.summary.contains("handshake"), "{report}");
}

#[test]
fn a_broadcast_before_the_answer_is_a_torn_frame() {
    let lines = Arc::new(Mutex::new([0; 2]));
    let seen = lines.clone();
    run_often(move |_| {
        let [ours, mut peer] = connection();
        let mut member = registered(&ours, Role::Server);
        ours.set_nonblocking(true).expect("a socket");
        let Err(HandshakeError::Interrupted(begun)) = accept(ours) else {
            panic!("no request has come")
        };
        let (sent, broadcast) = (member.send(Message::text("news")), line!());
        sent.expect("no error");
        peer.write_all(REQUEST).expect("the hub is there");
        let (accepted, handshake) = (begun.handshake(), line!());
        accepted.expect("the peer asks");
        let mut start = [0; 15];
        peer.read_exact(&mut start).expect("an answer");
        assert!(start.starts_with(b"\x81\x04newsHTTP/1.1 "), "{start:?}");
        *seen.lock().unwrap() = [broadcast, handshake];
    });
    let lines = *lines.lock().unwrap();
    check(lines, ["send Text 4 B", "handshake"], RUNS as u64);
}

#[test]
fn a_broadcast_before_the_answer_below_a_tap_is_a_torn_frame() {
    const ANSWER: &[u8] =
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    let lines = Arc::new(Mutex::new([0; 2]));
    let seen = lines.clone();
    run_often(move |_| {
        let [ours, mut peer] = connection();
        let mut member = registered(&ours, Role::Server);
        let mut tap = Tap::new(ours);
        peer.write_all(REQUEST).expect("the program is there");
        tap.read_exact(&mut vec![0; REQUEST.len()])
            .expect("a request");
        let (sent, broadcast) = (member.send(Message::text("all of you")), line!());
        sent.expect("no error");
        let (answered, answer) = (tap.write_all(ANSWER), line!());
        answered.expect("the peer is there");
        tap.write_all(b"\x81\x02hi").expect("the peer is there");
        *seen.lock().unwrap() = [broadcast, answer];
    });
    let lines = *lines.lock().unwrap();
    check(lines, ["send Text 10 B", "handshake"], RUNS as u64);
}

#[test]
fn a_broadcast_before_the_answer_of_a_task_is_a_torn_frame() {
    let lines = Arc::new(Mutex::new([0; 2]));
    let seen = lines.clone();
    run_often(move |_| {
        let [ours, mut peer] = connection();
        let mut member = registered(&ours, Role::Server);
        ours.set_nonblocking(true).expect("a socket");
        let lines = on_one_thread(async move {
            let ours = tokio::net::TcpStream::from_std(ours).expect("a socket");
            let mut accepting = std::pin::pin!(accept_async(ours));
            assert!(futures_util::poll!(accepting.as_mut()).is_pending());
            let (sent, broadcast) = (member.send(Message::text("every one")), line!());
            sent.expect("no error");
            peer.write_all(REQUEST).expect("the hub is there");
            let (accepted, handshake) = (accepting.await, line!());
            accepted.expect("the peer asks");
            [broadcast, handshake]
        });
        *seen.lock().unwrap() = lines;
    });
    let lines = *lines.lock().unwrap();
    check(lines, ["send Text 9 B", "handshake"], RUNS as u64);
}

#[test]
fn a_frame_before_the_request_is_a_torn_frame() {
    let lines = Arc::new(Mutex::new([0; 2]));
    let seen = lines.clone();
    run_often(move |_| {
        let [ours, peer] = connection();
        let mut early = registered(&ours, Role::Client);
        let request = "ws://localhost/feed"
            .into_client_request()
            .expect("a request");
        let begun = ClientHandshake::start(ours, request, None).expect("it begins");
        let (sent, line) = (early.send(Message::text("hello")), line!());
        sent.expect("no error");
        drop(peer.shutdown(Shutdown::Write));
        let (result, handshake) = (begun.handshake(), line!());
        assert!(result.is_err(), "the peer has gone");
        *seen.lock().unwrap() = [line, handshake];
    });
    let lines = *lines.lock().unwrap();
    check(lines, ["send Text 5 B", "handshake"], RUNS as u64);
}
