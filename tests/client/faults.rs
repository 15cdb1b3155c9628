//! Peers that stall, break off or send garbage. Each test has one fault.

use crate::peer::{PATIENCE, Server, connected, disconnected, message, next, rest, run};
use redhanded::raw::tungstenite::error::ProtocolError;
use redhanded::raw::tungstenite::protocol::frame::coding::CloseCode;
use redhanded::raw::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use redhanded::raw::tungstenite::{Error, Message};
use redhanded_client::error::{ConnectionError, Step};
use redhanded_client::{Client, Delivery};
use socket2::SockRef;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

/// Checks that the client works again with a correct peer.
pub fn recovers(server: &Server, client: &Client) {
    let receipt = client.send("after all", Delivery::Guaranteed).unwrap();
    let mut peer = server.accept();
    let reading = thread::spawn(move || rest(&mut peer));
    receipt.wait(PATIENCE).unwrap();
    assert_eq!(client.close(PATIENCE).unwrap(), []);
    assert_eq!(reading.join().unwrap().last().unwrap(), "after all");
}

/// Reads a handshake to its end.
pub fn read_request(socket: &mut TcpStream) {
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
