//! An echo server that has not been updated for a while.

use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};
use tungstenite::Message;

/// Serves this many connections, one after the other, and returns the number of echoes.
pub fn serve(connections: usize) -> (SocketAddr, JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let serving = thread::spawn(move || {
        let streams = listener.incoming().take(connections);
        streams.map(|stream| echo(stream.expect("a client"))).sum()
    });
    (address, serving)
}

fn echo(stream: std::net::TcpStream) -> usize {
    let mut socket = tungstenite::accept(stream).expect("a handshake");
    let mut echoes = 0;
    while let Ok(message) = socket.read() {
        if let Message::Text(_) | Message::Binary(_) = message {
            socket.send(message).expect("the client is there");
            echoes += 1;
        }
    }
    echoes
}

#[test]
fn a_client_of_the_same_version_hears_itself() {
    let (address, serving) = serve(1);
    let (mut socket, _) = tungstenite::connect(format!("ws://{address}/")).expect("a server");
    socket
        .send(Message::text("hello"))
        .expect("the server is there");
    assert_eq!(socket.read().expect("an answer"), Message::text("hello"));
    socket.close(None).expect("the server is there");
    while socket.read().is_ok() {}
    assert_eq!(serving.join().expect("the server has ended"), 1);
}
