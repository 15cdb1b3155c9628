//! Asynchronous handshakes of both sides: in pieces, pending, refused, and with data right behind them.

use crate::one_to_one;
use crate::polled::{Polled, drive};
use crate::scripted::Scripted;
use crate::steps::{
    CLOSE, FINAL, PING, REQUEST, RESPONSE, TEXT, from_client, from_server, request,
};
use crate::wrong;
use futures_util::sink::SinkExt;
use futures_util::stream::StreamExt;
use redhanded::raw::tungstenite::handshake::client::Request;
use redhanded::raw::tungstenite::handshake::server;
use redhanded::raw::tungstenite::http::{Method, Version};
use redhanded::raw::tungstenite::protocol::WebSocketConfig;
use redhanded::raw::tungstenite::{ClientRequestBuilder, Message};
use std::io::ErrorKind;

const BLOCKED: ErrorKind = ErrorKind::WouldBlock;

#[test]
fn a_client_gets_its_response_and_every_byte_behind_it() {
    let behind = [
        from_server(FINAL | PING, b"right behind"),
        from_server(FINAL | TEXT, b"and one more"),
    ]
    .concat();
    let seen = one_to_one!(lib, log => {
        let script = Scripted::new(&log).masked().gives([RESPONSE.as_bytes(), &behind[..16]].concat()).gives(&behind[16..]);
        let stream = Polled::new(&log, script.fails_to_read(BLOCKED).gives(from_server(FINAL | CLOSE, b"")).ends());
        let (mut socket, response) = drive(lib::client_async(request(), stream)).unwrap().unwrap();
        log.note("response", &response);
        log.note("socket", &socket);
        log.note("config", socket.get_config());
        for _ in 0..4 {
            log.note("next", drive(socket.next()));
        }
    });
    for message in ["right behind", "and one more"] {
        assert!(
            seen.iter()
                .any(|line| line.starts_with("next") && line.contains(message)),
            "{message}: {seen:#?}"
        );
    }
}

#[test]
fn a_client_is_configured_before_its_first_byte() {
    one_to_one!(lib, log => {
        let config = WebSocketConfig::default().max_frame_size(Some(3)).read_buffer_size(77);
        let script = Scripted::new(&log).gives(RESPONSE).gives(from_server(FINAL | TEXT, b"long"));
        let connecting = lib::client_async_with_config(request(), Polled::new(&log, script), Some(config));
        let (mut socket, _) = drive(connecting).unwrap().unwrap();
        log.note("config", socket.get_config());
        log.note_error("next", drive(socket.next()).unwrap().expect("an error"));
    });
}

#[test]
fn a_client_that_is_pending_goes_on_where_it_stopped() {
    let seen = one_to_one!(lib, log => {
        let script = Scripted::new(&log).fails_to_write(BLOCKED).takes(9).fails_to_write(BLOCKED).takes(1000);
        let script = script.fails_to_flush(BLOCKED);
        let script = RESPONSE.as_bytes().chunks(50).fold(script, |script, piece| script.fails_to_read(BLOCKED).gives(piece));
        let (socket, response) = drive(lib::client_async(request(), Polled::new(&log, script))).unwrap().unwrap();
        log.note("response", response);
        log.note("socket", socket);
    });
    assert!(
        seen.iter()
            .filter(|line| line.contains("WouldBlock"))
            .count()
            > 4,
        "{seen:#?}"
    );
}

#[test]
fn a_handshake_can_be_given_up_on_the_way() {
    one_to_one!(lib, log => {
        let script = Scripted::new(&log).takes(9).fails_to_write(BLOCKED).takes(1000).gives(&RESPONSE[..20]);
        log.note("client", drive(lib::client_async(request(), Polled::new(&log, script))).is_none());
        log.note("server", drive(lib::accept_async(Polled::new(&log, Scripted::new(&log).gives(&REQUEST[..20])))).is_none());
    });
}

#[test]
fn a_request_that_cannot_be_made_fails_in_the_same_way() {
    let mut wrong: Vec<Request> = [
        "Host",
        "Connection",
        "Upgrade",
        "Sec-WebSocket-Version",
        "Sec-WebSocket-Key",
    ]
    .into_iter()
    .map(|name| {
        let mut request = request();
        request.headers_mut().remove(name);
        request
    })
    .collect();
    wrong.extend(
        [
            "http://localhost/",
            "/path",
            "wss://localhost/",
            "ws://user@/",
        ]
        .map(|uri| {
            let mut request = request();
            *request.uri_mut() = uri.parse().unwrap_or_default();
            request
        }),
    );
    let mut by_post = request();
    *by_post.method_mut() = Method::POST;
    let mut of_old = request();
    *of_old.version_mut() = Version::HTTP_10;
    wrong.extend([by_post, of_old]);
    for request in wrong {
        one_to_one!(lib, log => {
            log.note("client", drive(lib::client_async(request.clone(), Polled::new(&log, Scripted::new(&log).gives(RESPONSE)))));
        });
    }
    one_to_one!(lib, log => {
        let bad = ClientRequestBuilder::new("ws://localhost/".parse().unwrap()).with_header("not a name", "value");
        log.note_error("builder", drive(lib::client_async(bad, Polled::new(&log, Scripted::new(&log)))).unwrap());
        log.note_error("text", drive(lib::client_async("not a url", Polled::new(&log, Scripted::new(&log)))).unwrap());
    });
}

