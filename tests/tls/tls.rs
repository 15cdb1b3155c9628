//! Connections over TLS by rustls: they work as upstream's do, fail as upstream's do, and are the wire of their socket.
//!
//! The server's certificate is self-signed. Nothing here leaves the machine.
#![cfg(debug_assertions)]

#[path = "../rare/harness/mod.rs"]
#[allow(dead_code, unused_imports)] // The other rare programs use all of it.
mod harness;
#[path = "../common/stuck.rs"]
mod stuck;
#[path = "../common/turns.rs"]
mod turns;
#[path = "../common/until.rs"]
mod until;

mod asynchronous;
mod asynchronous_wires;
mod rare;

use redhanded::report::Report;
use redhanded::tungstenite::client::IntoClientRequest;
use redhanded::tungstenite::handshake::client::Request;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::stream::MaybeTlsStream;
use redhanded::tungstenite::{Connector, Message, WebSocket};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use stuck::{BIG, connect_tightly, tighten};
use turns::my_turn;
use until::until;

/// The server's side of a connection.
type Encrypted = StreamOwned<ServerConnection, TcpStream>;

/// A server on loopback, and the certificate that it shows.
struct Server {
    listener: TcpListener,
    config: Arc<ServerConfig>,
    certificate: CertificateDer<'static>,
}

impl Server {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        tighten(&listener);
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let config = ServerConfig::builder().with_no_client_auth();
        let config = Arc::new(
            config
                .with_single_cert(vec![certificate.clone()], key)
                .unwrap(),
        );
        Server {
            listener,
            config,
            certificate,
        }
    }

    fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    fn url(&self) -> String {
        format!("wss://localhost:{}/path", self.address().port())
    }

    /// Trusts this server's certificate, and no other.
    fn trusting(&self) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        Arc::new(
            ClientConfig::builder()
                .with_root_certificates(roots)
                .with_no_client_auth(),
        )
    }

    /// Accepts one connection, and serves it in a thread of its own.
    fn serve_once<T: Send + 'static>(
        &self,
        serve: impl FnOnce(Encrypted) -> T + Send + 'static,
    ) -> JoinHandle<T> {
        let (listener, config) = (self.listener.try_clone().unwrap(), self.config.clone());
        thread::spawn(move || {
            let (socket, _) = listener.accept().unwrap();
            tighten(&socket);
            serve(StreamOwned::new(
                ServerConnection::new(config).unwrap(),
                socket,
            ))
        })
    }
}

/// Echoes one message, and closes.
fn echo(stream: Encrypted) {
    let mut socket = redhanded::raw::tungstenite::accept(stream).unwrap();
    let message = socket.read().unwrap();
    socket.send(message).unwrap();
    while socket.read().is_ok() {}
}

#[test]
fn a_connection_over_tls_carries_messages() {
    let _turn = my_turn();
    let server = Server::new();
    let served = server.serve_once(echo);
    let connector = Some(Connector::Rustls(server.trusting()));
    let (mut socket, response) = redhanded::tungstenite::client_tls_with_config(
        server.url(),
        connect_tightly(server.address()),
        None,
        connector,
    )
    .unwrap();
    assert_eq!(response.status(), 101);
    let MaybeTlsStream::Rustls(stream) = socket.get_ref() else {
        panic!("TLS was asked for")
    };
    assert_eq!(stream.sock.peer_addr().unwrap(), server.address());
    socket.send(Message::text("over TLS")).unwrap();
    assert_eq!(socket.read().unwrap(), Message::text("over TLS"));
    socket.close(None).unwrap();
    assert!(socket.read().unwrap().is_close());
    served.join().unwrap();
}

#[test]
fn a_plain_url_stays_plain_whatever_the_connector() {
    let _turn = my_turn();
    let server = Server::new();
    for connector in [
        None,
        Some(Connector::Plain),
        Some(Connector::Rustls(server.trusting())),
    ] {
        let listener = server.listener.try_clone().unwrap();
        let served = thread::spawn(move || {
            redhanded::raw::tungstenite::accept(listener.accept().unwrap().0).unwrap()
        });
        let url = server.url().replace("wss:", "ws:");
        let connected = redhanded::tungstenite::client_tls_with_config(
            url,
            connect_tightly(server.address()),
            None,
            connector,
        )
        .unwrap();
        assert!(matches!(connected.0.get_ref(), MaybeTlsStream::Plain(_)));
        served.join().unwrap();
    }
}

/// The error of a failing connection, as a program sees it. Checks that upstream gives the same one.
macro_rules! failures {
    ($server:expr, $lib:ident => $connect:expr) => {{
        let seen =
            |error: &dyn std::error::Error| format!("{error}\n{error:?}\n{:?}", error.source());
        let ours = {
            use redhanded::tungstenite as $lib;
            let served = $server.serve_once(fail);
            let error = $connect.unwrap_err();
            served.join().unwrap();
            seen(&error)
        };
        let theirs = {
            use redhanded::raw::tungstenite as $lib;
            let served = $server.serve_once(fail);
            let error = $connect.unwrap_err();
            served.join().unwrap();
            seen(&error)
        };
        (ours, theirs)
    }};
}

/// Lets a handshake fail.
fn fail(mut stream: Encrypted) {
    while stream.read(&mut [0; 1024]).is_ok_and(|size| size > 0) {}
}

