//! Three faults, each twenty times. One thread plays both writers, so each is found every time.

use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::{Data, OpCode};
use redhanded::tungstenite::{Message, WebSocket};
use socket2::SockRef;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

const TIMES: usize = 20;
const BIG: usize = 1 << 20;
const BUFFER: usize = 16 << 10;

type Object = WebSocket<TcpStream>;

fn main() {
    for _ in 0..TIMES {
        message_inside_a_message();
        frame_inside_a_frame();
        frame_behind_half_a_frame();
    }
}

fn message_inside_a_message() {
    // A line that was not here before.
    let (mut one, mut other, peer) = two_objects();
    let half = Frame::message(b"half".to_vec(), OpCode::Data(Data::Text), false);
    one.send(Message::Frame(half)).expect("there is room");
    other.send(Message::text("whole")).expect("there is room");
    drop((one, other));
    read_all(peer).join().expect("the peer does not panic");
}

fn frame_inside_a_frame() {
    // A line that was not here before.
    let (mut one, mut other, peer) = two_objects();
    let stopped = one.send(Message::binary(vec![0; BIG]));
    assert!(stopped.is_err(), "the socket is full");
    let peer = read_all(peer);
    while other.send(Message::text("between")).is_err() {
        thread::yield_now();
    }
    drop((one, other));
    peer.join().expect("the peer does not panic");
}

fn frame_behind_half_a_frame() {
    // A line that was not here before.
    let (mut one, mut other, peer) = two_objects();
    let stopped = one.send(Message::binary(vec![0; BIG]));
    assert!(stopped.is_err(), "the socket is full");
    drop(one);
    let peer = read_all(peer);
    while other.send(Message::text("behind")).is_err() {
        thread::yield_now();
    }
    drop(other);
    peer.join().expect("the peer does not panic");
}

/// The fault of all three: two objects write to one socket.
fn two_objects() -> (Object, Object, TcpStream) {
    // A line that was not here before.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    // The accepted socket inherits it.
    SockRef::from(&listener)
        .set_recv_buffer_size(BUFFER)
        .expect("a socket");
    let address = listener.local_addr().expect("it is bound");
    let socket = TcpStream::connect(address).expect("loopback");
    let (peer, _) = listener.accept().expect("a client connects");
    SockRef::from(&socket)
        .set_send_buffer_size(BUFFER)
        .expect("a socket");
    socket.set_nonblocking(true).expect("a socket");
    let clone = socket.try_clone().expect("a clone");
    let object = |socket| WebSocket::from_raw_socket(socket, Role::Server, None);
    (object(socket), object(clone), peer)
}

fn read_all(mut peer: TcpStream) -> JoinHandle<()> {
    // A line that was not here before.
    thread::spawn(move || {
        // It may end with a reset.
        let _ = io::copy(&mut peer, &mut io::sink());
    })
}
