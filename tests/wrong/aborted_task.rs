//! A task is aborted inside its frame and takes its object with it, and another object writes next.
//!
//! tokio-tungstenite keeps the rest of a dropped send in its buffer. Here the buffer is dropped, too: with an aborted task,
//! or with its object.

use crate::accusation::{Pair, addresses};
use crate::asynchronous::{Gate, in_a_task, of_tokio, on_one_thread, reading, ready};
use crate::cancelled_write::{noted, prices};
use crate::common::{big_message, connection};
use crate::evidence::CutOff;
use crate::runs::{Run, caught_in_every_run};
use crate::writers::{Expected, Site};
use fastwebsockets::WebSocket;
use futures_util::SinkExt;
use redhanded::Tap;
use redhanded::report::Kind;
use redhanded::tokio_tungstenite::WebSocketStream;
use redhanded::tokio_tungstenite::tungstenite::Message;
use redhanded::tokio_tungstenite::tungstenite::protocol::Role;
use std::future::Future;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::timeout;

async fn upload(socket: TcpStream, at: oneshot::Sender<Site>) {
    let mut uploads = WebSocketStream::from_raw_socket(socket, Role::Server, None).await;
    let sent = noted(at, here!(), uploads.send(big_message())).await;
    sent.expect("it never comes back");
}

async fn publish(socket: TcpStream, at: oneshot::Sender<Site>) {
    let mut server = WebSocket::after_handshake(Tap::new(socket), fastwebsockets::Role::Server);
    let sent = noted(at, here!(), server.write_frame(prices())).await;
    sent.expect("it never comes back");
}

async fn is_aborted<F>(
    socket: &std::net::TcpStream,
    body: fn(TcpStream, oneshot::Sender<Site>) -> F,
) -> Site
where
    F: Future<Output = ()> + Send + 'static,
{
    let (at, site) = oneshot::channel();
    let gate = Gate::default();
    let task = tokio::spawn(gate.before(body(of_tokio(socket), at)));
    let site = site.await.expect("it is called");
    gate.shuts_when_full(socket).await;
    task.abort();
    assert!(task.await.expect_err("it is in its send").is_cancelled());
    site
}

/// The send is dropped first, and its object one line later.
async fn give_up(socket: TcpStream) -> Site {
    let (at, site) = oneshot::channel();
    let mut uploads = WebSocketStream::from_raw_socket(socket, Role::Server, None).await;
    let sending = async { noted(at, here!(), uploads.send(big_message())).await };
    timeout(Duration::ZERO, sending)
        .await
        .expect_err("the socket does not take all of it");
    drop(uploads);
    site.await.expect("it was called")
}

async fn is_given_up(socket: &std::net::TcpStream) -> Site {
    in_a_task(give_up(ready(socket).await)).await
}

async fn start_afresh(socket: TcpStream) -> Site {
    let mut afresh = WebSocketStream::from_raw_socket(socket, Role::Server, None).await;
    let (sent, site) = (afresh.send(Message::text("hello again")).await, here!());
    sent.expect("there is room");
    // There is one finding for each abandoned frame, however much is sent after it.
    afresh
        .send(Message::text("still here"))
        .await
        .expect("there is room");
    site
}

fn behind<F>(go: impl FnOnce(std::net::TcpStream) -> F, who: impl FnOnce(Site) -> Expected) -> Pair
where
    F: Future<Output = (Site, std::net::TcpStream)>,
{
    let (socket, peer) = connection();
    let addresses = addresses(&socket);
    let (gone, started, peer) = on_one_thread(async {
        let (gone, socket) = go(socket).await;
        let peer = reading(peer);
        let started = in_a_task(start_afresh(of_tokio(&socket))).await;
        (gone, started, peer)
    });
    let inserted = 2 + "hello again".len();
    let cut_off = CutOff {
        bytes: peer.result(),
        behind: inserted + 2 + "still here".len(),
        inserted,
    };
    let pair = Pair::in_turn(
        &[Kind::AbandonedWrite],
        who(gone),
        started.polled("send Text 11 B"),
        addresses,
    );
    Pair {
        cut_off: Some(cut_off),
        ..pair
    }
}

fn program(_run: &Run) -> Vec<Pair> {
    let uploader = async |socket| (is_aborted(&socket, upload).await, socket);
    let publisher = async |socket| (is_aborted(&socket, publish).await, socket);
    let given_up = async |socket| (is_given_up(&socket).await, socket);
    vec![
        behind(uploader, |site| {
            site.polled("send Binary 2 MiB")
                .dropped_with("aborted_task::upload")
        }),
        behind(publisher, |site| {
            site.left("write Binary 2 MiB")
                .dropped_with("aborted_task::publish")
        }),
        behind(given_up, |site| {
            site.polled("send Binary 2 MiB")
                .dropped_with("aborted_task::give_up")
        }),
    ]
}

#[test]
fn an_object_that_writes_after_a_dropped_objects_frame_is_caught_with_the_drop() {
    caught_in_every_run(file!(), program);
}