#[test]
fn a_certificate_that_is_not_trusted_gives_the_same_error() {
    let _turn = my_turn();
    let (server, another) = (Server::new(), Server::new());
    let trusting = another.trusting();
    let (ours, theirs) = failures!(server, lib => {
        let connector = Some(lib::Connector::Rustls(trusting.clone()));
        lib::client_tls_with_config(server.url(), connect_tightly(server.address()), None, connector)
    });
    assert_eq!(ours, theirs);
    assert!(ours.contains("certificate"), "{ours}");
}

#[test]
fn a_certificate_of_another_name_gives_the_same_error() {
    let _turn = my_turn();
    let server = Server::new();
    let trusting = server.trusting();
    let (ours, theirs) = failures!(server, lib => {
        let connector = Some(lib::Connector::Rustls(trusting.clone()));
        let url = server.url().replace("localhost", "127.0.0.1");
        lib::client_tls_with_config(url, connect_tightly(server.address()), None, connector)
    });
    assert_eq!(ours, theirs);
    assert!(ours.contains("certificate"), "{ours}");
}

#[test]
fn the_default_connector_trusts_no_self_signed_certificate() {
    let _turn = my_turn();
    let server = Server::new();
    let (ours, theirs) =
        failures!(server, lib => lib::client_tls(server.url(), connect_tightly(server.address())));
    assert_eq!(ours, theirs);
    let (ours, theirs) =
        failures!(server, lib => lib::connect(server.url().replace("localhost", "127.0.0.1")));
    assert_eq!(ours, theirs);
    assert!(ours.contains("certificate"), "{ours}");
}

#[test]
fn an_address_without_possible_encryption_gives_the_same_error() {
    let _turn = my_turn();
    let server = Server::new();
    for connector in [false, true] {
        let (ours, theirs) = failures!(server, lib => {
            let connector = connector.then_some(lib::Connector::Plain);
            let request: Request = "wss://not_a_name-/".into_client_request().unwrap();
            lib::client_tls_with_config(request, connect_tightly(server.address()), None, connector)
        });
        assert_eq!(ours, theirs);
        let (ours, theirs) = failures!(server, lib => lib::client_tls("/no/host", connect_tightly(server.address())));
        assert_eq!(ours, theirs);
    }
}

/// Lets `first` get stuck in sending a big message, and then lets `second` send a small one beside it. What the peer
/// gets is no valid TLS any more, so it is only read and discarded.
fn overlap(
    peer: TcpStream,
    first: impl FnOnce() + Send + 'static,
    second: impl FnOnce() + Send + 'static,
) -> Vec<Report> {
    let watch = redhanded::watch();
    let first = thread::spawn(first);
    (&peer).read_exact(&mut [0]).unwrap();
    let second = thread::spawn(second);
    until("the finding of both writers on one wire", || {
        redhanded::reports().into_iter().find(|report| report.open)
    });
    // Both writers own their objects. When they are done, the connection ends.
    let peer = thread::spawn(move || io::copy(&mut &peer, &mut io::sink()));
    first.join().unwrap();
    second.join().unwrap();
    drop(peer.join());
    watch.findings()
}

fn assert_one(reports: &[Report]) {
    let [report] = reports else {
        panic!("{} reports, not one: {reports:#?}", reports.len())
    };
    assert_eq!(
        (report.count, report.open, report.writers.len()),
        (1, false, 2)
    );
}

#[test]
fn a_client_over_tls_is_the_wire_of_its_socket() {
    let _turn = my_turn();
    let server = Server::new();
    let served = server.serve_once(|stream| {
        redhanded::raw::tungstenite::accept(stream)
            .unwrap()
            .into_inner()
            .sock
    });
    let socket = connect_tightly(server.address());
    let mut beside = WebSocket::from_raw_socket(socket.try_clone().unwrap(), Role::Client, None);
    let connector = Some(Connector::Rustls(server.trusting()));
    let (mut over_tls, _) =
        redhanded::tungstenite::client_tls_with_config(server.url(), socket, None, connector)
            .unwrap();
    let found = overlap(
        served.join().unwrap(),
        move || over_tls.send(Message::binary(vec![7; BIG])).unwrap(),
        move || beside.send(Message::text("small")).unwrap(),
    );
    assert_one(&found);
}

#[test]
fn a_server_over_tls_is_the_wire_of_its_socket() {
    let _turn = my_turn();
    let server = Server::new();
    let served = server.serve_once(|stream| {
        let socket = stream.sock.try_clone().unwrap();
        (redhanded::tungstenite::accept(stream).unwrap(), socket)
    });
    let connector = Some(redhanded::raw::tungstenite::Connector::Rustls(
        server.trusting(),
    ));
    let (peer, _) = redhanded::raw::tungstenite::client_tls_with_config(
        server.url(),
        connect_tightly(server.address()),
        None,
        connector,
    )
    .unwrap();
    let MaybeTlsStream::Rustls(peer) = peer.into_inner() else {
        panic!("TLS was asked for")
    };
    let (mut over_tls, socket) = served.join().unwrap();
    let mut beside = WebSocket::from_raw_socket(socket, Role::Server, None);
    let found = overlap(
        peer.sock,
        move || over_tls.send(Message::binary(vec![7; BIG])).unwrap(),
        move || beside.send(Message::text("small")).unwrap(),
    );
    assert_one(&found);
}
