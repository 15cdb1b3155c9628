//! A fragment continues a message, and is the very first frame behind the handshake.
//!
//! The connection is watched from its handshake on, so that nothing can be open. No other writer has sent data: the report
//! has one writer.

use crate::common::{run_often, start};
use crate::runs::reports_of;
use crate::writers::Site;
use redhanded::report::Kind;
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::{Data, OpCode};
use redhanded::tungstenite::{Message, WebSocket};
use std::net::{TcpListener, TcpStream};

fn stray(object: &mut WebSocket<TcpStream>) -> Site {
    let frame = Frame::message(vec![7; 3], OpCode::Data(Data::Continue), true);
    let (sent, site) = (object.send(Message::Frame(frame)), here!());
    sent.expect("there is room");
    site
}

fn behind_the_handshake() -> Site {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    let client = start("client", move || {
        let socket = TcpStream::connect(address).expect("loopback");
        redhanded::raw::tungstenite::client(format!("ws://{address}"), socket)
            .map(|(client, _)| client)
            .map_err(drop)
            .expect("a handshake")
    });
    let (socket, _) = listener.accept().expect("a client connects");
    let mut object = redhanded::tungstenite::accept(socket)
        .map_err(drop)
        .expect("a handshake");
    let _client = client.result();
    start("stray", move || stray(&mut object)).result()
}

#[test]
fn a_continuation_before_any_message_is_caught_behind_a_handshake() {
    run_often(|run| {
        let site = behind_the_handshake();
        let reports = reports_of(file!());
        let [report] = &reports[..] else {
            panic!("one report: {reports:#?}")
        };
        assert_eq!(
            (report.kind, report.count),
            (Kind::TornMessage, run as u64 + 1)
        );
        let [only] = &report.writers[..] else {
            panic!("no other has written: {report}")
        };
        assert_eq!(only.thread.name.as_ref(), Some(&site.thread), "{report}");
        assert!(
            report
                .summary
                .contains("no other writer had written data before"),
            "{report}"
        );
    });
}
