//! Handshakes of both sides: in pieces, interrupted and resumed, refused, and with data right behind them.

use crate::one_to_one;
use crate::scripted::Scripted;
use crate::steps::{FINAL, KEY, PING, REQUEST, RESPONSE, TEXT, from_client, from_server, request};
use crate::wrong;
use redhanded::tungstenite::handshake::client::Request;
use redhanded::tungstenite::handshake::server;
use redhanded::tungstenite::http::{Method, Version};
use redhanded::tungstenite::protocol::WebSocketConfig;
use redhanded::tungstenite::{ClientRequestBuilder, Message};
use std::io::ErrorKind;

fn with_header(name: &'static str, value: &str) -> Request {
    let mut request = request();
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

fn without_header(name: &str) -> Request {
    let mut request = request();
    request.headers_mut().remove(name);
    request
}

#[test]
fn a_client_gets_its_response_and_every_byte_behind_it() {
    let behind = [
        from_server(FINAL | PING, b"right behind"),
        from_server(FINAL | TEXT, b"and one more"),
    ]
    .concat();
    let seen = one_to_one!(lib, log => {
        let stream = Scripted::new(&log).gives([RESPONSE.as_bytes(), &behind[..16]].concat()).gives(&behind[16..]);
        let (mut socket, response) = lib::client(request(), stream).unwrap();
        log.note("response", &response);
        log.note("socket", &socket);
        log.note("read", socket.read());
    });
    assert!(seen.last().unwrap().contains("right behind"), "{seen:?}");
}

#[test]
fn a_client_is_configured_before_its_first_byte() {
    one_to_one!(lib, log => {
        let config = WebSocketConfig::default().max_frame_size(Some(3)).read_buffer_size(77);
        let stream = Scripted::new(&log).gives(RESPONSE).gives(from_server(FINAL | TEXT, b"long"));
        let (mut socket, _) = lib::client::client_with_config(request(), stream, Some(config)).unwrap();
        log.note("config", socket.get_config());
        log.note_error("read", socket.read());
    });
}

#[test]
fn a_client_that_would_block_is_resumed_where_it_stopped() {
    let pieces = RESPONSE.as_bytes().chunks(50);
    let seen = one_to_one!(lib, log => {
        let blocked = ErrorKind::WouldBlock;
        let mut stream = Scripted::new(&log).fails_to_write(blocked).takes(9).fails_to_write(blocked).takes(1000);
        stream = stream.fails_to_flush(blocked).fails_to_read(blocked);
        for piece in pieces.clone() {
            stream = stream.gives(piece).fails_to_read(blocked);
        }
        let mut result = lib::client(request(), stream);
        while let Err(error) = result {
            log.note("error", (&error, error.to_string()));
            let lib::HandshakeError::Interrupted(mut middle) = error else { panic!("not interrupted: {error}") };
            let stream: &Scripted = middle.get_ref().get_ref();
            log.note("stream", stream);
            let stream: &mut Scripted = middle.get_mut().get_mut();
            log.note("stream", stream);
            result = middle.handshake();
        }
        let (mut socket, response) = result.unwrap();
        log.note("response", response);
        socket.get_mut().will_give(from_server(FINAL | TEXT, b"after all"));
        log.note("read", socket.read());
    });
    assert!(
        seen.iter().filter(|line| line.starts_with("error")).count() > 5,
        "it was interrupted again and again"
    );
}

#[test]
fn an_invalid_request_fails_in_the_same_way() {
    let wrong = [
        {
            let mut request = request();
            *request.method_mut() = Method::POST;
            request
        },
        {
            let mut request = request();
            *request.version_mut() = Version::HTTP_10;
            request
        },
        {
            let mut request = request();
            *request.version_mut() = Version::HTTP_2;
            request
        },
        {
            let mut request = request();
            *request.uri_mut() = "http://localhost/".parse().unwrap();
            request
        },
        {
            let mut request = request();
            *request.uri_mut() = "/path".parse().unwrap();
            request
        },
        without_header("Host"),
        without_header("Sec-WebSocket-Key"),
        with_header("Sec-WebSocket-Protocol", "a, b"),
    ];
    for request in wrong {
        one_to_one!(lib, log => {
            let stream = Scripted::new(&log).gives(RESPONSE);
            log.note_error("client", lib::client(request.clone(), stream));
            let started = lib::ClientHandshake::start(Scripted::new(&log), request.clone(), None);
            log.note("started", started.map(|middle| format!("{:?}", middle.get_ref())));
        });
    }
    for uri in [
        "",
        "localhost",
        "/path",
        "http://localhost/",
        "ws:///path",
        "ws://user@/path",
        "ws://local host/",
    ] {
        one_to_one!(lib, log => { log.note_error("client", lib::client(uri, Scripted::new(&log))); });
    }
}

#[test]
fn what_a_builder_adds_is_sent() {
    let seen = one_to_one!(lib, log => {
        let builder = ClientRequestBuilder::new("ws://localhost/path".parse().unwrap());
        let builder = builder.with_header("Sec-WebSocket-Key", KEY).with_header("Own", "header").with_sub_protocol("p");
        log.note("request", lib::client::IntoClientRequest::into_client_request(builder.clone()).map(|mut request| {
            request.headers_mut().insert("Sec-WebSocket-Key", KEY.parse().unwrap());
            lib::handshake::client::generate_request(request)
        }));
        let bad = builder.with_header("not a name", "value");
        log.note_error("client", lib::client(bad, Scripted::new(&log)));
    });
    assert!(seen[0].starts_with("request = Ok(Ok("), "{}", seen[0]);
}

#[test]
fn an_invalid_response_fails_in_the_same_way() {
    for response in wrong::responses() {
        one_to_one!(lib, log => {
            log.note_error("client", lib::client(request(), Scripted::new(&log).gives(&response).ends()));
        });
    }
}

#[test]
fn a_flood_instead_of_a_handshake_is_an_attack_for_both_sides() {
    one_to_one!(lib, log => {
        let flood = || (0..600).fold(Scripted::new(&log), |stream, _| stream.gives("x"));
        log.note_error("accept", lib::accept(flood()));
        let flood = (0..70).fold(Scripted::new(&log), |stream, _| stream.gives([b'x'; 1000]));
        log.note_error("accept", lib::accept(flood));
    });
}

#[test]
fn errors_of_the_stream_come_through_the_handshake() {
    for kind in [
        ErrorKind::Interrupted,
        ErrorKind::BrokenPipe,
        ErrorKind::ConnectionReset,
    ] {
        one_to_one!(lib, log => {
            log.note_error("write", lib::client(request(), Scripted::new(&log).fails_to_write(kind)));
            log.note_error("flush", lib::client(request(), Scripted::new(&log).fails_to_flush(kind)));
            log.note_error("read", lib::client(request(), Scripted::new(&log).fails_to_read(kind)));
            log.note_error("read", lib::accept(Scripted::new(&log).fails_to_read(kind)));
            log.note_error("write", lib::accept(Scripted::new(&log).gives(REQUEST).fails_to_write(kind)));
            log.note_panic("takes nothing", || lib::client(request(), Scripted::new(&log).takes(0)).map(drop));
        });
    }
}

#[test]
fn a_server_answers_and_goes_on_with_the_same_stream() {
    one_to_one!(lib, log => {
        let stream = Scripted::new(&log).gives(REQUEST).gives(from_client(FINAL | PING, b"ping")).takes(30);
        let mut socket = lib::accept(stream).unwrap();
        log.note("socket", &socket);
        log.note("read", socket.read());
        log.note("send", socket.send(Message::text("text")));
        let config = WebSocketConfig::default().accept_unmasked_frames(true);
        let stream = Scripted::new(&log).gives(REQUEST).gives(from_server(FINAL | TEXT, b"not masked"));
        let mut socket = lib::accept_with_config(stream, Some(config)).unwrap();
        log.note("read", socket.read());
    });
}

#[test]
fn a_server_that_would_block_is_resumed_where_it_stopped_and_calls_back_once() {
    one_to_one!(lib, log => {
        let blocked = ErrorKind::WouldBlock;
        let mut stream = Scripted::new(&log).fails_to_write(blocked).takes(10).fails_to_write(blocked);
        stream = stream.fails_to_flush(blocked);
        for piece in REQUEST.as_bytes().chunks(60) {
            stream = stream.fails_to_read(blocked).gives(piece);
        }
        let callback = |request: &server::Request, mut response: server::Response| {
            log.note("callback", request);
            response.headers_mut().insert("Own", "header".parse().unwrap());
            Ok(response)
        };
        let mut result = lib::accept_hdr(stream, callback);
        while let Err(error) = result {
            log.note("error", (&error, error.to_string()));
            let lib::HandshakeError::Interrupted(mut middle) = error else { panic!("not interrupted: {error}") };
            let stream: &Scripted = middle.get_ref().get_ref();
            log.note("stream", stream);
            let stream: &mut Scripted = middle.get_mut().get_mut();
            log.note("stream", stream);
            result = middle.handshake();
        }
        log.note("socket", result.unwrap());
    });
}

#[test]
fn a_callback_can_refuse_and_the_server_gets_the_response_as_an_error() {
    for status in [403, 404, 200] {
        for body in [None, Some("with a body".to_owned())] {
            let seen = one_to_one!(lib, log => {
                let refuse = |_: &server::Request, _: server::Response| -> Result<server::Response, _> {
                    Err(server::ErrorResponse::new(body.clone()).map_status(status))
                };
                let stream = Scripted::new(&log).gives(REQUEST).takes(5);
                log.note_error("accept", lib::accept_hdr_with_config(stream, refuse, None));
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
            log.note_error("accept", lib::accept(Scripted::new(&log).gives(&request).ends()));
        });
    }
}

#[test]
fn the_handshake_machine_goes_round_by_round() {
    one_to_one!(lib, log => {
        use lib::handshake::machine::{HandshakeMachine, RoundResult, StageResult};
        let stream = Scripted::new(&log).takes(2).fails_to_write(ErrorKind::WouldBlock).takes(2);
        let mut machine = HandshakeMachine::start_write(stream.fails_to_flush(ErrorKind::WouldBlock), "text");
        let stream = loop {
            log.note("get_ref", machine.get_ref());
            let round: RoundResult<server::Request, Scripted> = machine.single_round().unwrap();
            log.note("round", &round);
            machine = match round {
                RoundResult::WouldBlock(machine) | RoundResult::Incomplete(machine) => machine,
                RoundResult::StageFinished(StageResult::DoneWriting(stream)) => break stream,
                RoundResult::StageFinished(other) => panic!("it does not read: {other:?}"),
            };
        };
        let mut machine = HandshakeMachine::start_read(stream.gives(&REQUEST[..40]));
        log.note("round", machine.get_mut());
        for _ in 0..2 {
            machine = match machine.single_round::<server::Request>().unwrap() {
                RoundResult::WouldBlock(machine) | RoundResult::Incomplete(machine) => machine,
                other => panic!("it is not done: {other:?}"),
            };
            log.note("machine", &machine);
        }
        machine.get_mut().will_give(&REQUEST[40..]);
        machine.get_mut().will_give("not read any more");
        log.note("round", machine.single_round::<server::Request>());
        let machine = HandshakeMachine::start_read(Scripted::new(&log).ends());
        log.note_error("round", machine.single_round::<server::Request>());
    });
}

/// Short forms for the tests above.
trait Words {
    fn map_status(self, status: u16) -> Self;
}

impl Words for server::ErrorResponse {
    fn map_status(mut self, status: u16) -> Self {
        *self.status_mut() = status.try_into().unwrap();
        self
    }
}
