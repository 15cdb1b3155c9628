//! Peers that refuse, stall, break off or send garbage. Each test has one fault.

use crate::peer::{
    PATIENCE, Refusing, Server, connected, disconnected, impatient, message, next, quick,
    refused_url, rest, run, until,
};
use redhanded::raw::tungstenite::error::ProtocolError;
use redhanded::raw::tungstenite::protocol::frame::coding::CloseCode;
use redhanded::raw::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use redhanded::raw::tungstenite::{Error, Message};
use redhanded_client::error::{ConnectionError, StartError, Step};
use redhanded_client::{Backoff, Client, Delivery, Event, Options};
use socket2::SockRef;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

/// Checks that the client works again with a correct peer.
fn recovers(server: &Server, client: &Client) {
    let receipt = client.send("after all", Delivery::Guaranteed).unwrap();
    let mut peer = server.accept();
    let reading = thread::spawn(move || rest(&mut peer));
    receipt.wait(PATIENCE).unwrap();
    assert_eq!(client.close(PATIENCE).unwrap(), []);
    assert_eq!(reading.join().unwrap().last().unwrap(), "after all");
}

/// Reads a handshake to its end.
fn read_request(socket: &mut TcpStream) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        socket.read_exact(&mut byte).unwrap();
        request.extend(byte);
    }
}

/// Resets the connection instead of closing it.
fn reset(socket: TcpStream) {
    SockRef::from(&socket)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
}

#[test]
fn a_server_that_refuses_is_tried_again_until_it_is_there() {
    run(|| {
        let refusing = Refusing::new();
        let client = Client::builder(refusing.url())
            .backoff(quick())
            .start()
            .unwrap();
        for _ in 0..5 {
            let (why, retry_in) = disconnected(&client);
            assert!(
                matches!(why, ConnectionError::Connect(_)) && !why.is_permanent(),
                "{why:?}"
            );
            assert!(retry_in.unwrap() <= Duration::from_millis(10));
        }
        recovers(&refusing.listen(), &client);
    });
}

