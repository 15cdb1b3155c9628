//! A `fastwebsockets` write is dropped half-way, by a timeout, a `select!` or an abort, and the next frame follows.
//!
//! `write_frame` writes from within its future. If that is dropped, the rest of the frame is lost. "I gave up waiting for it"
//! is not "it was not sent": a part has gone out, and the peer takes the next frame for the rest.

use crate::accusation::{Meeting, Pair, addresses};
use crate::asynchronous::{in_a_task, on_one_thread, reading, ready};
use crate::common::connection;
use crate::common::peer::BIG;
use crate::evidence::CutOff;
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use fastwebsockets::{Frame, OpCode, Payload, Role, WebSocket, WebSocketError};
use redhanded::Tap;
use redhanded::report::Kind;
use std::future::{self, Future};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{Mutex, oneshot};
use tokio::task::yield_now;
use tokio::time::timeout;

type Server = WebSocket<Tap<TcpStream>>;
type Written = Result<(), WebSocketError>;

/// Reports the place of a call that does not return.
pub(crate) fn noted<F: Future>(at: oneshot::Sender<Site>, site: Site, call: F) -> F {
    at.send(site).expect("the receiver is kept");
    call
}

pub(crate) fn prices() -> Frame<'static> {
    Frame::new(true, OpCode::Binary, None, Payload::Owned(vec![7; BIG]))
}

async fn send_status(server: &mut Server) -> Site {
    let well = Frame::text(Payload::Borrowed(b"all is well"));
    let (sent, site) = (server.write_frame(well).await, here!());
    sent.expect("the server gets no error");
    site
}

/// The length does not matter. Even with no time at all, the write is polled once, and writes as much as the socket takes.
async fn give_up_by_timeout(mut server: Server) -> (Site, Server) {
    let (at, site) = oneshot::channel();
    let publishing = async { noted(at, here!(), server.write_frame(prices())).await };
    timeout(Duration::ZERO, publishing)
        .await
        .expect_err("the socket does not take all of it");
    (site.await.expect("it was called"), server)
}

async fn give_up_by_select(mut server: Server) -> (Site, Server) {
    let (at, site) = oneshot::channel();
    let publishing = async { noted(at, here!(), server.write_frame(prices())).await };
    tokio::select! {
        biased;
        _ = publishing => panic!("the socket does not take all of it"),
        () = future::ready(()) => {}
    }
    (site.await.expect("it was called"), server)
}

async fn publish_in_turn(server: Arc<Mutex<Server>>, at: oneshot::Sender<Site>) -> Written {
    let mut server = server.lock().await;
    noted(at, here!(), server.write_frame(prices())).await
}

async fn give_up_by_abort(server: Server) -> (Site, Server) {
    let (server, (at, site)) = (Arc::new(Mutex::new(server)), oneshot::channel());
    let publisher = tokio::spawn(publish_in_turn(server.clone(), at));
    let site = site.await.expect("it is called");
    while server.try_lock().is_ok() {
        yield_now().await;
    }
    publisher.abort();
    publisher.await.expect_err("it was aborted");
    (
        site,
        Arc::into_inner(server)
            .expect("the publisher is gone")
            .into_inner(),
    )
}

/// How the second frame comes after the first part of the first frame.
fn behind<G: Future<Output = (Site, Server)> + Send + 'static>(
    give_up: fn(Server) -> G,
) -> Vec<Pair> {
    let (socket, peer) = connection();
    let addresses = addresses(&socket);
    let (published, sent, peer) = on_one_thread(async move {
        let server = WebSocket::after_handshake(Tap::new(ready(&socket).await), Role::Server);
        drop(socket);
        let (published, mut server) = in_a_task(async move { give_up(server).await }).await;
        let peer = reading(peer);
        let sent = in_a_task(async move { send_status(&mut server).await }).await;
        (published, sent, peer)
    });
    let status = 2 + "all is well".len();
    let cut_off = Some(CutOff {
        bytes: peer.result(),
        behind: status,
        inserted: status,
    });
    let first = published.left("write Binary 2 MiB");
    let second = sent.did("write Text 11 B");
    let pair = Pair::in_turn(&[Kind::AbandonedWrite], first, second, addresses);
    vec![Pair {
        meeting: Meeting::OnOneObject,
        cut_off,
        ..pair
    }]
}

fn by_timeout(_run: &Run) -> Vec<Pair> {
    behind(give_up_by_timeout)
}

fn by_select(_run: &Run) -> Vec<Pair> {
    behind(give_up_by_select)
}

fn by_abort(_run: &Run) -> Vec<Pair> {
    behind(give_up_by_abort)
}

#[test]
fn a_frame_after_a_write_that_was_dropped_half_way_is_caught() {
    caught_in_every_run(file!(), |run| {
        [by_timeout(run), by_select(run), by_abort(run)].concat()
    });
}
