//! A WebSocket over HTTP/2 (RFC 8441), tapped where hyper hands its stream out: a message inside another one.
//!
//! Below hyper, the frames of WebSocket are inside those of HTTP/2, and a tap there reads none.

use crate::asynchronous::on_one_thread;
use crate::common::{quiet, until};
use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::ext::Protocol;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, client, server, upgrade};
use hyper_util::rt::{TokioExecutor, TokioIo};
use redhanded::Tap;
use redhanded::report::{Kind, Report};
use std::convert::Infallible;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::mpsc;

/// A frame of 128 bytes of text. Where a tap has seen no handshake, a long frame tells it that these are frames.
const HELLO: [u8; 132] = {
    let mut frame = [b'h'; 132];
    [frame[0], frame[1], frame[2], frame[3]] = [0x81, 126, 0, 128];
    frame
};

/// Frames of a server: two whole messages, a fragment, and a text before its message is complete.
const WRITTEN: [&[u8]; 4] = [
    &HELLO,
    b"\x82\x03\x00\x01\x02",
    b"\x01\x03one",
    b"\x81\x03two",
];

async fn publish(upgraded: upgrade::Upgraded) {
    let mut tap = Tap::new(TokioIo::new(upgraded));
    for frame in WRITTEN {
        tap.write_all(frame).await.expect("hyper takes it");
        tap.flush().await.expect("hyper takes it");
    }
}

/// Serves one connection. What is done with the upgraded stream goes to a task of its own.
async fn serve(stream: DuplexStream) {
    let (to_task, mut requests) = mpsc::unbounded_channel::<Request<Incoming>>();
    tokio::spawn(async move {
        while let Some(request) = requests.recv().await {
            publish(upgrade::on(request).await.expect("it is upgraded")).await;
        }
    });
    let service = service_fn(move |request: Request<Incoming>| {
        to_task.send(request).expect("the task runs");
        async { Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new())) }
    });
    let _ = server::conn::http2::Builder::new(TokioExecutor::new())
        .enable_connect_protocol()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

#[test]
fn a_tap_round_what_hyper_hands_out_sees_a_websocket_over_http2() {
    quiet();
    let read = on_one_thread(async {
        let (near, far) = duplex(1 << 16);
        tokio::spawn(serve(near));
        let (mut sender, connection) =
            client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(far))
                .await
                .expect("a connection");
        tokio::spawn(connection);
        let request = Request::builder()
            .method(Method::CONNECT)
            .uri("http://localhost/chat")
            .extension(Protocol::from_static("websocket"))
            .body(Empty::<Bytes>::new())
            .expect("a request");
        sender.ready().await.expect("it is open");
        // The peer allows the extended CONNECT with its settings, which come first.
        let response = loop {
            match sender.send_request(request.clone()).await {
                Ok(response) => break response,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        let upgraded = upgrade::on(response).await.expect("it is upgraded");
        let mut read = vec![0; WRITTEN.concat().len()];
        let mut stream = TokioIo::new(upgraded);
        stream.read_exact(&mut read).await.expect("the frames");
        read
    });
    assert_eq!(read, WRITTEN.concat(), "they come through as they are");
    let is_it = |report: &Report| {
        let sites = report.writers.iter().filter_map(|it| it.call_site.as_ref());
        report.kind == Kind::TornMessage
            && sites
                .into_iter()
                .any(|site| site.file.ends_with("over_http2.rs"))
    };
    let report = until("the report", || {
        redhanded::reports().into_iter().find(is_it)
    });
    let made = report.writers[0].made.as_ref().expect("a tap");
    assert_eq!(made.kind, "Tap", "{report}");
}
