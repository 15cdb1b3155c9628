//! Two objects on one socket: half a frame of one, and a whole frame of the other inside it.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::thread;
use tungstenite::protocol::{Role, WebSocket};
use tungstenite::{Message, accept, client};

fn main() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || accept(listener.accept().unwrap().0).unwrap());
    let stream = TcpStream::connect(address).unwrap();
    let (mut client, _) = client(format!("ws://{address}/"), stream).unwrap();
    let mut server = server.join().unwrap();

    // What is right is not accused.
    for _ in 0..100 {
        client.send(Message::text("hello")).unwrap();
        assert_eq!(server.read().unwrap(), Message::text("hello"));
        server.send(Message::Ping(vec![1, 2].into())).unwrap();
        assert_eq!(client.read().unwrap(), Message::Ping(vec![1, 2].into()));
        client.flush().unwrap();
        assert_eq!(server.read().unwrap(), Message::Pong(vec![1, 2].into()));
    }

    let other = server.get_ref().try_clone().unwrap();
    let mut other = WebSocket::from_raw_socket(other, Role::Server, None);
    server.get_ref().set_nonblocking(true).unwrap();
    let half = server.send(Message::binary(vec![0; 16 << 20])); // first
    assert!(half.is_err(), "no one reads it");
    server.get_ref().set_nonblocking(false).unwrap();
    let mut received = client.get_ref().try_clone().unwrap();
    thread::spawn(move || io::copy(&mut received, &mut io::sink()));
    other.send(Message::text("inside")).unwrap(); // second
}
