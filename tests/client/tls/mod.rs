//! The client over TLS. The server's certificate is self-signed.

/// The tests of a TLS library, with its connector that trusts a server.
macro_rules! tests_with {
    ($trusting:ident: $($test:ident),* $(,)?) => {
        $(
            #[test]
            fn $test() {
                super::$test($trusting);
            }
        )*
    };
}

#[cfg(feature = "native-tls")]
mod native;
#[cfg(feature = "rustls")]
mod rustls;

use crate::peer::{PATIENCE, Server, disconnected, message, quick, run};
use ::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use ::rustls::{ServerConfig, ServerConnection, StreamOwned};
use redhanded::raw::tungstenite::{self, Message, WebSocket};
use redhanded::tungstenite::Connector;
use redhanded_client::error::ConnectionError;
use redhanded_client::{Builder, Client, Delivery, Event, Options};
use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

type Peer = WebSocket<StreamOwned<ServerConnection, TcpStream>>;

/// A server on loopback, with its certificate.
struct TlsServer {
    server: Server,
    config: Arc<ServerConfig>,
    certificate: CertificateDer<'static>,
}

impl TlsServer {
    fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let config = ServerConfig::builder().with_no_client_auth();
        let config = Arc::new(
            config
                .with_single_cert(vec![certificate.clone()], key)
                .unwrap(),
        );
        TlsServer {
            server: Server::new(),
            config,
            certificate,
        }
    }

    fn builder(&self, host: &str, connector: Connector) -> Builder {
        let url = format!("wss://{host}:{}/path", self.server.address().port());
        Client::builder(url).backoff(quick()).tls(connector)
    }

    fn accept_stream(&self) -> StreamOwned<ServerConnection, TcpStream> {
        let connection = ServerConnection::new(self.config.clone()).unwrap();
        StreamOwned::new(connection, self.server.accept_socket())
    }

    fn accept(&self) -> Peer {
        tungstenite::accept(self.accept_stream()).unwrap()
    }
}

/// Echoes until the client closes.
fn echo(mut peer: Peer) {
    while let Ok(message) = peer.read() {
        if message.is_text() || message.is_binary() {
            peer.send(message).unwrap();
        }
    }
}

fn messages_go_both_ways(trusting: fn(&TlsServer) -> Connector) {
    run(move || {
        let server = TlsServer::new();
        let client = server
            .builder("localhost", trusting(&server))
            .start()
            .unwrap();
        let receipt = client.send("over TLS", Delivery::Guaranteed).unwrap();
        let serving = thread::spawn(move || echo(server.accept()));
        assert_eq!(message(&client), "over TLS");
        receipt.wait(PATIENCE).unwrap();
        // One at a time, while nothing else arrives.
        for number in 0..50 {
            client
                .send(number.to_string(), Delivery::Droppable)
                .unwrap();
            assert_eq!(message(&client), number.to_string());
        }
        assert_eq!(client.close(PATIENCE).unwrap(), []);
        serving.join().unwrap();
    });
}

fn a_certificate_that_is_not_trusted_is_a_permanent_error(trusting: fn(&TlsServer) -> Connector) {
    run(move || {
        let (server, another) = (TlsServer::new(), TlsServer::new());
        let builder = server
            .builder("localhost", trusting(&another))
            .end_on_permanent_errors(true);
        ends_permanently(&server, &builder.start().unwrap());
    });
}

fn a_certificate_for_another_name_is_a_permanent_error(trusting: fn(&TlsServer) -> Connector) {
    run(move || {
        let server = TlsServer::new();
        let builder = server
            .builder("127.0.0.1", trusting(&server))
            .end_on_permanent_errors(true);
        ends_permanently(&server, &builder.start().unwrap());
    });
}

fn ends_permanently(server: &TlsServer, client: &Client) {
    let mut stream = server.accept_stream();
    // The handshake fails as soon as it is tried.
    assert!(stream.flush().is_err() || std::io::Read::read(&mut stream, &mut [0]).is_err());
    let (why, retry_in) = disconnected(client);
    assert!(
        matches!(why, ConnectionError::Tls { .. }) && why.is_permanent() && retry_in.is_none(),
        "{why:?}"
    );
    assert!(client.recv().is_none());
}

/// More than all buffers between the two ends hold.
const BIG: usize = 1 << 20;
const COUNT: usize = 24;

fn both_ends_write_before_they_read(trusting: fn(&TlsServer) -> Connector) {
    run(move || {
        let server = TlsServer::new();
        let options = Options::default()
            .queue_bytes(COUNT * BIG)
            .inbox_bytes(COUNT * BIG);
        let client = server
            .builder("localhost", trusting(&server))
            .options(options)
            .start()
            .unwrap();
        let mut peer = server.accept();
        let serving = thread::spawn(move || {
            // Nothing is read before everything is written.
            (0..COUNT).for_each(|_| peer.send(Message::binary(vec![7; BIG])).unwrap());
            for _ in 0..COUNT {
                while !peer.read().unwrap().is_binary() {}
            }
            echo(peer);
        });
        for _ in 0..COUNT {
            client.send(vec![7; BIG], Delivery::Guaranteed).unwrap();
        }
        for _ in 0..COUNT {
            while !matches!(client.recv_timeout(PATIENCE).unwrap(), Event::Message(_)) {}
        }
        assert_eq!(client.close(PATIENCE).unwrap(), []);
        serving.join().unwrap();
    });
}

fn heavy_traffic_both_ways_breaks_nothing(trusting: fn(&TlsServer) -> Connector) {
    const MESSAGES: usize = 30_000;
    run(move || {
        let server = TlsServer::new();
        let options = Options::default()
            .inbox_messages(MESSAGES)
            .inbox_bytes(MESSAGES << 10);
        let client = server
            .builder("localhost", trusting(&server))
            .options(options)
            .start()
            .unwrap();
        let serving = thread::spawn(move || echo(server.accept()));
        thread::scope(|scope| {
            scope.spawn(|| {
                (0..MESSAGES)
                    .for_each(|_| drop(client.send(vec![7; 1_000], Delivery::Guaranteed).unwrap()));
            });
            let mut seen = 0;
            while seen < MESSAGES {
                match client.recv_timeout(PATIENCE).unwrap() {
                    Event::Message(_) => seen += 1,
                    Event::Connected { connection: 1 } => {}
                    other => panic!("{other:?}"),
                }
            }
        });
        assert_eq!(client.close(PATIENCE).unwrap(), []);
        serving.join().unwrap();
    });
}

fn a_server_that_says_nothing_is_given_up(trusting: fn(&TlsServer) -> Connector) {
    run(move || {
        let server = TlsServer::new();
        let builder = server
            .builder("localhost", trusting(&server))
            .connect_timeout(Duration::from_millis(50));
        let client = builder.start().unwrap();
        let _silent = server.server.accept_socket();
        let (why, _) = disconnected(&client);
        assert!(matches!(why, ConnectionError::TimedOut { .. }), "{why:?}");
        client.close(Duration::ZERO).unwrap();
    });
}
