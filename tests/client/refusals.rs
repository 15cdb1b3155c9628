//! Servers that refuse the connection or the handshake, and addresses that lead to no server.

use crate::faults::{read_request, recovers};
use crate::peer::{PATIENCE, Refusing, Server, disconnected, quick, refused_url, run};
use redhanded::raw::tungstenite::Message;
use redhanded_client::error::{ConnectionError, StartError};
use redhanded_client::{Backoff, Client, Delivery, Event};
use std::io::Write;
use std::thread;
use std::time::Duration;

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
