//! TLS by rustls.

use super::{BIG, COUNT, TlsServer};
use crate::peer::{PATIENCE, run};
use redhanded::raw;
use redhanded::tungstenite::{Connector, Message, client_tls_with_config};
use redhanded_client::{Delivery, Options, Overflow, split_with};
use rustls::{ClientConfig, RootCertStore};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;

fn trusting(server: &TlsServer) -> Connector {
    let mut roots = RootCertStore::empty();
    roots.add(server.certificate.clone()).unwrap();
    Connector::Rustls(Arc::new(
        ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth(),
    ))
}

tests_with!(
    trusting:
    messages_go_both_ways,
    a_certificate_that_is_not_trusted_is_a_permanent_error,
    a_certificate_for_another_name_is_a_permanent_error,
    both_ends_write_before_they_read,
    heavy_traffic_both_ways_breaks_nothing,
    a_server_that_says_nothing_is_given_up,
);

#[test]
fn a_split_connection_reads_while_it_cannot_write() {
    run(|| {
        let server = TlsServer::new();
        let (connector, address) = (trusting(&server), server.server.address());
        let peer = thread::spawn(move || {
            let socket = TcpStream::connect(address).unwrap();
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            let url = format!("wss://localhost:{}/", address.port());
            client_tls_with_config(url, socket, None, Some(connector))
                .unwrap()
                .0
        });
        let accepted = redhanded::tungstenite::accept(server.accept_stream()).unwrap();
        let options = Options::default()
            .queue_bytes(COUNT * BIG)
            .inbox_bytes(COUNT * BIG)
            .overflow(Overflow::Wait);
        let (sender, mut receiver) = split_with(accepted, options).unwrap();
        for _ in 0..COUNT {
            sender.send(vec![7; BIG], Delivery::Guaranteed).unwrap();
        }
        let mut peer = peer.join().unwrap();
        (0..COUNT).for_each(|_| peer.send(Message::binary(vec![7; BIG])).unwrap());
        (0..COUNT).for_each(|_| assert_eq!(receiver.recv().unwrap().len(), BIG));
        for _ in 0..COUNT {
            while !peer.read().unwrap().is_binary() {}
        }
        drop(peer);
    });
}

#[test]
fn a_split_connection_works_both_ways() {
    run(|| {
        let server = TlsServer::new();
        let (connector, address) = (trusting(&server), server.server.address());
        let connecting = thread::spawn(move || {
            let socket = TcpStream::connect(address).unwrap();
            let url = format!("wss://localhost:{}/", address.port());
            client_tls_with_config(url, socket, None, Some(connector))
                .unwrap()
                .0
        });
        let mut peer: raw::tungstenite::WebSocket<_> = server.accept();
        let (sender, mut receiver) = redhanded_client::split(connecting.join().unwrap()).unwrap();
        for _ in 0..50 {
            sender.send("there", Delivery::Droppable).unwrap();
            assert_eq!(peer.read().unwrap(), Message::text("there"));
            peer.send(Message::text("and back")).unwrap();
            assert_eq!(receiver.recv().unwrap(), Message::text("and back"));
        }
        let mut whole = redhanded_client::reunite(sender, receiver)
            .unwrap()
            .websocket;
        whole.send(Message::text("whole again")).unwrap();
        assert_eq!(peer.read().unwrap(), Message::text("whole again"));
    });
}
