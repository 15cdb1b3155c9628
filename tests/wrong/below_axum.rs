//! A WebSocket handler of axum on a tapped connection, and a second writer on a duplicate of the socket.
//!
//! The handler has the connection's only `WebSocket`, so its sends take turns. But the listener kept a duplicate of the
//! socket, "only for keep-alives", and writes to it past the handler. Before the upgrade, the connection carried pages.

use crate::accusation::{Pair, addresses};
use crate::asynchronous::{Gate, in_a_task, of_tokio, on_one_thread, reading};
use crate::common::connection::tighten;
use crate::common::peer::BIG;
use crate::common::{PATIENCE, Peer, Running, start};
use crate::evidence::Seen;
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::routing::get;
use axum::serve::Listener;
use futures_util::SinkExt;
use redhanded::report::Kind;
use redhanded::tokio_tungstenite::WebSocketStream;
use redhanded::tokio_tungstenite::tungstenite;
use redhanded::tokio_tungstenite::tungstenite::protocol::Role;
use redhanded::{Tap, raw};
use socket2::SockRef;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};

/// Keeps a duplicate of every socket that it accepts.
struct Keeping {
    listener: TcpListener,
    kept: mpsc::UnboundedSender<std::net::TcpStream>,
}

impl Listener for Keeping {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        let (socket, address) = self.listener.accept().await.expect("a client connects");
        let duplicate = SockRef::from(&socket).try_clone().expect("a duplicate");
        self.kept.send(duplicate.into()).expect("it is kept");
        (socket, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// What the handler waits for, and what it sends when it is done.
type Order = Arc<Mutex<Option<(oneshot::Receiver<()>, oneshot::Sender<Site>)>>>;

async fn feed(mut socket: WebSocket, order: Order) {
    let (begin, is_through) = order.lock().unwrap().take().expect("one connection");
    begin.await.expect("the sender is kept");
    let big = Message::Binary(vec![7; BIG].into());
    let (sent, site) = (socket.send(big).await, here!());
    sent.expect("the handler gets no error");
    is_through.send(site).expect("the receiver is kept");
}

fn app(gate: &Gate, order: Order) -> Router {
    let gate = gate.clone();
    let feed = async move |upgrade: WebSocketUpgrade| {
        upgrade.on_upgrade(move |socket| gate.before(feed(socket, order)))
    };
    Router::new()
        .route("/page", get(async || "\u{2}a page"))
        .route("/feed", get(feed))
}

/// Asks for two pages, and then upgrades the same connection.
fn come(address: SocketAddr) -> Running<Peer<std::net::TcpStream>> {
    start("peer", move || {
        let mut socket = std::net::TcpStream::connect(address).expect("loopback");
        tighten(&SockRef::from(&socket));
        socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        for _ in 0..2 {
            socket
                .write_all(b"GET /page HTTP/1.1\r\nHost: here\r\n\r\n")
                .expect("it is there");
            let mut page = Vec::new();
            while !page.ends_with(b"\r\n\r\n\x02a page") {
                let mut byte = [0];
                socket.read_exact(&mut byte).expect("a page");
                page.push(byte[0]);
            }
        }
        let upgraded = raw::tungstenite::client(format!("ws://{address}/feed"), socket);
        Peer::new(upgraded.expect("axum upgrades").0.into_inner())
    })
}

async fn keep_alive(duplicate: TcpStream) -> Site {
    let mut pings = WebSocketStream::from_raw_socket(duplicate, Role::Server, None).await;
    let ping = tungstenite::Message::Ping(vec![1, 2, 3].into());
    let (sent, site) = (pings.send(ping).await, here!());
    sent.expect("the pinger gets no error");
    site
}

async fn keep_alive_by_hand(duplicate: TcpStream) -> Site {
    let mut pings = Tap::new(duplicate);
    let (sent, site) = (pings.write_all(&[0x89, 3, 1, 2, 3]).await, here!());
    sent.expect("the pinger gets no error");
    site
}

fn beside<F>(pinger: fn(TcpStream) -> F, operation: &'static str) -> Pair
where
    F: Future<Output = Site> + Send + 'static,
{
    let ((begin, begins), (is_through, through)) = (oneshot::channel(), oneshot::channel());
    let (fed, pinged, addresses, peer) = on_one_thread(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        tighten(&SockRef::from(&listener));
        let gate = Gate::default();
        let (kept, mut duplicates) = mpsc::unbounded_channel();
        let peer = come(listener.local_addr().expect("an address"));
        let app = app(&gate, Arc::new(Mutex::new(Some((begins, is_through)))));
        let server =
            tokio::spawn(axum::serve(Tap::new(Keeping { listener, kept }), app).into_future());
        let duplicate = duplicates.recv().await.expect("a connection");
        let addresses = addresses(&duplicate);
        let peer = tokio::task::spawn_blocking(|| peer.result())
            .await
            .expect("it is upgraded");
        begin.send(()).expect("the handler waits");
        gate.shuts_when_full(&duplicate).await;
        let pinged = in_a_task(pinger(of_tokio(&duplicate))).await;
        gate.opens();
        let peer = reading(peer);
        let fed = through.await.expect("it comes back");
        server.abort();
        (fed, pinged, addresses, peer)
    });
    let mut bytes = peer.result();
    // The handler's object writes nothing when it is dropped.
    let inserted = 2 + 3;
    bytes.truncate(10 + BIG + inserted);
    let seen = Seen {
        bytes,
        inserted,
        peer: Role::Client,
        before: None,
    };
    let pair = Pair::in_turn(
        &[Kind::TornFrame],
        fed.left("write Binary 2 MiB"),
        pinged.polled(operation),
        addresses,
    );
    Pair {
        seen: Some(seen),
        ..pair
    }
}

fn program(_run: &Run) -> Vec<Pair> {
    vec![
        beside(keep_alive, "send Ping 3 B"),
        beside(keep_alive_by_hand, "write Ping 3 B"),
    ]
}

#[test]
fn a_writer_beside_a_handler_of_axum_on_a_tapped_connection_is_caught() {
    caught_in_every_run(file!(), program);
}
