//! A server of hyper on a tapped connection, upgraded to `fastwebsockets`: a write is given up half-way.
//!
//! The tap is below all of it, and below what hyper puts around an upgraded connection.

use crate::accusation::{Meeting, Pair, addresses};
use crate::asynchronous::{on_one_thread, reading};
use crate::cancelled_write::{noted, prices};
use crate::common::connection::tighten;
use crate::common::{PATIENCE, Peer, Running, start};
use crate::evidence::CutOff;
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use fastwebsockets::{Frame, Payload, WebSocket, WebSocketError, upgrade};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use redhanded::report::Kind;
use redhanded::{Tap, raw};
use socket2::SockRef;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;

type Server = WebSocket<TokioIo<Upgraded>>;

async fn publish(server: &mut Server, at: oneshot::Sender<Site>) -> Result<(), WebSocketError> {
    noted(at, here!(), server.write_frame(prices())).await
}

async fn send_status(server: &mut Server) -> Site {
    let well = Frame::text(Payload::Borrowed(b"all is well"));
    let (sent, site) = (server.write_frame(well).await, here!());
    sent.expect("the server gets no error");
    site
}

/// What happens on the upgraded connection, and when its client is ready to read.
async fn feed(
    upgraded: upgrade::UpgradeFut,
    is_read: oneshot::Receiver<()>,
    sites: oneshot::Sender<(Site, Site)>,
) {
    let mut server = upgraded.await.expect("hyper upgrades");
    let (at, site) = oneshot::channel();
    timeout(Duration::ZERO, publish(&mut server, at))
        .await
        .expect_err("the socket does not take all of it");
    is_read.await.expect("the sender is kept");
    let status = send_status(&mut server).await;
    sites
        .send((site.await.expect("it was called"), status))
        .expect("the receiver is kept");
}

async fn serve(
    socket: TcpStream,
    is_read: oneshot::Receiver<()>,
    sites: oneshot::Sender<(Site, Site)>,
) {
    let once = Arc::new(Mutex::new(Some((is_read, sites))));
    let service = service_fn(|mut request: hyper::Request<Incoming>| {
        let (is_read, sites) = once.lock().unwrap().take().expect("one request");
        async move {
            let (response, upgraded) = upgrade::upgrade(&mut request)?;
            tokio::spawn(feed(upgraded, is_read, sites));
            Ok::<_, WebSocketError>(response)
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(Tap::new(socket)), service);
    connection.with_upgrades().await.expect("one connection");
}

fn come(address: SocketAddr) -> Running<Peer<std::net::TcpStream>> {
    start("peer", move || {
        let socket = std::net::TcpStream::connect(address).expect("loopback");
        tighten(&SockRef::from(&socket));
        socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        // Byte by byte up to the empty line. What comes after it must not be read yet.
        let (request, _) = raw::tungstenite::handshake::client::generate_request(
            raw::tungstenite::client::IntoClientRequest::into_client_request(format!(
                "ws://{address}/"
            ))
            .expect("a URL"),
        )
        .expect("a request");
        let mut stream = &socket;
        std::io::Write::write_all(&mut stream, &request).expect("it is there");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            std::io::Read::read_exact(&mut stream, &mut byte).expect("a head");
            head.push(byte[0]);
        }
        Peer::new(socket)
    })
}

fn program(_run: &Run) -> Vec<Pair> {
    let ((is_read, reads), (send, sites)) = (oneshot::channel(), oneshot::channel());
    let ((published, status), addresses, peer) = on_one_thread(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        tighten(&SockRef::from(&listener));
        let peer = come(listener.local_addr().expect("an address"));
        let (socket, _) = listener.accept().await.expect("it connects");
        let addresses = addresses(&SockRef::from(&socket).try_clone().expect("a clone").into());
        let server = tokio::spawn(serve(socket, reads, send));
        let peer = tokio::task::spawn_blocking(|| peer.result())
            .await
            .expect("it is upgraded");
        let peer = reading(peer);
        is_read.send(()).expect("the handler waits");
        let sites = sites.await.expect("it comes back");
        server.await.expect("it comes back");
        (sites, addresses, peer)
    });
    let inserted = 2 + "all is well".len();
    let cut_off = Some(CutOff {
        bytes: peer.result(),
        behind: inserted,
        inserted,
    });
    let (first, second) = (
        published.left("write Binary 2 MiB"),
        status.did("write Text 11 B"),
    );
    let pair = Pair::in_turn(&[Kind::AbandonedWrite], first, second, addresses);
    vec![Pair {
        meeting: Meeting::OnOneObject,
        cut_off,
        ..pair
    }]
}

#[test]
fn a_write_given_up_half_way_on_an_upgraded_connection_of_hyper_is_caught() {
    caught_in_every_run(file!(), program);
}
