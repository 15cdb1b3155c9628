//! A program that seems to have one writer, and has two.
//!
//! ```text
//! cargo run --example two_writers --features dashboard
//! ```
//!
//! The program sends from one thread only. tungstenite's `read` blocks. So the program reads in another thread, through a
//! second `WebSocket` on a clone of the socket. But `read` answers pings by itself. Look at the page whose address is
//! printed: the report names the hidden writer, with both backtraces.
//!
//! The peer is a plain tungstenite server in this process. Nothing leaves loopback.

use redhanded::raw;
use redhanded::tungstenite::protocol::{Role, WebSocket};
use redhanded::tungstenite::stream::MaybeTlsStream;
use redhanded::tungstenite::{Message, connect};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

fn main() {
    let (peer, address) = start_peer();

    let (mut writer, _response) =
        connect(format!("ws://{address}/feed")).expect("the peer is in this process");
    let reader = second_object_on_the_same_socket(&writer);

    let reader = thread::Builder::new()
        .name("reader".into())
        .spawn(move || read_loop(reader))
        .expect("a thread");
    let writer = thread::Builder::new()
        .name("writer".into())
        .spawn(move || upload(&mut writer))
        .expect("a thread");

    println!(
        "the peer saw: {}",
        peer.join().expect("the peer does not panic")
    );
    let _ = (writer.join(), reader.join());

    match redhanded::url() {
        Some(url) => println!("look at {url}, and press Ctrl-C when you have seen it"),
        None => {
            return println!(
                "no page: run with --features dashboard, and without REDHANDED_BIND=off"
            );
        }
    }
    loop {
        thread::park();
    }
}

/// The fault: two objects write to one socket, and no lock guards the socket.
fn second_object_on_the_same_socket(
    writer: &WebSocket<MaybeTlsStream<TcpStream>>,
) -> WebSocket<TcpStream> {
    let MaybeTlsStream::Plain(socket) = writer.get_ref() else {
        unreachable!("ws:// is plain")
    };
    WebSocket::from_raw_socket(
        socket.try_clone().expect("a clone of the socket"),
        Role::Client,
        None,
    )
}

/// "It only reads." It also answers pings.
fn read_loop(mut reader: WebSocket<TcpStream>) {
    while let Ok(message) = reader.read() {
        if message.is_close() {
            return;
        }
    }
}

fn upload(writer: &mut WebSocket<MaybeTlsStream<TcpStream>>) {
    for _ in 0..4 {
        if writer.send(Message::binary(vec![7; 8 << 20])).is_err() {
            return;
        }
    }
    let _ = writer.close(None);
}

/// A peer that does not read at once, and pings before it does.
fn start_peer() -> (thread::JoinHandle<String>, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener
        .local_addr()
        .expect("a bound socket has an address");
    let peer = thread::spawn(move || {
        let (socket, _) = listener.accept().expect("the program connects");
        let mut peer = raw::tungstenite::accept(socket).expect("the program speaks WebSocket");
        // The peer is busy. Meanwhile the program gets into the middle of a frame.
        thread::sleep(Duration::from_millis(300));
        peer.send(Message::Ping(vec![1, 2].into()))
            .expect("the program is there");
        thread::sleep(Duration::from_millis(300));
        loop {
            match peer.read() {
                Ok(Message::Binary(payload)) if payload.iter().any(|byte| *byte != 7) => {
                    return "a corrupted payload, delivered without an error".into();
                }
                Ok(_) => {}
                Err(error) => return error.to_string(),
            }
        }
    });
    (peer, address)
}
