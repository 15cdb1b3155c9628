//! `connect_async`, over loopback: what it gives, what it sets, and everything that is wrong with a URL.

use crate::one_to_one;
use crate::server::{PATIENCE, Refusing, Server};
use futures_util::stream::StreamExt;
use redhanded::raw::tungstenite::protocol::WebSocketConfig;
use std::future::Future;

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async {
            tokio::time::timeout(PATIENCE, future)
                .await
                .expect("it takes for ever")
        })
}

#[test]
fn a_connection_is_made_and_nothing_behind_the_response_is_lost() {
    let server = Server::start();
    let seen = one_to_one!(lib, log => {
        block_on(async {
            let (mut socket, response) = lib::connect_async(server.request("/here")).await.unwrap();
            log.note("response", response);
            let lib::MaybeTlsStream::Plain(stream) = socket.get_ref() else { panic!("no TLS was asked for") };
            let stream: &tokio::net::TcpStream = stream;
            log.note("peer", stream.peer_addr().unwrap());
            log.note("config", socket.get_config());
            log.note("next", socket.next().await);
            log.note("next", socket.next().await);
            log.note("asked", server.asked());
        })
    });
    assert!(seen[3].contains("right behind"), "{seen:?}");
}

#[test]
fn the_url_alone_is_enough() {
    let server = Server::start();
    one_to_one!(lib, log => {
        block_on(async {
            let (mut socket, response) = lib::connect_async(server.url("/here")).await.unwrap();
            log.note("status", response.status());
            log.note("next", socket.next().await);
            log.note("asked for", server.asked()[0].split('|').next().unwrap().to_owned());
        })
    });
}

#[test]
fn nagles_algorithm_is_disabled_exactly_when_it_is_asked_for() {
    let server = Server::start();
    for disable in [false, true] {
        let seen = one_to_one!(lib, log => {
            block_on(async {
                let config = Some(WebSocketConfig::default().max_frame_size(Some(7)));
                let connecting = lib::connect_async_with_config(server.request("/here"), config, disable);
                let (mut socket, _) = connecting.await.unwrap();
                log.note("no delay", socket.get_ref().get_ref().nodelay().unwrap());
                log.note("config", socket.get_config());
                log.note("too long for it", socket.next().await);
            })
        });
        assert_eq!(seen[0], format!("no delay = {disable}"));
    }
}

#[test]
fn a_response_that_is_no_upgrade_is_an_error_and_no_redirect_is_followed() {
    let server = Server::start();
    for path in ["/moved", "/missing", "/silence"] {
        let seen = one_to_one!(lib, log => {
            log.note_error(path, block_on(lib::connect_async(server.request(path))));
            log.note("asked", server.asked());
        });
        assert_eq!(seen[1].matches("GET").count(), 1);
    }
}

#[test]
#[cfg(not(any(feature = "native-tls", feature = "__rustls-tls")))]
fn without_a_tls_library_a_secure_url_fails_in_the_same_way() {
    let server = Server::start();
    let seen = one_to_one!(lib, log => {
        log.note_error("connect", block_on(lib::connect_async(server.url("/here").replace("ws:", "wss:"))));
    });
    assert!(seen[0].contains("TLS support not compiled in"), "{seen:?}");
}

#[test]
fn what_cannot_be_connected_to_fails_in_the_same_way() {
    let refusing = Refusing::new();
    let refused = refusing.address();
    let urls = [
        format!("ws://{refused}/path"),
        format!("ws://[::1]:{}/path", refused.port()),
        format!("http://{refused}/"),
        "http://localhost/".to_owned(),
        "ftp://localhost/".to_owned(),
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
            log.note_error(&url, block_on(lib::connect_async(&url)));
            log.note_error(&url, block_on(lib::connect_async_with_config(&url, None, true)));
        });
    }
}

#[test]
fn an_invalid_configuration_panics_after_the_handshake() {
    let server = Server::start();
    one_to_one!(lib, log => {
        let config = Some(WebSocketConfig::default().max_write_buffer_size(0));
        log.note_panic("connect", || block_on(lib::connect_async_with_config(server.request("/"), config, false)).map(drop));
    });
}