#[test]
fn the_last_attempt_ends_the_client() {
    run(|| {
        let client = Client::builder(refused_url())
            .backoff(quick().attempts(Some(3)))
            .start()
            .unwrap();
        client.send("kept", Delivery::Guaranteed).unwrap();
        let retries: Vec<bool> = client
            .events()
            .map(|event| match event {
                Event::Disconnected { retry_in, .. } => retry_in.is_some(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(retries, [true, true, false]);
        assert_eq!(client.close(PATIENCE).unwrap(), [Message::text("kept")]);
    });
}

#[test]
fn a_server_that_accepts_and_says_nothing_is_given_up() {
    run(|| {
        let server = Server::new();
        let client = server
            .builder()
            .connect_timeout(Duration::from_millis(50))
            .start()
            .unwrap();
        let _silent = server.accept_socket();
        let (why, _) = disconnected(&client);
        assert!(
            matches!(
                why,
                ConnectionError::TimedOut {
                    during: Step::Handshake
                }
            ),
            "{why:?}"
        );
        recovers(&server, &client);
    });
}

#[test]
fn a_server_that_closes_at_once_is_tried_again() {
    run(|| {
        let server = Server::new();
        let client = server.client();
        drop(server.accept_socket());
        let (why, _) = disconnected(&client);
        assert!(
            matches!(why, ConnectionError::Handshake(_)) && !why.is_permanent(),
            "{why:?}"
        );
        recovers(&server, &client);
    });
}

#[test]
fn a_reset_in_the_middle_of_a_frame_loses_no_message_before_it() {
    run(|| {
        let server = Server::new();
        let client = server.client();
        let mut peer = server.accept();
        connected(&client);
        peer.send(Message::text("whole")).unwrap();
        assert_eq!(message(&client), "whole");
        let mut socket = peer.into_inner();
        socket.write_all(&[0x82, 100, 1, 2, 3]).unwrap();
        reset(socket);
        let (why, _) = disconnected(&client);
        assert!(matches!(why, ConnectionError::Lost(_)), "{why:?}");
        recovers(&server, &client);
    });
}

#[test]
fn an_end_in_the_middle_of_a_frame_is_no_message() {
    run(|| {
        let server = Server::new();
        let client = server.client();
        let mut socket = server.accept().into_inner();
        socket.write_all(&[0x82, 100, 1, 2, 3]).unwrap();
        drop(socket);
        let (why, _) = disconnected(&client);
        let ConnectionError::Lost(error) = &why else {
            panic!("{why:?}")
        };
        assert!(
            matches!(
                **error,
                Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)
            ),
            "{error:?}"
        );
        assert_eq!(client.stats().received, 0);
        recovers(&server, &client);
    });
}

#[test]
fn a_peer_that_stops_reading_is_dead_and_replaced() {
    run(|| {
        let server = Server::new();
        let client = server.builder().options(impatient()).start().unwrap();
        let stuck = server.accept();
        let payload = vec![7; 1 << 20];
        for _ in 0..12 {
            client.send(payload.clone(), Delivery::Guaranteed).unwrap();
        }
        connected(&client);
        let (why, _) = disconnected(&client);
        assert!(
            matches!(why, ConnectionError::Dead { silent_for } if silent_for >= Duration::from_millis(150)),
            "{why:?}"
        );
        let mut peer = server.accept();
        for _ in 0..12 {
            assert_eq!(next(&mut peer).into_data(), payload);
        }
        let reading = thread::spawn(move || rest(&mut peer));
        assert_eq!(client.close(PATIENCE).unwrap(), []);
        reading.join().unwrap();
        drop(stuck);
    });
}

#[test]
fn a_peer_that_sends_but_answers_nothing_is_dead_and_replaced() {
    run(|| {
        let server = Server::new();
        let client = server.builder().options(impatient()).start().unwrap();
        let mut zombie = server.accept();
        connected(&client);
        // It sends all the time, but it does not read.
        let talking =
            thread::spawn(move || while zombie.send(Message::text("all is well")).is_ok() {});
        let (why, _) = disconnected(&client);
        assert!(matches!(why, ConnectionError::Dead { .. }), "{why:?}");
        talking.join().unwrap();
        recovers(&server, &client);
    });
}

#[test]
fn a_peer_that_answers_pings_late_but_in_time_stays() {
    run(|| {
        let server = Server::new();
        let options = Options::default()
            .keepalive(Some(Duration::from_millis(5)))
            .pong_timeout(PATIENCE);
        let client = server.builder().options(options).start().unwrap();
        let mut peer = server.accept();
        let receipt = client.send("read late", Delivery::Guaranteed).unwrap();
        connected(&client);
        assert!(
            client.recv_timeout(Duration::from_millis(100)).is_err(),
            "nothing happens meanwhile"
        );
        let reading = thread::spawn(move || rest(&mut peer));
        receipt.wait(PATIENCE).unwrap();
        assert!(client.stats().round_trip.unwrap() >= Duration::from_millis(90));
        client.close(PATIENCE).unwrap();
        assert_eq!(reading.join().unwrap(), ["read late"]);
        assert_eq!(client.stats().reconnects, 0);
    });
}

#[test]
fn a_peer_in_the_middle_of_a_long_message_is_not_dead() {
    run(|| {
        let server = Server::new();
        let options = impatient().pong_timeout(Duration::from_secs(1));
        let client = server.builder().options(options).start().unwrap();
        let mut socket = server.accept().into_inner();
        connected(&client);
        // It comes byte after byte, for longer than a ping may stay unanswered.
        socket.write_all(&[0x82, 100]).unwrap();
        for _ in 1..100 {
            socket.write_all(&[7]).unwrap();
            let event = client.recv_timeout(Duration::from_millis(20));
            assert!(event.is_err(), "{event:?}");
        }
        socket.write_all(&[7]).unwrap();
        let seen = until(&client, |event| {
            if let Event::Message(message) = event {
                Some(message)
            } else {
                None
            }
        });
        assert_eq!(seen, Message::binary(vec![7; 100]));
    });
}

#[test]
fn a_peer_that_sends_garbage_is_left() {
    run(|| {
        let server = Server::new();
        let client = server.client();
        let garbage: [&[u8]; 5] = [
            &[0xff; 200],
            &[b'H'; 200],
            &[0x81, 2, 0xff, 0xfe],
            &[0x80, 0],
            &[0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255],
        ];
        for bytes in garbage {
            let mut socket = server.accept().into_inner();
            socket.write_all(bytes).unwrap();
            let (why, _) = disconnected(&client);
            assert!(matches!(why, ConnectionError::Lost(_)), "{why:?}");
        }
        recovers(&server, &client);
    });
}

#[test]
fn a_server_that_speaks_another_protocol_is_left() {
    run(|| {
        let server = Server::new();
        let client = server.client();
        for answer in [
            "220 mail.example ESMTP\r\n\r\n",
            "HTTP/1.1 101 Switching\r\n\r\n",
            "\0\0\0\0\r\n\r\n",
        ] {
            let mut socket = server.accept_socket();
            read_request(&mut socket);
            socket.write_all(answer.as_bytes()).unwrap();
            let (why, _) = disconnected(&client);
            assert!(
                matches!(why, ConnectionError::Handshake(_)) && !why.is_permanent(),
                "{why:?}"
            );
        }
        recovers(&server, &client);
    });
}

#[test]
fn a_peer_that_drops_after_some_messages_gets_the_others_later() {
    run(|| {
        let server = Server::new();
        let client = server.client();
        for number in 0..30 {
            client
                .send(number.to_string(), Delivery::Guaranteed)
                .unwrap();
        }
        let mut seen = Vec::new();
        for _ in 0..5 {
            let mut peer = server.accept();
            (0..10).for_each(|_| seen.push(next(&mut peer).to_string().parse::<u32>().unwrap()));
            reset(peer.into_inner());
        }
        let mut peer = server.accept();
        let reading = thread::spawn(move || rest(&mut peer));
        assert_eq!(client.close(PATIENCE).unwrap(), []);
        seen.extend(
            reading
                .join()
                .unwrap()
                .iter()
                .map(|text| text.parse::<u32>().unwrap()),
        );
        let mut first_seen: Vec<u32> = Vec::new();
        seen.iter().for_each(|number| {
            if !first_seen.contains(number) {
                first_seen.push(*number)
            }
        });
        assert_eq!(first_seen, (0..30).collect::<Vec<_>>(), "{seen:?}");
    });
}

#[test]
fn a_first_message_that_fits_into_no_write_buffer_is_an_error() {
    run(|| {
        let server = Server::new();
        let config = WebSocketConfig::default()
            .write_buffer_size(0)
            .max_write_buffer_size(1_000);
        let builder = server
            .builder()
            .websocket_config(config)
            .on_connect(|connection| {
                if connection.number() == 1 {
                    connection.send("x".repeat(1_000));
                }
            });
        let client = builder.start().unwrap();
        let _peer = server.accept();
        let (why, _) = disconnected(&client);
        assert!(
            matches!(&why, ConnectionError::Lost(error) if matches!(**error, Error::WriteBufferFull(_))),
            "{why:?}"
        );
        recovers(&server, &client);
    });
}

#[test]
fn the_close_frame_of_a_peer_is_given_as_the_reason() {
    run(|| {
        let server = Server::new();
        let client = server.client();
        let mut peer = server.accept();
        connected(&client);
        let frame = CloseFrame {
            code: CloseCode::Restart,
            reason: "back soon".into(),
        };
        peer.close(Some(frame.clone())).unwrap();
        assert_eq!(
            peer.read().unwrap(),
            Message::Close(Some(frame.clone())),
            "the closing is answered"
        );
        drop(peer);
        let (why, retry_in) = disconnected(&client);
        assert!(
            matches!(&why, ConnectionError::PeerClosed(Some(said)) if *said == frame),
            "{why:?}"
        );
        assert!(retry_in.is_some());
        recovers(&server, &client);
    });
}

/// Answers every handshake with this status.
fn refusing(status: &'static str) -> (String, thread::JoinHandle<()>, Server) {
    let server = Server::new();
    let (url, listener) = (server.url(), server.listener.try_clone().unwrap());
    let serving = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        read_request(&mut socket);
        socket
            .write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").as_bytes())
            .unwrap();
    });
    (url, serving, server)
}