#[test]
fn an_invalid_response_fails_in_the_same_way() {
    for response in wrong::responses() {
        one_to_one!(lib, log => {
            let stream = Polled::new(&log, Scripted::new(&log).gives(&response).ends());
            log.note_error("client", drive(lib::client_async(request(), stream)).unwrap());
        });
    }
}

#[test]
fn errors_of_the_stream_come_through_the_handshake() {
    for kind in [
        ErrorKind::Interrupted,
        ErrorKind::BrokenPipe,
        ErrorKind::ConnectionReset,
    ] {
        one_to_one!(lib, log => {
            let client = |script| drive(lib::client_async(request(), Polled::new(&log, script))).unwrap();
            log.note_error("write", client(Scripted::new(&log).fails_to_write(kind)));
            log.note_error("flush", client(Scripted::new(&log).fails_to_flush(kind)));
            log.note_error("read", client(Scripted::new(&log).fails_to_read(kind)));
            log.note_panic("takes nothing", || client(Scripted::new(&log).takes(0)).map(drop));
            let server = |script| drive(lib::accept_async(Polled::new(&log, script))).unwrap();
            log.note_error("read", server(Scripted::new(&log).fails_to_read(kind)));
            log.note_error("write", server(Scripted::new(&log).gives(REQUEST).fails_to_write(kind)));
        });
    }
}

#[test]
fn a_flood_instead_of_a_handshake_is_an_attack() {
    one_to_one!(lib, log => {
        let flood = (0..600).fold(Scripted::new(&log), |script, _| script.gives("x"));
        log.note_error("accept", drive(lib::accept_async(Polled::new(&log, flood))).unwrap());
    });
}

#[test]
fn a_server_answers_and_goes_on_with_the_same_stream() {
    one_to_one!(lib, log => {
        let script = Scripted::new(&log).gives(REQUEST).gives(from_client(FINAL | PING, b"ping")).takes(30);
        let mut socket = drive(lib::accept_async(Polled::new(&log, script))).unwrap().unwrap();
        log.note("socket", &socket);
        log.note("next", drive(socket.next()));
        log.note("send", drive(socket.send(Message::text("text"))));
        let config = WebSocketConfig::default().accept_unmasked_frames(true);
        let script = Scripted::new(&log).gives(REQUEST).gives(from_server(FINAL | TEXT, b"not masked"));
        let accepting = lib::accept_async_with_config(Polled::new(&log, script), Some(config));
        let mut socket = drive(accepting).unwrap().unwrap();
        log.note("config", socket.get_config());
        log.note("next", drive(socket.next()));
    });
}

#[test]
fn a_server_that_is_pending_goes_on_where_it_stopped_and_calls_back_once() {
    let seen = one_to_one!(lib, log => {
        let script = Scripted::new(&log).fails_to_write(BLOCKED).takes(10).fails_to_write(BLOCKED).fails_to_flush(BLOCKED);
        let script = REQUEST.as_bytes().chunks(60).fold(script, |script, piece| script.fails_to_read(BLOCKED).gives(piece));
        let callback = |request: &server::Request, mut response: server::Response| {
            log.note("callback", request);
            response.headers_mut().insert("Own", "header".parse().unwrap());
            Ok(response)
        };
        let config = Some(WebSocketConfig::default().max_frame_size(Some(1)));
        let accepting = lib::accept_hdr_async_with_config(Polled::new(&log, script), callback, config);
        let socket = drive(accepting).unwrap().unwrap();
        log.note("config", socket.get_config());
        log.note("socket", socket);
    });
    assert_eq!(
        seen.iter()
            .filter(|line| line.starts_with("callback"))
            .count(),
        1,
        "{seen:#?}"
    );
}

#[test]
fn a_callback_can_refuse_and_the_server_gets_the_response_as_an_error() {
    for status in [403, 404, 200] {
        for body in [None, Some("with a body".to_owned())] {
            let seen = one_to_one!(lib, log => {
                let refuse = |_: &server::Request, _: server::Response| -> Result<server::Response, _> {
                    let mut refusal = server::ErrorResponse::new(body.clone());
                    *refusal.status_mut() = status.try_into().unwrap();
                    Err(refusal)
                };
                let script = Scripted::new(&log).gives(REQUEST).takes(5).fails_to_write(BLOCKED);
                let accepting = lib::accept_hdr_async(Polled::new(&log, script), refuse);
                log.note_error("accept", drive(accepting).unwrap());
            });
            assert_eq!(
                seen.iter().any(|line| line.starts_with("write")),
                status != 200,
                "{seen:?}"
            );
        }
    }
}

#[test]
fn a_request_that_a_server_cannot_take_fails_in_the_same_way() {
    for request in wrong::requests() {
        one_to_one!(lib, log => {
            let stream = Polled::new(&log, Scripted::new(&log).gives(&request).ends());
            log.note("accept", drive(lib::accept_async(stream)));
        });
    }
}
