//! `connect`: redirects, refusals and everything that is wrong with a URL, over loopback.

use crate::one_to_one;
use crate::server::{Refusing, Server};
use redhanded::tungstenite::stream::MaybeTlsStream;
use std::net::TcpStream;

#[test]
fn a_connection_is_made_and_nothing_behind_the_response_is_lost() {
    let server = Server::start();
    let seen = one_to_one!(lib, log => {
        let (mut socket, response) = lib::connect(server.request("/here")).unwrap();
        log.note("response", response);
        let MaybeTlsStream::Plain(stream) = socket.get_ref() else { panic!("no TLS was asked for") };
        let stream: &TcpStream = stream;
        log.note("stream", (stream.peer_addr().unwrap(), stream.nodelay().unwrap()));
        log.note("config", socket.get_config());
        log.note("read", socket.read());
        log.note("read", socket.read());
        log.note("asked", server.asked());
    });
    assert!(seen[3].contains("right behind"), "{seen:?}");
}

#[test]
fn the_url_alone_is_enough() {
    let server = Server::start();
    one_to_one!(lib, log => {
        let (mut socket, response) = lib::connect(server.url("/here")).unwrap();
        log.note("status", response.status());
        log.note("read", socket.read());
        log.note("asked for", server.asked()[0].split('|').next().unwrap().to_owned());
    });
}

#[test]
fn redirects_are_followed_with_the_same_headers() {
    let server = Server::start();
    let seen = one_to_one!(lib, log => {
        let (mut socket, response) = lib::connect(server.request("/moved")).unwrap();
        log.note("response", response);
        log.note("read", socket.read());
        log.note("asked", server.asked());
    });
    assert_eq!(
        seen.last().unwrap().matches("Own").count() + seen.last().unwrap().matches("own").count(),
        3
    );
}

#[test]
fn redirects_end_at_the_limit() {
    let server = Server::start();
    for (path, limit, times) in [
        ("/circle", 0, 1),
        ("/circle", 1, 2),
        ("/circle", 5, 6),
        ("/moved", 1, 2),
    ] {
        let seen = one_to_one!(lib, log => {
            log.note_error("connect", lib::client::connect_with_config(server.request(path), None, limit));
            log.note("asked", server.asked().len());
        });
        assert_eq!(seen[1], format!("asked = {times}"));
    }
    one_to_one!(lib, log => {
        log.note_error("connect", lib::connect(server.request("/circle")));
        log.note("asked", server.asked().len());
    });
}

#[test]
fn redirects_to_impossible_addresses_fail_in_the_same_way() {
    let server = Server::start();
    for path in [
        "/relative",
        "/to-http",
        "/no-url",
        "/not-text",
        "/nowhere",
        "/missing",
        "/silence",
    ] {
        one_to_one!(lib, log => {
            log.note_error(path, lib::connect(server.request(path)));
            log.note("asked", server.asked());
        });
    }
}

#[test]
#[cfg(not(any(feature = "native-tls", feature = "__rustls-tls")))]
fn without_a_tls_library_a_secure_url_fails_before_anything_is_connected() {
    let server = Server::start();
    one_to_one!(lib, log => {
        log.note_error("connect", lib::connect(server.url("/here").replace("ws:", "wss:")));
        log.note_error("connect", lib::connect(server.request("/to-wss")));
        log.note("asked", server.asked());
    });
}

#[test]
fn what_cannot_be_connected_to_fails_in_the_same_way() {
    let refusing = Refusing::new();
    let refused = refusing.address();
    let urls = [
        format!("ws://{refused}/path"),
        format!("ws://[::1]:{}/path", refused.port()),
        "http://localhost/".to_owned(),
        "localhost".to_owned(),
        "/path".to_owned(),
        "ws://".to_owned(),
        "ws://:80/".to_owned(),
        "ws://user@/".to_owned(),
        "not a url".to_owned(),
        String::new(),
    ];
    for url in urls {
        one_to_one!(lib, log => {
            log.note_error(&url, lib::connect(&url));
            log.note_error(&url, lib::client::connect_with_config(&url, None, 0));
        });
    }
}

#[test]
fn an_invalid_configuration_panics_after_the_handshake() {
    let server = Server::start();
    one_to_one!(lib, log => {
        let config = lib::protocol::WebSocketConfig::default().max_write_buffer_size(0);
        log.note_panic("connect", || lib::client::connect_with_config(server.request("/here"), Some(config), 3).map(drop));
    });
}