#[test]
fn a_permanent_refusal_ends_the_client_if_so_configured() {
    for (status, is_permanent) in [
        ("401 Unauthorized", true),
        ("403 Forbidden", true),
        ("404 Not Found", true),
        ("301 Moved", true),
        ("408 Request Timeout", false),
        ("429 Too Many Requests", false),
        ("500 Internal Server Error", false),
        ("503 Service Unavailable", false),
    ] {
        run(move || {
            let (url, serving, _server) = refusing(status);
            let builder =
                Client::builder(url).backoff(Backoff::default().first(PATIENCE).limit(PATIENCE));
            let client = builder.end_on_permanent_errors(true).start().unwrap();
            let (why, retry_in) = disconnected(&client);
            assert_eq!(
                (why.is_permanent(), retry_in.is_none()),
                (is_permanent, is_permanent),
                "{why:?}"
            );
            assert_eq!(why.http_status(), status[..3].parse().ok());
            if is_permanent {
                assert!(client.recv().is_none());
            }
            serving.join().unwrap();
            client.close(PATIENCE).unwrap();
        });
    }
}

#[test]
fn a_refusal_is_tried_again_if_not_configured_otherwise() {
    run(|| {
        let (url, serving, server) = refusing("401 Unauthorized");
        let client = Client::builder(url).backoff(quick()).start().unwrap();
        let (why, retry_in) = disconnected(&client);
        assert!(why.is_permanent() && retry_in.is_some(), "{why:?}");
        serving.join().unwrap();
        recovers(&server, &client);
    });
}

#[test]
fn an_invalid_url_is_an_error_at_once() {
    for url in ["http://127.0.0.1/", "127.0.0.1:80", "ws://", "not a url"] {
        let refused = Client::builder(url).start().unwrap_err();
        assert!(
            matches!(refused, StartError::Request(_)),
            "{url}: {refused:?}"
        );
    }
}

#[test]
fn an_unknown_name_is_an_error_that_is_not_permanent() {
    run(|| {
        let client = Client::builder("ws://no-such-host.invalid/")
            .backoff(quick())
            .start()
            .unwrap();
        let (why, retry_in) = disconnected(&client);
        assert!(
            matches!(&why, ConnectionError::Resolve { host, .. } if host == "no-such-host.invalid"),
            "{why:?}"
        );
        assert!(!why.is_permanent() && retry_in.is_some());
        client.close(PATIENCE).unwrap();
    });
}

#[test]
fn a_name_is_resolved() {
    run(|| {
        let server = Server::new();
        let url = format!("ws://localhost:{}/", server.address().port());
        let client = Client::builder(url).backoff(quick()).start().unwrap();
        recovers(&server, &client);
    });
}
