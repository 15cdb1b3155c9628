//! Messages are compressed (`permessage-deflate`), and a frame goes into another one: the peer's first error is its inflater's.
//!
//! The library above a tap has agreed on the extension in the handshake, which the tap has read. Without it, the first error
//! is that of the reserved bits.

use crate::accusation::addresses;
use crate::common::{quiet, until};
use redhanded::Tap;
use redhanded::report::{FarEnd, Kind};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const ACCEPT: &str = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
const DEFLATE: &str = "Sec-WebSocket-Extensions: permessage-deflate\r\n";

/// The frame of a compressed message, as a server sends it.
fn compressed(payload: &[u8]) -> Vec<u8> {
    [&[0xc2, payload.len() as u8], payload].concat()
}

/// A connection, in a process that is quiet.
fn pair() -> [TcpStream; 2] {
    quiet();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    [listener.accept().unwrap().0, client]
}

/// Reads a head of HTTP to its end.
fn takes_head(stream: &mut impl Read) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
}

fn request(extensions: &str) -> String {
    format!(
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{KEY}{extensions}\r\n"
    )
}

fn answer(extensions: &str) -> String {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{ACCEPT}{extensions}\r\n"
    )
}

/// What a report says of the far end of this connection. Several tests may share a report.
fn far_end_on(ends: (Option<String>, Option<String>)) -> FarEnd {
    until("the report", || {
        let reports = redhanded::reports().into_iter();
        let findings = reports.filter(|report| report.kind == Kind::TornFrame);
        let mut findings = findings.flat_map(|report| {
            let first = (report.wire, report.bytes);
            let samples = report.samples.into_iter();
            std::iter::once(first).chain(samples.map(|sample| (sample.wire, sample.bytes)))
        });
        let (_, bytes) =
            findings.find(|(wire, _)| (wire.local.clone(), wire.peer.clone()) == ends)?;
        Some(bytes.expect("it is torn").far_end)
    })
}

/// What a report says of the far end, of a frame that another one is written into behind such a handshake.
fn torn_by_a_server(offered: &str, accepted: &str) -> FarEnd {
    let [server, mut client] = pair();
    let ends = addresses(&server);
    let other = server.try_clone().unwrap();
    let (mut tap, mut beside) = (Tap::new(server), Tap::new(other));
    client.write_all(request(offered).as_bytes()).unwrap();
    takes_head(&mut tap);
    tap.write_all(answer(accepted).as_bytes()).unwrap();
    let frame = compressed(b"\x4a\x4c\x4a\x06\x00 and more of it");
    tap.write_all(&frame[..7]).unwrap();
    beside.write_all(&compressed(b"\x2a\x02\x00")).unwrap();
    tap.write_all(&frame[7..]).unwrap();
    far_end_on(ends)
}

#[test]
fn the_first_error_of_a_torn_compressed_message_is_that_of_the_inflater() {
    let far_end = torn_by_a_server(DEFLATE, DEFLATE);
    assert_eq!(far_end.error.as_deref(), Some("corrupt deflate stream"));
    assert_eq!((far_end.corrupted, far_end.close_code), (Some(true), None));
    assert!(
        far_end
            .sees
            .iter()
            .any(|step| step.contains("inflates a payload")),
        "{far_end:?}"
    );
}

#[test]
fn what_was_only_offered_is_not_agreed_on() {
    let far_end = torn_by_a_server(DEFLATE, "");
    let words = "WebSocket protocol error: Reserved bits are non-zero";
    assert_eq!(far_end.error.as_deref(), Some(words));
    assert_eq!(
        (far_end.corrupted, far_end.close_code),
        (Some(false), Some(1002))
    );
}

#[test]
fn a_client_reads_in_the_answer_what_was_agreed_on() {
    let [mut server, client] = pair();
    let ends = addresses(&client);
    let other = client.try_clone().unwrap();
    let (mut tap, mut beside) = (Tap::new(client), Tap::new(other));
    tap.write_all(request(DEFLATE).as_bytes()).unwrap();
    takes_head(&mut server);
    server.write_all(answer(DEFLATE).as_bytes()).unwrap();
    takes_head(&mut tap);
    let masked =
        |payload: &[u8]| [&[0xc2, 0x80 | payload.len() as u8, 0, 0, 0, 0], payload].concat();
    let frame = masked(b"\x4a\x4c\x4a\x06\x00 and more of it");
    tap.write_all(&frame[..9]).unwrap();
    beside.write_all(&masked(b"\x2a\x02\x00")).unwrap();
    tap.write_all(&frame[9..]).unwrap();
    let far_end = far_end_on(ends);
    assert_eq!(
        far_end.error.as_deref(),
        Some("corrupt deflate stream"),
        "{far_end:?}"
    );
}
