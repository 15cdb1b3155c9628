//! The tap as a listener of axum, in both states.

use crate::mock::quiet;
use axum::serve::Listener;
use redhanded::Tap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[test]
fn a_tapped_listener_is_a_listener_of_tapped_connections() {
    fn of_listeners<L: Listener>() {
        fn is<L: Listener<Io = Tap<I>, Addr = A>, I, A>() {}
        is::<Tap<L>, L::Io, L::Addr>();
        let _: fn(&Tap<L>) -> io::Result<L::Addr> = Tap::<L>::local_addr;
    }
    of_listeners::<TcpListener>();
    of_listeners::<tokio::net::UnixListener>();
}

#[test]
fn axum_serves_a_tapped_listener() {
    quiet();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let listener = Tap::new(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap());
        let address: SocketAddr = listener.local_addr().unwrap();
        let app = axum::Router::new().fallback(async || "served");
        let serving = tokio::spawn(async { axum::serve(listener, app).await });
        let mut client = TcpStream::connect(address).await.unwrap();
        client
            .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut response = String::new();
        client.read_to_string(&mut response).await.unwrap();
        assert!(
            response.starts_with("HTTP/1.1 200") && response.ends_with("\r\n\r\nserved"),
            "{response}"
        );
        serving.abort();
    });
}
